import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectShown, readShown, type Shown } from '#session/shown-commands.test-kit.ts'

function replay(...args: readonly string[]): {
  stdout: string
  stderr: string
  code: number | null
} {
  const tsx = join(process.cwd(), 'node_modules/.bin/tsx')
  const run = spawnSync(tsx, ['src/serve/replay-main.ts', ...args], { encoding: 'utf8' })
  return { stdout: run.stdout, stderr: run.stderr, code: run.status }
}

/** Where each command stands in the transcript, in this order, and what is under it. */
function outputs(transcript: string, commands: readonly string[]): readonly string[] {
  const starts: { readonly at: number; readonly end: number }[] = []
  let from = 0
  for (const command of commands) {
    const line = `$ ${command}\n`
    const at = transcript.startsWith(line, from) ? from : transcript.indexOf(`\n${line}`, from) + 1
    expect(transcript.slice(at, at + line.length)).toBe(line)
    from = at + line.length
    starts.push({ at, end: from })
  }
  return starts.map(({ end }, index) => transcript.slice(end, starts[index + 1]?.at))
}

describe('replay', () => {
  it('prints the lesson in dialect 1.36 as today’s kubectl would', () => {
    const shown = readShown('today-1.36.txt')
    const { stdout, stderr, code } = replay('basics', '--dialect', '1.36')
    expect([code, stderr]).toEqual([0, ''])
    const printed = outputs(
      stdout,
      shown.map(({ command }) => command),
    )
    for (const [index, each] of shown.entries()) {
      expectShown({ output: printed[index] ?? '' }, each, '1.36')
    }
  }, 60_000)

  it('prints the lesson in dialect 1.10 as the original shows it, in its order', () => {
    const isWatchMade = ({ command }: Shown): boolean =>
      command === 'kubectl get pods -w -l app=nginx'
    // Two errata: the watch has to be there first, and one line of an answer is left out.
    const original = readShown('original-1.10.txt')
    const shown = [...original.filter(isWatchMade), ...original.filter((one) => !isWatchMade(one))]
    const { stdout, stderr, code } = replay('basics', '--dialect', '1.10')
    expect([code, stderr]).toEqual([0, ''])
    const added = readShown('added-1.10.txt').map(({ command }) => command)
    const printed = outputs(
      stdout,
      shown.map(({ command }) => command),
    )
    for (const [index, each] of shown.entries()) {
      // Behind a command may stand others that the lesson adds.
      const [own = '', next] = (printed[index] ?? '').split(/^\$ /m)
      if (next !== undefined) expect(added).toContain(next.slice(0, next.indexOf('\n')))
      const isHalf = each.parts.flat()[0]?.text.startsWith('Error from server') === true
      const created = 'statefulset.apps "web" created\n'
      expect(isHalf && !own.startsWith(created)).toBe(false)
      const output = isHalf ? own.slice(created.length) : own
      if (each.parts.flat().length > 0 || !each.isWatch) expectShown({ output }, each, '1.10')
    }
  }, 60_000)

  it('tells with --json the checks of each step, all passed', () => {
    const { stdout, code } = replay('basics', '--json', '--seed', '11')
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { checks: readonly { state: string }[] })
    const states = records.flatMap(({ checks }) => checks.map(({ state }) => state))
    expect(code).toBe(0)
    expect(states.length).toBeGreaterThan(80)
    expect(new Set(states)).toEqual(new Set(['passed']))
    const fields = [
      'terminal',
      'command',
      'stdout',
      'stderr',
      'exitCode',
      'virtualSeconds',
      'checks',
    ]
    for (const record of records) expect(Object.keys(record)).toEqual(fields)
    // The echo of a key is the terminal's, and no output of the command.
    expect(stdout).not.toContain('^C')
  }, 60_000)

  it.each([
    { args: [], says: 'name a lesson; there are: basics' },
    { args: ['nope'], says: 'no lesson "nope"; there are: basics' },
    { args: ['basics', 'scaling'], says: 'one lesson at a time, not also scaling' },
    { args: ['basics', '--dialect', '1.11'], says: '--dialect is 1.36 or 1.10, not 1.11' },
    { args: ['basics', '--seed', '1.5'], says: '--seed is a whole number below 2^32, not 1.5' },
    { args: ['basics', '--seed=-1'], says: '--seed is a whole number below 2^32, not -1' },
    { args: ['basics', '--seed', '99999999999'], says: 'below 2^32, not 99999999999' },
    { args: ['basics', '--frob'], says: "Unknown option '--frob'; see --help" },
    { args: ['--lint', '/nowhere'], says: 'there is no folder /nowhere' },
  ])(
    'refuses $args in one line',
    ({ args, says }) => {
      const { stdout, stderr, code } = replay(...args)
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(says)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    },
    60_000,
  )

  it('plays the lesson of a folder anywhere, once there is nothing to mend in it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lesson-'))
    const text = (command: string) =>
      `---\nid: mine\ntitle: Mine\nsummary: Mine.\n---\n\n## One {#one}\n\n### Step {#step}\n\n\`\`\`${command}\necho hello\n\`\`\`\n`
    writeFileSync(join(folder, 'lesson.md'), text('run id=hello terminal=1'))
    expect(replay(folder)).toMatchObject({ code: 0, stdout: '$ echo hello\nhello\n' })
    writeFileSync(join(folder, 'lesson.md'), text('run id=hello'))
    expect(replay(folder)).toMatchObject({ code: 1 })
    rmSync(folder, { recursive: true })
  }, 60_000)

  it('lists the lessons, with their summaries as JSON', () => {
    expect(replay('--list')).toMatchObject({ code: 0, stdout: 'basics\tStatefulSet basics\n' })
    const listed: unknown = JSON.parse(replay('--list', '--json').stdout)
    expect(listed).toMatchObject({ id: 'basics', title: 'StatefulSet basics', chapters: 10 })
    expect(replay('--help').stdout).toContain('--dialect')
  }, 60_000)

  it('lints a lesson anywhere, by file, line, value and way out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lesson-'))
    writeFileSync(join(folder, 'lesson.md'), '## One {#one}\n')
    const { stdout, code } = replay('--lint', folder)
    rmSync(folder, { recursive: true })
    expect(code).toBe(1)
    expect(stdout).toContain('/lesson.md:1: there is no front matter; begin with ---')
    expect(replay('--lint')).toMatchObject({ code: 0, stdout: 'nothing to mend in 1 lesson(s)\n' })
  }, 60_000)
})
