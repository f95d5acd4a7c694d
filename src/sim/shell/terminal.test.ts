import headless from '@xterm/headless'
import { expect, it } from 'vitest'
import { Simulation } from '#sim/kernel/simulation.ts'
import { coreCommands } from './utilities/commands.ts'
import { createWorkstation, type Terminal, type Workstation } from './workstation.ts'

type Screen = {
  /** The emulator comes first: it has another size before the shell hears of it. */
  readonly resize: (columns: number) => Promise<string[]>
  readonly station: Workstation
  readonly terminal: Terminal
  /** Types, lets the world run for a while, and gives the rows that show something. */
  readonly type: (text: string, forMs?: number) => Promise<string[]>
}

function openScreen(columns = 60): Screen {
  const simulation = new Simulation({ seed: 3 })
  const station = createWorkstation({ simulation, commands: coreCommands })
  const terminal = station.openTerminal(columns, 20)
  const view = new headless.Terminal({ cols: columns, rows: 20, allowProposedApi: true })
  terminal.onOutput((text) => view.write(text))
  const type = async (text: string, forMs = 50): Promise<string[]> => {
    simulation.runFor(5)
    terminal.input(text)
    simulation.runFor(forMs)
    return shown()
  }
  const resize = (width: number): Promise<string[]> => {
    view.resize(width, 20)
    terminal.resize(width, 20)
    simulation.runFor(50)
    return shown()
  }
  const shown = async (): Promise<string[]> => {
    await new Promise<void>((done) => view.write('', done))
    const rows: string[] = []
    const { active } = view.buffer
    for (let row = 0; row <= active.baseY + active.cursorY; row++) {
      rows.push(active.getLine(row)?.translateToString(true) ?? '')
    }
    return rows
  }
  return { station, terminal, type, resize }
}

it.each([
  { name: 'typing', keys: ['echo hi\r'], rows: ['$ echo hi', 'hi', '$'] },
  {
    name: 'inserting behind the cursor-left key',
    keys: ['echo abd\x1b[Dc', '\r'],
    rows: ['$ echo abcd', 'abcd', '$'],
  },
  {
    name: 'history with the up key',
    keys: ['echo one\r', '\x1b[A', '\r'],
    rows: ['$ echo one', 'one', '$ echo one', 'one', '$'],
  },
  {
    name: 'Ctrl-A, Ctrl-K, Ctrl-Y',
    keys: ['hi echo \x01\x1bd\x1bd\x0b\x19', 'echo yes\r'],
    rows: ['$  echo yes', 'yes', '$'],
  },
  {
    name: 'Ctrl-R',
    keys: ['echo first\r', 'echo second\r', '\x12fir', '\r'],
    rows: ['$ echo first', 'first', '$ echo second', 'second', '$ echo first', 'first', '$'],
  },
  {
    name: 'Ctrl-C at the prompt',
    keys: ['echo nev\x03', 'echo $?\r'],
    rows: ['$ echo nev^C', '$ echo $?', '130', '$'],
  },
  {
    name: 'lines that arrive at once',
    keys: ['echo a\recho b\recho c\r'],
    rows: ['$ echo a', 'a', '$ echo b', 'b', '$ echo c', 'c', '$'],
  },
  {
    name: 'a here-document typed line by line',
    keys: ['cat <<EOF > web.yaml\rkind: X\r  a: $((1+1))\rEOF\rcat web.yaml\r'],
    rows: [
      '$ cat <<EOF > web.yaml',
      '> kind: X',
      '>   a: $((1+1))',
      '> EOF',
      '$ cat web.yaml',
      'kind: X',
      '  a: 2',
      '$',
    ],
  },
  {
    name: 'a loop over several lines',
    keys: ['for i in 0 1; do\recho "web-$i"\rdone\r'],
    rows: ['$ for i in 0 1; do', '> echo "web-$i"', '> done', 'web-0', 'web-1', '$'],
  },
  {
    name: 'a bracketed paste',
    keys: ['\x1b[200~cat <<EOF\nx\nEOF\x1b[201~', '\r'],
    rows: ['$ cat <<EOF', 'x', 'EOF', 'x', '$'],
  },
  {
    name: 'an unknown command',
    keys: ['foo\r'],
    rows: ['$ foo', 'bash: foo: command not found', '$'],
  },
  {
    name: 'a mistake in the syntax',
    keys: ['echo )\r'],
    rows: ['$ echo )', "bash: syntax error near unexpected token `)'", '$'],
  },
  {
    name: 'completion of a command and of a file',
    keys: ['touch some-file\r', 'hostn\t\r', 'cat so\t'],
    rows: ['$ touch some-file', '$ hostname', 'workstation', '$ cat some-file'],
  },
  {
    name: 'a program that reads the terminal, ended by Ctrl-D',
    keys: ['cat\r', 'twice\r', '\x04', 'echo ok\r'],
    rows: ['$ cat', 'twice', 'twice', '$ echo ok', 'ok', '$'],
  },
  {
    name: 'history expansion',
    keys: ['echo a b\r', 'echo !$\r'],
    rows: ['$ echo a b', 'a b', '$ echo !$', 'echo b', 'b', '$'],
  },
])('shows $name', async ({ keys, rows }) => {
  const screen = openScreen()
  let shown: string[] = []
  for (const each of keys) shown = await screen.type(each)
  expect(shown.map((row) => row.trimEnd())).toEqual(rows)
})

it('ends a busy loop with Ctrl-C, in virtual time', async () => {
  const { type, terminal } = openScreen()
  await type('while true; do :; done\r', 500)
  expect(terminal.foregroundCommand).toBe('while true; do :; done')
  expect(await type('\x03')).toEqual(['$ while true; do :; done', '^C', '$ '])
  expect(terminal.foregroundCommand).toBe('')
  expect((await type('echo $?\r')).at(-2)).toBe('130')
})

it('ends a loop of programs with Ctrl-C', async () => {
  const { type } = openScreen()
  const rows = await type('while true; do echo tick; sleep 1; done\r', 2500)
  expect(rows.slice(1)).toEqual(['tick', 'tick', 'tick', ''])
  expect((await type('\x03', 2000)).slice(-2)).toEqual(['^C', '$ '])
})

it('stops a program with Ctrl-Z, lists it, and brings it back', async () => {
  const { type } = openScreen()
  await type('sleep 5\r')
  expect((await type('\x1a')).slice(1)).toEqual([
    '^Z',
    '[1]+  Stopped                 sleep 5',
    '$ ',
  ])
  await type('fg\r')
  expect((await type('echo done\r', 6000)).slice(-3)).toEqual(['$ echo done', 'done', '$ '])
})

it('runs a job in the background, and tells when it has ended', async () => {
  const { type } = openScreen()
  const rows = await type('sleep 1 &\r')
  expect(rows[1]).toMatch(/^\[1\] \d+$/)
  await type('', 2000)
  expect((await type('\r')).at(-2)).toBe('[1]+  Done                    sleep 1')
})

it('wraps a long line and edits it across rows', async () => {
  const { type } = openScreen(20)
  await type('echo 0123456789abcdefghij')
  const rows = await type('\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[CX\r')
  expect(rows).toEqual(['$ echo X0123456789ab', 'cdefghij', 'X0123456789abcdefghi', 'j', '$ '])
})

it('shares its files between terminals, and closes one with its processes', async () => {
  const { station, terminal, type } = openScreen()
  const second = station.openTerminal(80, 24)
  await type('cd /tmp; echo shared > f\r')
  expect(terminal.workingDirectory).toBe('/tmp')
  second.input('sleep 1000\r')
  station.host.simulation.runFor(100)
  expect(second.foregroundCommand).toBe('sleep 1000')
  second.close()
  station.host.simulation.runFor(100)
  expect(second.isOpen).toBe(false)
  expect(station.host.processes.list().map((each) => each.argv[0])).toEqual(['bash'])
  expect(station.fs.readText('/tmp/f')).toBe('shared\n')
})

it('exits on Ctrl-D', async () => {
  const { type, terminal } = openScreen()
  expect(await type('\x04')).toEqual(['$ exit', ''])
  expect(terminal.isOpen).toBe(false)
})

it('draws the line anew, without a key, when its terminal gets another width', async () => {
  const { type, resize } = openScreen(40)
  await type('echo first\r')
  await type('echo aaaa bbbb cccc dddd eeee ffff gggg hhhh')
  const above = ['$ echo first', 'first']
  expect(await resize(20)).toEqual([
    ...above,
    ...['$ echo aaaa bbbb ccc', 'c dddd eeee ffff ggg', 'g hhhh'],
  ])
  expect(await resize(30)).toEqual([
    ...above,
    ...['$ echo aaaa bbbb cccc dddd eee', 'e ffff gggg hhhh'],
  ])
  expect(await type('\x1b[D!')).toEqual([
    ...above,
    ...['$ echo aaaa bbbb cccc dddd eee', 'e ffff gggg hhh!h'],
  ])
})

it('leaves a command alone that waits while its terminal gets another width', async () => {
  const { type, resize } = openScreen(40)
  await type('read x; echo got $x\r')
  await type('half')
  await resize(30)
  expect(await type('way\r')).toEqual(['$ read x; echo got $x', 'halfway', 'got halfway', '$ '])
})

it('runs a trap for another width at the prompt', async () => {
  const { type, resize } = openScreen(40)
  await type("trap 'echo wide' WINCH\r")
  expect(await resize(50)).toEqual(["$ trap 'echo wide' WINCH", '$ wide', '$ '])
})
