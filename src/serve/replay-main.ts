import { parseArgs } from 'node:util'
import type { CommandBlock, Lesson } from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { Session } from '#session/session.ts'
import { type ClusterSettings, DEFAULT_SETTINGS } from '#session/settings.ts'
import { lessonsFromFolder } from './lesson-files.ts'

/** `npm run -s replay -- LESSON`: plays a lesson to its end and prints the transcript. */
const { values, positionals } = readArguments()
const lessons = lessonsFromFolder()

if (values.list === true) {
  for (const lesson of lessons) console.log(`${lesson.id}\t${lesson.title}`)
} else {
  const lesson = lessons.find(({ id }) => id === positionals[0])
  if (lesson === undefined) {
    refuse(`no lesson "${positionals[0] ?? ''}"; there are: ${lessons.map((l) => l.id).join(', ')}`)
  }
  process.exitCode = replay(lesson)
}

function replay(lesson: Lesson): number {
  const session = new Session({ settings: settings(), lessons: new Map([[lesson.id, lesson]]) })
  session.openLesson(lesson.id, '')
  session.playLesson()
  session.cluster.simulation.run({ until: session.cluster.simulation.now + 1 })
  while (session.lessonState()?.isPlaying === true) session.cluster.simulation.runFor(1000)
  for (const { step } of stepsOf(lesson)) {
    for (const block of step.blocks) if (block.type === 'command') print(session, block)
  }
  const checks = session.lessonState()?.checks ?? []
  const open = checks.filter((check) => check.state !== 'passed')
  for (const check of open) console.error(`check ${check.id} ${check.state}: ${check.message}`)
  if (session.playerError === undefined) return open.length === 0 ? 0 : 1
  console.error(session.playerError instanceof Error ? session.playerError.message : 'stopped')
  return 1
}

function print(session: Session, block: CommandBlock): void {
  const run = session.newestRun(block)
  if (values.json === true) {
    const { terminal, command } = block
    const virtualSeconds = (run?.ranAt ?? 0) / 1000
    console.log(JSON.stringify({ terminal, command, stdout: run?.output ?? '', virtualSeconds }))
  } else if (block.command !== '^C') {
    console.log(`$ ${block.command}`)
    if (run !== undefined) process.stdout.write(run.output)
  }
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
      },
    })
  } catch (error) {
    // parseArgs throws for what a person mistyped, with a sentence that says so.
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function settings(): ClusterSettings {
  const { dialect, seed } = values
  if (dialect !== '1.36' && dialect !== '1.10') refuse(`--dialect is 1.36 or 1.10, not ${dialect}`)
  if (!/^\d+$/.test(seed)) refuse(`--seed is a whole number, not ${seed}`)
  return { ...DEFAULT_SETTINGS, dialect, seed: Number(seed) }
}

function refuse(message: string): never {
  console.error(`replay: ${message}`)
  process.exit(2)
}
