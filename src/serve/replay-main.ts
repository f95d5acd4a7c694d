import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Check, type CheckState, checksOf, type Lesson } from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { Session } from '#session/session.ts'
import { type ClusterSettings, DEFAULT_SETTINGS } from '#session/settings.ts'
import type { CommandRun } from '#session/terminal-recorder.ts'
import { lessonFolders, lessonOfFolder, lessonsFromFolder, lintFolder } from './lesson-files.ts'

const HELP = `npm run -s replay -- LESSON   plays a lesson, or that of a folder, and prints the transcript
  --dialect 1.36|1.10   of kubectl
  --seed N              of the cluster
  --json                one object a command
npm run -s replay -- --list   the lessons there are
npm run -s replay -- --lint [FOLDER...]   what is wrong with them`

const { values, positionals } = readArguments()

if (values.help === true) {
  console.log(HELP)
} else if (values.lint === true) {
  process.exitCode = lint(positionals.length === 0 ? lessonFolders() : positionals)
} else if (values.list === true) {
  for (const lesson of lessonsFromFolder()) list(lesson)
} else {
  process.exitCode = replay(lessonNamed(positionals))
}

function lessonNamed([name, more]: readonly string[]): Lesson {
  const lessons = lessonsFromFolder()
  const lesson = lessons.find(({ id }) => id === name) ?? lessonAt(name)
  const ids = lessons.map(({ id }) => id).join(', ')
  if (name === undefined) refuse(`name a lesson; there are: ${ids}`)
  if (lesson === undefined) refuse(`no lesson "${name}"; there are: ${ids}`)
  if (more !== undefined) refuse(`one lesson at a time, not also ${more}`)
  return lesson
}

function lessonAt(path: string | undefined): Lesson | undefined {
  if (path === undefined || !existsSync(join(path, 'lesson.md'))) return undefined
  if (lint([path]) !== 0) process.exit(1)
  return lessonOfFolder(path)
}

function list({ id, title, summary, chapters }: Lesson): void {
  if (values.json !== true) console.log(`${id}\t${title}`)
  else console.log(JSON.stringify({ id, title, summary, chapters: chapters.length }))
}

function lint(folders: readonly string[]): number {
  const missing = folders.find((folder) => !existsSync(folder))
  if (missing !== undefined) refuse(`there is no folder ${missing}`)
  const problems = folders.flatMap((folder) => lintFolder(folder))
  for (const problem of problems) console.log(problem)
  if (problems.length === 0 && values.lint === true)
    console.log(`nothing to mend in ${folders.length} lesson(s)`)
  return problems.length === 0 ? 0 : 1
}

function replay(lesson: Lesson): number {
  const session = new Session({ settings: settings(), lessons: new Map([[lesson.id, lesson]]) })
  session.openLesson(lesson.id, '')
  session.playLesson()
  const { simulation } = session.cluster
  do simulation.runFor(1000)
  while (session.isPlaying)
  const states = session.lessonState()?.checks ?? []
  const runs = runsInOrder(session)
  const checks = checksByRun(session.openedLesson(), runs)
  for (const run of runs) print(run, checks.get(run) ?? [], states)
  const open = states.filter((check) => check.state !== 'passed')
  for (const check of open) console.error(`check ${check.id} ${check.state}: ${check.message}`)
  if (session.playerError === undefined) return open.length === 0 ? 0 : 1
  console.error(session.playerError instanceof Error ? session.playerError.message : 'stopped')
  return 1
}

function runsInOrder(session: Session): readonly CommandRun[] {
  const runs = [...session.terminals].flatMap(({ recorder }) => recorder.runs)
  return runs.sort((a, b) => a.ranAt - b.ranAt)
}

function print(run: CommandRun, of: readonly Check[], states: readonly CheckState[]): void {
  const { terminal, command, output } = run
  if (values.json !== true) {
    process.stdout.write(`$ ${command}\n${output}${/(^|\n)$/.test(output) ? '' : '\n'}`)
    return
  }
  const { stdout, stderr, exitCode, ranAt } = run
  const checks = of.map(({ id, text }) => {
    const state = states.find((each) => each.id === id)?.state ?? 'waiting'
    return { id, text, state }
  })
  const virtualSeconds = ranAt / 1000
  // Of what is typed into the shell of a container nobody outside hears how it ended.
  const code = exitCode ?? null
  const record = { terminal, command, stdout, stderr, exitCode: code, virtualSeconds, checks }
  console.log(JSON.stringify(record))
}

/** The checks of each step, with the last command that was run for it. */
function checksByRun(lesson: Lesson, runs: readonly CommandRun[]): Map<CommandRun, Check[]> {
  const checks = new Map<CommandRun, Check[]>()
  // The player runs the commands one after the other; a key is none.
  let commands = 0
  for (const { step } of stepsOf(lesson)) {
    commands += step.blocks.filter((b) => b.type === 'command' && b.command !== '^C').length
    const run = runs[commands - 1]
    if (run !== undefined) checks.set(run, [...(checks.get(run) ?? []), ...checksOf(step)])
  }
  return checks
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        dialect: { type: 'string', default: DEFAULT_SETTINGS.dialect },
        seed: { type: 'string', default: String(DEFAULT_SETTINGS.seed) },
        json: { type: 'boolean' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
        lint: { type: 'boolean' },
      },
    })
  } catch (error) {
    // parseArgs throws for what a person mistyped, with a sentence that says so.
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/)
    return refuse(`${what.replace(/\.$/, '')}; see --help`)
  }
}

function settings(): ClusterSettings {
  const { dialect, seed } = values
  if (dialect !== '1.36' && dialect !== '1.10') refuse(`--dialect is 1.36 or 1.10, not ${dialect}`)
  if (!/^\d+$/.test(seed) || Number(seed) >= 2 ** 32) {
    refuse(`--seed is a whole number below 2^32, not ${seed}`)
  }
  return { ...DEFAULT_SETTINGS, dialect, seed: Number(seed) }
}

function refuse(message: string): never {
  console.error(`replay: ${message}`)
  process.exit(2)
}
