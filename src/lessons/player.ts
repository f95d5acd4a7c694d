import type { Task } from '#sim/kernel/process.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import { sleep } from '#sim/kernel/waits.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import {
  type Block,
  type Check,
  type CheckState,
  checksOf,
  type CommandBlock,
  type Lesson,
  type Step,
} from './lesson.ts'
import { stepsOf } from './parse-lesson.ts'

/** What the player needs of the run it plays in. */
export type PlayerStage = {
  readonly now: () => SimTime
  readonly type: (terminal: number, text: string) => void
  /** The command line in the foreground of a terminal; empty at the prompt. */
  readonly foreground: (terminal: number) => string
  /** Whether a shell inside a container shows its prompt. */
  readonly isAtInnerPrompt: (terminal: number) => boolean
  /** Whether something is typed in a terminal that Enter would end. */
  readonly isLineBegun: (terminal: number) => boolean
  /** Whether a command of the open step runs, or ran as it should: a person would not repeat it. */
  readonly isRun: (block: CommandBlock) => boolean
  /** Examines the checks of a step now. */
  readonly checks: (step: Step) => readonly CheckState[]
  readonly enter: (step: Step) => void
  /** Waits until something was written, printed or begun, or the time is over. */
  readonly change: (timeoutMs: number) => Task
}

/** A step whose check did not come true in time, with what it saw. */
export class LessonFailed extends Error {
  override readonly name = 'LessonFailed'
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
/** As fast as a quick typist, some keys at a time: more often, nobody would see the difference. */
const KEYS = /.{1,3}/gsu
const KEYS_DELAY_MS = 90
/** A text of many lines is pasted, not typed, but a line at a time, so that it is seen to come. */
const PASTE_DELAY_MS = 60
const READ_DELAY_MS = 800
/** What happens within a glance is looked at once. */
const GLANCE_MS = 50
/** Some things come true by time alone: that nothing happens any more, for one. */
const LOOK_AGAIN_MS = 1000
/** When a person gives up waiting for a prompt and presses Enter. */
const ENTER_AFTER_MS = 10_000
/** What failed this long will not come true by itself. */
const DOUBT_MS = 30_000
/** Long enough for the slowest timing profile; what takes longer is stuck. */
const PATIENCE_MS = 15 * 60_000

/**
 * Plays a lesson in virtual time, as a person at the keyboard would: from a step on, to its end or
 * until it has entered another step.
 */
export function* playLesson(
  lesson: Lesson,
  range: { readonly from: string; readonly until: string | undefined },
  stage: PlayerStage,
): Task {
  const steps = stepsOf(lesson).map(({ step }) => step)
  const start = Math.max(
    0,
    steps.findIndex((step) => step.id === range.from),
  )
  for (const step of steps.slice(start)) {
    // The first step is open already: what was done in it counts.
    if (step.id !== range.from) stage.enter(step)
    if (step.id === range.until) return
    for (const block of step.blocks) yield* playBlock(block, step, stage)
    // What held by then may have been spoilt since; the step is done when all hold at once.
    yield* waitForChecks(step, checksOf(step), stage)
    yield* sleep(READ_DELAY_MS)
  }
}

/** Types one command, and waits until it has ended, or runs if it stays open. */
export function* playCommand(block: CommandBlock, stage: PlayerStage): Task {
  if (block.command === '^C') {
    stage.type(block.terminal, CTRL_C)
    const isStopped = (): boolean => stage.foreground(block.terminal) === ''
    yield* until(isStopped, stage, () => `${block.id} to stop`)
    return
  }
  const isIdle = (): boolean =>
    stage.foreground(block.terminal) === '' ||
    (block.inside !== undefined && stage.isAtInnerPrompt(block.terminal))
  yield* freeTerminal(block, isIdle, stage)
  yield* typeCommand(block, stage)
  yield* sleep(GLANCE_MS)
  if (block.staysOpen) yield* waitUntilOpen(block, stage)
  else yield* until(isIdle, stage, () => `"${block.command.split('\n')[0]}" to end`)
}

function* typeCommand({ command, terminal }: CommandBlock, stage: PlayerStage): Task {
  const isPasted = command.includes('\n')
  for (const piece of isPasted ? command.split(/(?<=\n)/) : (command.match(KEYS) ?? [])) {
    stage.type(terminal, piece.replace('\n', '\r'))
    yield* sleep(isPasted ? PASTE_DELAY_MS : KEYS_DELAY_MS)
  }
  stage.type(terminal, '\r')
}

/** Ends what a person would end first: a watch that was left running, a shell, a line half typed. */
function* freeTerminal(block: CommandBlock, isIdle: () => boolean, stage: PlayerStage): Task {
  const { terminal, inside } = block
  if (isWatch(stage.foreground(terminal))) stage.type(terminal, CTRL_C)
  else if (inside === undefined && stage.isAtInnerPrompt(terminal)) stage.type(terminal, CTRL_D)
  yield* until(isIdle, stage, () => `terminal ${terminal} to be free`)
  if (!stage.isLineBegun(terminal)) return
  stage.type(terminal, CTRL_C)
  yield* sleep(GLANCE_MS)
}

function isWatch(commandLine: string): boolean {
  return /^kubectl get .*\s(-w|--watch)(\s|$)/.test(commandLine)
}

/** A watch is open as soon as it runs; an interactive shell once it prompts. */
function* waitUntilOpen(block: CommandBlock, stage: PlayerStage): Task {
  if (!/\s(-it|-ti|--tty)\s/.test(block.command)) return
  let pressedAt = stage.now()
  const isOpen = (): boolean => {
    // The prompt may have come before anybody was attached: Enter asks for another.
    if (stage.now() - pressedAt >= ENTER_AFTER_MS) {
      stage.type(block.terminal, '\r')
      pressedAt = stage.now()
    }
    return stage.isAtInnerPrompt(block.terminal)
  }
  yield* until(isOpen, stage, () => `the shell of "${block.command}" to prompt`)
}

function* playBlock(block: Block, step: Step, stage: PlayerStage): Task {
  switch (block.type) {
    case 'command':
      // Who has done a part of the step by hand lets the rest be played.
      if (!stage.isRun(block)) yield* playCommand(block, stage)
      return
    case 'prose':
    case 'prediction':
    case 'hint':
    case 'erratum':
      yield* sleep(READ_DELAY_MS)
      return
    case 'checks':
      // Where the text says what must hold by now, what follows waits for it.
      yield* waitForChecks(step, block.checks, stage)
      return
    default:
      assertNever(block)
  }
}

function* waitForChecks(step: Step, checks: readonly Check[], stage: PlayerStage): Task {
  const awaited = new Set(checks.map(({ id }) => id))
  let open: readonly CheckState[] = []
  let failedSince: SimTime | undefined
  const areGreen = (): boolean => {
    open = stage.checks(step).filter(({ id, state }) => awaited.has(id) && state !== 'passed')
    const failed = open.filter((check) => check.state === 'failed')
    failedSince = failed.length === 0 ? undefined : (failedSince ?? stage.now())
    if (failedSince !== undefined && stage.now() - failedSince > DOUBT_MS) {
      throw new LessonFailed(`${step.id}: ${messagesOf(failed)}`)
    }
    return open.length === 0
  }
  yield* until(areGreen, stage, () => `the checks of ${step.id}: ${messagesOf(open)}`)
}

function messagesOf(checks: readonly CheckState[]): string {
  return checks.map(({ message }) => message).join('; ')
}

function* until(isSo: () => boolean, stage: PlayerStage, what: () => string): Task {
  const since = stage.now()
  while (!isSo()) {
    if (stage.now() - since > PATIENCE_MS) {
      throw new LessonFailed(`waited 15 minutes of virtual time for ${what()}`)
    }
    yield* stage.change(LOOK_AGAIN_MS)
    yield* sleep(GLANCE_MS)
  }
}
