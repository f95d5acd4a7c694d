import { expect, it } from 'vitest'
import { Pipe } from '#sim/kernel/os/pipe.ts'
import { Processes } from '#sim/kernel/os/process-table.ts'
import { Terminal } from '#sim/kernel/os/tty.ts'
import type { Host, OpenFile, OsProcess } from '#sim/kernel/os/types.ts'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { createTestHost, run } from './testing/test-host.ts'

// The texts are those of busybox 1.28 and later, from the specification of what containers print.
it.each([
  ['foo', 'sh: foo: not found\n', 127],
  ['ls /x', 'ls: /x: No such file or directory\n', 1],
  ['cat /x', "cat: can't open '/x': No such file or directory\n", 1],
  ['rm /x', "rm: can't remove '/x': No such file or directory\n", 1],
  ['cd /x', "sh: cd: can't cd to /x: No such file or directory\n", 1],
  ['mkdir /x; mkdir /x', "mkdir: can't create directory '/x': File exists\n", 1],
  ['kill 99', "sh: can't kill pid 99: No such process\n", 1],
  ['which curl', '', 1],
])('complains as busybox: %s', (script, stderr, code) => {
  const result = run(createTestHost({ isBusybox: true }), script, { shell: 'sh' })
  expect([result.stderr, result.code]).toEqual([stderr, code])
})

it.each([
  ['whoami', 'root\n'],
  ['uname -n', 'box\n'],
  ['date', 'Thu Jan  1 00:00:00 UTC 2026\n'],
  ['ps | head -1', 'PID   USER     TIME  COMMAND\n'],
  ['df | head -1', 'Filesystem           1K-blocks      Used Available Use% Mounted on\n'],
  ['df -h | head -1', 'Filesystem                Size      Used Available Use% Mounted on\n'],
  ['touch /etc/hosts; hostname -f', 'box\n'],
  [
    'echo "10.244.1.5 web-0.nginx.default.svc.cluster.local box" > /etc/hosts; hostname -f',
    'web-0.nginx.default.svc.cluster.local\n',
  ],
])('prints what busybox prints: %s', (script, stdout) => {
  expect(run(createTestHost({ isBusybox: true }), script, { shell: 'sh' }).stdout).toBe(stdout)
})

/** A container: its first process is 1. */
function startContainer(script: string): { host: Host; main: OsProcess; output: () => string } {
  const host: Host = { ...createTestHost({ isBusybox: true }), processes: new Processes() }
  const out = new Pipe()
  let text = ''
  host.simulation.spawn(
    (function* () {
      for (;;) {
        const chunk = yield* out.readEnd.read(65536)
        if (chunk === undefined) return
        text += decodeUtf8(chunk)
      }
    })(),
    { name: 'log' },
  )
  const main = host.processes.spawn({
    host,
    program:
      host.command('sh') ??
      (() => {
        throw new Error('no shell')
      }),
    argv: ['sh', '-c', script],
    env: new Map([['PATH', '/bin']]),
    cwd: '/',
    files: new Map([
      [1, out.writeEnd],
      [2, out.writeEnd],
    ]),
    group: 'new',
    periodic: true,
  })
  return { host, main, output: () => text }
}

it('lets the only command of sh -c become process 1, which ignores SIGTERM', () => {
  const { host, main } = startContainer('sleep 3600')
  host.simulation.runFor(1000)
  expect(main.argv).toEqual(['sleep', '3600'])
  expect(main.pid).toBe(1)
  main.signal('SIGTERM')
  host.simulation.runFor(30_000)
  expect(main.status).toBeUndefined()
  main.signal('SIGKILL')
  expect(main.status).toEqual({ type: 'signaled', signal: 'SIGKILL' })
})

it('ends promptly with a trap and short sleeps', () => {
  const { host, main, output } = startContainer(
    'trap "echo bye; exit 0" TERM; while true; do sleep 1; done',
  )
  host.simulation.runFor(2500)
  main.signal('SIGTERM')
  host.simulation.runFor(1000)
  expect(main.status).toEqual({ type: 'exited', code: 0 })
  expect(output()).toBe('bye\n')
})

it('takes an interactive session with it when process 1 ends', () => {
  const { host, main } = startContainer('sleep 3600')
  const tty = new Terminal({ columns: 80, rows: 24, processes: host.processes })
  let screen = ''
  tty.onOutput((text) => (screen += text))
  const program = host.command('sh')
  if (program === undefined) throw new Error('no shell')
  const session = host.processes.spawn({
    host,
    program,
    argv: ['sh'],
    env: new Map([
      ['PATH', '/bin'],
      ['HOME', '/root'],
    ]),
    cwd: '/',
    files: new Map<number, OpenFile>([0, 1, 2].map((fd) => [fd, tty.file])),
    group: 'new',
  })
  host.simulation.runFor(10)
  tty.input('cd /tmp\rhostname\r')
  host.simulation.runFor(100)
  // oxlint-disable-next-line no-control-regex -- mode switches of the terminal
  const plain = screen.replace(/\x1b\[\?2004[hl]/g, '').replaceAll('\r', '')
  expect(plain).toBe('/ # cd /tmp\n/tmp # hostname\nbox\n/tmp # ')
  tty.input('kill -9 1\r')
  host.simulation.runFor(100)
  expect(main.status).toBeUndefined()
  main.signal('SIGKILL')
  expect(session.status).toEqual({ type: 'signaled', signal: 'SIGKILL' })
})

it('reports a full disk as busybox does', () => {
  const host = createTestHost({ isBusybox: true })
  host.fs.mountOf('/').device.capacityBytes = host.fs.mountOf('/').device.usedBytes + 4096
  const script = 'for i in $(seq 5); do yes | head -c 3000 > f$i; done; echo "x" > g; echo $?'
  const result = run(host, script, { shell: 'sh' })
  expect(result.stderr).toContain('sh: write error: No space left on device')
})
