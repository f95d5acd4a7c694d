import {
  type Check,
  type CheckState,
  checksOf,
  type CommandBlock,
  type LessonState,
  type Step,
} from '#lessons/lesson.ts'

export type StepTrouble = {
  readonly said: string
  /** What to do about it, with the command that does it where there is one. */
  readonly wayOut: string
  readonly command: string
}

/** What went wrong in a step and how to go on; undefined while nothing did. */
export function stepTrouble(step: Step, state: LessonState): StepTrouble | undefined {
  const failed = checksOf(step).flatMap((check) => {
    const found = state.checks.find(({ id }) => id === check.id)
    return found?.state === 'failed' ? [{ check, found }] : []
  })
  const [first] = failed
  if (first === undefined) {
    if (state.trouble === '') return undefined
    return {
      said: `Playing stopped: ${state.trouble}.`,
      wayOut: 'Start the step over.',
      command: '',
    }
  }
  const said = failed.length === 1 ? 'A check failed.' : `${failed.length} checks failed.`
  if (failed.some(({ found }) => found.isLost === true)) {
    return { said, wayOut: 'What happened cannot be undone: start the step over.', command: '' }
  }
  const command = commandFor(first, step, state)
  return command === undefined
    ? { said, wayOut: 'Put it right in a terminal, or start the step over.', command: '' }
    : { said, wayOut: 'or start the step over.', command: command.command.split('\n')[0] ?? '' }
}

/** What makes a check come true: the command it reads, or the first that was not run. */
function commandFor(
  { check: { condition } }: { readonly check: Check; readonly found: CheckState },
  step: Step,
  { commands }: LessonState,
): CommandBlock | undefined {
  const acting = step.blocks.filter(
    (block): block is CommandBlock =>
      block.type === 'command' && !block.staysOpen && block.command !== '^C',
  )
  if (condition.type === 'printed') return acting.find(({ id }) => id === condition.command)
  const ran = new Set(commands.map(({ id }) => id))
  return acting.find(({ id }) => !ran.has(id))
}
