import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { realClients } from '../../tools/real-clients.ts'
import { lessonManifest, ServedCluster, start } from './served-cluster.test-kit.ts'

const clients = realClients()
if ('reason' in clients) console.log(`SKIPPED: kubectl 1.36 cannot be had: ${clients.reason}`)

/** Runs its arguments in a terminal of 33 rows and 101 columns, typing what it is told to. */
const TERMINAL = `
import fcntl, os, pty, re, select, struct, sys, termios, time
script = [line.split('|', 1) for line in sys.argv[1].split('\\n')]
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 101, 0, 0))
seen, ends = b'', time.time() + 40
def until(pattern):
    global seen
    while not re.search(pattern.encode(), seen):
        if time.time() > ends or not select.select([fd], [], [], 40)[0]: break
        try: chunk = os.read(fd, 65536)
        except OSError: return
        if not chunk: return
        seen += chunk
for pattern, typed in script:
    until(pattern)
    seen, before = b'', seen
    sys.stdout.buffer.write(before)
    os.write(fd, typed.encode().decode('unicode_escape').encode())
until('never')
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`

/** A Pod whose container keeps its stdin open for whoever attaches. */
const EAR = (script: string) =>
  JSON.stringify({
    spec: {
      containers: [
        { name: 'ear', image: 'busybox:1.36', stdin: true, command: ['sh', '-c', script] },
      ],
    },
  })

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

const canTest = !('reason' in clients)
const python = hasPython()
if (!python) console.log('SKIPPED: kubectl in a terminal: there is no python3 of 3.9 or later')

describe.skipIf(!canTest)('what kubectl 1.36 streams through serve', () => {
  let cluster: ServedCluster

  beforeAll(async () => {
    cluster = await ServedCluster.start('kubectl' in clients ? { kubectl: clients.kubectl } : {})
    cluster.write('web.yaml', lessonManifest('basics/web.yaml'))
    await cluster.kubectl('create', '-f', 'web.yaml')
    await cluster.kubectl('run', 'box', '--image=busybox:1.36', '--', 'sleep', '1000000')
    await cluster.kubectl('rollout', 'status', 'sts/web', '--timeout=60s')
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/box', '--timeout=60s')
  }, 60_000)

  afterAll(async () => {
    expect(await cluster.stop()).toBe(0)
  })

  it('keeps the streams of a command apart, and hands on its exit code', async () => {
    const script = 'echo out; echo err >&2; exit 3'
    expect(await cluster.outcome(['exec', 'box', '--', 'sh', '-c', script])).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 3\n',
      code: 3,
    })
    expect(await cluster.kubectl('exec', 'sts/web', '--', 'hostname')).toBe('web-0\n')
    const killed = await cluster.outcome(['exec', 'box', '--', 'sh', '-c', 'kill -9 $$'])
    expect(killed.code).toBe(137)
  })

  it.each([
    ['box -- nosuch', /exec: "nosuch": executable file not found in \$PATH/],
    ['nope -- ls', /^Error from server \(NotFound\): pods "nope" not found\n$/],
    ['box -c nope -- ls', /^error: container nope is not valid for pod box out of: box\n$/],
  ])('refuses exec %s', async (line, stderr) => {
    const refused = await cluster.outcome(['exec', ...line.split(' ')])
    expect(refused.stderr).toMatch(stderr)
    expect(refused.code).toBe(1)
  })

  it('sends stdin to its end, byte for byte', async () => {
    const cat = ['exec', '-i', 'box', '--', 'cat']
    expect((await cluster.outcome(cat, 'hi\nyou\n')).stdout).toBe('hi\nyou\n')
    expect((await cluster.outcome(cat, '')).stdout).toBe('')
    const bytes = randomBytes(3_000_000)
    const path = cluster.write('bytes.bin', bytes)
    const sum = await cluster.outcome(['exec', '-i', 'box', '--', 'md5sum'], bytes)
    expect(sum.stdout.slice(0, 32)).toBe(
      execFileSync('md5sum', [path], { encoding: 'utf8' }).slice(0, 32),
    )
  })

  it('runs a Pod attached to stdin, and removes it', async () => {
    const run = ['run', 'tmp', '-i', '--rm', '--image=busybox:1.36', '--restart=Never', '--', 'sh']
    const ran = await cluster.outcome(run, 'echo from-stdin; exit 5\n')
    expect(ran.code).toBe(5)
    expect(ran.stdout).toContain('from-stdin\n')
    expect(ran.stdout).toContain('pod "tmp" deleted from default namespace\n')
    expect(ran.stderr).toContain('pod default/tmp terminated (Error)')
  })

  it('attaches to what already runs', async () => {
    const script = 'while read line; do echo heard $line; done; sleep 100000'
    await cluster.kubectl(
      'run',
      'ear',
      '-i=false',
      '--image=busybox:1.36',
      '--overrides',
      EAR(script),
    )
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/ear', '--timeout=60s')
    const attached = cluster.startKubectl(['attach', '-i', 'ear'], { input: 'one\ntwo\n' })
    await attached.printed(/heard one\nheard two\n/)
    await attached.interrupt()
    expect(await cluster.kubectl('logs', 'ear')).toBe('heard one\nheard two\n')
  })

  it('debugs a running Pod with an ephemeral container', async () => {
    const debug = ['debug', 'web-1', '--image=busybox:1.36', '-i', '-q']
    const said = await cluster.outcome([...debug, '-c', 'say', '--', 'echo', 'hi'])
    expect(said).toMatchObject({ stdout: 'hi\n', code: 0 })
    expect(await cluster.kubectl('logs', 'web-1', '-c', 'say')).toBe('hi\n')

    // kubectl does not ask for stdinOnce: the program itself has to know when it has heard all.
    const script = 'hostname; for i in 1 2; do read line; echo heard $line; done'
    const heard = ['-c', 'hear', '--', 'sh', '-c', script]
    const attached = await cluster.outcome([...debug, ...heard], 'one\ntwo\n')
    expect(attached).toMatchObject({ stdout: expect.stringContaining('heard two\n'), code: 0 })
    expect(await cluster.kubectl('logs', 'web-1', '-c', 'hear')).toBe(
      'web-1\nheard one\nheard two\n',
    )

    const page = ['-c', 'page', '--', 'wget', '-qO-', 'localhost/absent']
    expect((await cluster.outcome([...debug, ...page])).output).toMatch(/404 Not Found/)
    const row = await cluster.kubectl('get', 'pod', 'web-1', '--no-headers')
    expect(row).toMatch(/^web-1 +1\/1 +Running +0 /)
    const described = await cluster.kubectl('describe', 'pod', 'web-1')
    expect(described).toMatch(/\nEphemeral Containers:\n {2}say:\n[^]* Reason: +Completed\n/)
  })

  it.each(['box', 'web-0'])('copies files and directories to %s and back', async (pod) => {
    const bytes = randomBytes(500_000)
    const name = `${'long-name-'.repeat(13)}.bin`
    cluster.write(`tree-${pod}/below/${name}`, bytes)
    cluster.write(`tree-${pod}/empty`, '')
    await cluster.kubectl('cp', `tree-${pod}`, `${pod}:/tmp/tree`)
    const found = await cluster.kubectl('exec', pod, '--', 'find', '/tmp/tree', '-type', 'f')
    expect(found.trim().split('\n').toSorted()).toEqual([
      `/tmp/tree/below/${name}`,
      '/tmp/tree/empty',
    ])
    await cluster.kubectl('cp', `${pod}:/tmp/tree`, `back-${pod}`)
    expect(readdirSync(join(cluster.home, `back-${pod}`)).toSorted()).toEqual(['below', 'empty'])
    expect(readFileSync(join(cluster.home, `back-${pod}/below/${name}`)).equals(bytes)).toBe(true)

    cluster.write('one.txt', 'one\n')
    await cluster.kubectl('cp', 'one.txt', `${pod}:/tmp`)
    expect(await cluster.kubectl('exec', pod, '--', 'cat', '/tmp/one.txt')).toBe('one\n')
    const nowhere = await cluster.outcome(['cp', 'one.txt', `${pod}:/nowhere/one.txt`])
    expect(nowhere.code).not.toBe(0)
    expect(nowhere.stderr).toMatch(/^tar: .*\/nowhere.*: No such file or directory\n/)
  })

  it('exchanges archives with the tar of the host', async () => {
    cluster.write('plain.txt', 'plain\n')
    const archive = execFileSync('tar', ['cf', '-', 'plain.txt'], { cwd: cluster.home })
    const extracted = await cluster.outcome(
      ['exec', '-i', 'box', '--', 'tar', 'xvf', '-', '-C', '/home'],
      archive,
    )
    expect(extracted).toMatchObject({ stdout: 'plain.txt\n', code: 0 })
    await cluster.kubectl('exec', 'box', '--', 'sh', '-c', 'cd /home; ln -s plain.txt link')
    const script = 'tar cf - -C /home plain.txt link | base64'
    const sent = await cluster.kubectl('exec', 'box', '--', 'sh', '-c', script)
    const listed = execFileSync('tar', ['tvf', '-'], { input: Buffer.from(sent, 'base64') })
    expect(listed.toString()).toMatch(
      /^-rw\S+ root\/root +6 .* plain\.txt\nl.* link -> plain\.txt\n$/,
    )
    const missing = await cluster.outcome(['exec', 'box', '--', 'tar', 'cf', '/tmp/x.tar', 'none'])
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^tar: none: No such file or directory\ntar: error exit delayed from previous errors\n/,
      ) as unknown,
    })
  })

  it('forwards ports to Pods and Services, several connections at once', async () => {
    const page = '/usr/share/nginx/html/index.html'
    for (const pod of ['web-0', 'web-1'])
      await cluster.kubectl('exec', pod, '--', 'sh', '-c', `hostname > ${page}`)
    const forward = cluster.startKubectl(['port-forward', 'pod/web-1', ':80'])
    const [, port] = await forward.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> 80\n/)
    const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text()
    expect(await Promise.all(Array.from({ length: 8 }, get))).toEqual(Array(8).fill('web-1\n'))
    const absent = await fetch(`http://127.0.0.1:${port}/absent`)
    expect(absent.status).toBe(404)
    await forward.interrupt()

    const service = cluster.startKubectl(['port-forward', 'svc/nginx', ':80'])
    const [, servicePort] = await service.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> 80\n/)
    expect(await (await fetch(`http://127.0.0.1:${servicePort}/`)).text()).toMatch(/^web-[01]\n$/)
    await service.interrupt()
  })

  it('says so where nothing listens on the port', async () => {
    const forward = cluster.startKubectl(['port-forward', 'pod/web-0', ':81'])
    const [, port] = await forward.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> 81\n/)
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    await forward.printed(/error forwarding port 81 to pod .*connection refused/i)
    await forward.interrupt()
  })

  /** What kubectl prints in a terminal where `script` is typed: what to wait for, what to type. */
  const inTerminal = (script: readonly (readonly string[])[], args: readonly string[]) => {
    const path = cluster.write('terminal.py', TERMINAL)
    const kubectl = 'kubectl' in clients ? clients.kubectl : ''
    const typed = script.map((line) => line.join('|')).join('\n')
    const words = [path, typed, kubectl, '-s', cluster.url, ...args]
    return start('python3', words, { env: cluster.env }).ended
  }

  it.skipIf(!python)('gives a terminal: prompt, size, Ctrl-C, exit code', async () => {
    const script = [
      ['# $', 'echo typed $((1+2))\\n'],
      ['typed 3[^#]*# $', 'stty size\\n'],
      ['33 101[^#]*# $', 'sleep 100000\\n'],
      ['sleep 100000', '\\x03'],
      ['\\^C[^#]*# $', 'exit 4\\n'],
    ]
    const terminal = await inTerminal(script, ['exec', '-it', 'box', '--', 'sh'])
    expect(terminal.stdout).toMatch(/typed 3\r\n[^]*33 101\r\n[^]*\^C[^]*exit code 4/)
    expect(terminal.code).toBe(4)
  })

  it.skipIf(!python)('debugs in a terminal', async () => {
    const script = [
      // The prompt came before kubectl attached.
      ['pressing enter', 'echo typed $((1+2))\\n'],
      ['typed 3[^#]*# $', 'exit\\n'],
    ]
    const terminal = await inTerminal(script, ['debug', '-it', 'web-1', '--image=busybox'])
    expect(terminal.stdout).toMatch(/typed 3\r\n/)
    expect(terminal.code).toBe(0)
  })

  it.skipIf(!python).each([
    ['Never', 0, ''],
    ['Never', 3, 'pod default/typist terminated (Error)\r\n'],
    // A container that is started again has no exit code to hand on.
    ['Always', 3, ''],
  ])(
    'runs a Pod in a terminal and removes it: restart %s, exit %i',
    async (restart, exit, told) => {
      const run = ['run', 'typist', '-it', '--rm', '--image=busybox:1.36', `--restart=${restart}`]
      const script = [
        ['try pressing enter', '\\n'],
        ['# $', 'echo typed $((1+2)) $(hostname)\\n'],
        ['typed 3 typist[^#]*# $', 'stty size\\n'],
        ['33 101[^#]*# $', `exit ${exit}\\n`],
      ]
      const terminal = await inTerminal(script, [...run, '--', 'sh'])
      const [, ended = ''] = terminal.stdout.split(`# exit ${exit}\r\n`)
      expect(ended).toContain(
        "Session ended, resume using 'kubectl attach typist -c typist -n default -i -t' command\r\n",
      )
      expect(ended.endsWith(`pod "typist" deleted from default namespace\r\n${told}`)).toBe(true)
      expect(terminal.code).toBe(restart === 'Never' ? exit : 0)
      // kubectl asks for the deletion and does not stay to see it.
      await cluster.kubectl('wait', '--for=delete', 'pod/typist', '--timeout=30s')
      const gone = await cluster.outcome(['get', 'pod', 'typist'])
      expect(gone.stderr).toBe('Error from server (NotFound): pods "typist" not found\n')
    },
  )
})
