import { examine, isAboutObjects } from '#lessons/conditions.ts'
import type {
  CheckState,
  CommandBlock,
  CommandState,
  Condition,
  Lesson,
  LessonState,
  Step,
} from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import type { LessonWorld, StepBaseline } from '#lessons/world.ts'
import type { CommandRun } from './terminal-recorder.ts'

/**
 * Which steps were entered, and what has become true in them. A check that has once passed stays
 * passed until its step is entered anew: it tells what happened, not what is.
 */
export class LessonProgress {
  readonly #lesson: Lesson
  readonly #world: LessonWorld
  readonly #baselines = new Map<string, StepBaseline>()
  readonly #states = new Map<string, CheckState>()
  /** The world's revision at which each check was last examined. */
  readonly #examinedAt = new Map<string, number>()
  readonly #steps: ReadonlyMap<string, Step>
  #step: Step

  constructor(lesson: Lesson, world: LessonWorld) {
    this.#lesson = lesson
    this.#world = world
    this.#steps = new Map(stepsOf(lesson).map(({ step }) => [step.id, step]))
    const [first] = this.#steps.values()
    if (first === undefined) throw new RangeError(`the lesson ${lesson.id} has no steps`)
    this.#step = first
  }

  get step(): Step {
    return this.#step
  }

  enter(step: Step): void {
    this.#step = step
    this.#baselines.set(step.id, this.#baseline(step))
    for (const check of checksOf(step)) this.#states.delete(check.id)
  }

  examine(step: Step): readonly CheckState[] {
    const baseline = this.#baselines.get(step.id) ?? this.#baseline(step)
    const { revision } = this.#world
    return checksOf(step).map((check) => {
      const before = this.#states.get(check.id)
      if (before?.state === 'passed') return before
      // The player looks twenty times a second, mostly at a world in which nothing has happened.
      const isAsBefore =
        isAboutObjects(check.condition) && this.#examinedAt.get(check.id) === revision
      if (before !== undefined && isAsBefore) return before
      this.#examinedAt.set(check.id, revision)
      const { holds, isFinal, message } = examine(check.condition, this.#world, baseline)
      const state: CheckState = holds
        ? { id: check.id, state: 'passed', at: this.#world.now, message: '' }
        : { id: check.id, state: isFinal === true ? 'failed' : 'waiting', message }
      this.#states.set(check.id, state)
      return state
    })
  }

  state(options: {
    readonly isPlaying: boolean
    readonly run: (block: CommandBlock) => CommandRun | undefined
  }): LessonState {
    this.examine(this.#step)
    return {
      lesson: this.#lesson.id,
      step: this.#step.id,
      isPlaying: options.isPlaying,
      commands: this.#commands(options.run),
      checks: [...this.#states.values()],
    }
  }

  #commands(run: (block: CommandBlock) => CommandRun | undefined): CommandState[] {
    const states: CommandState[] = []
    for (const id of this.#baselines.keys()) {
      for (const block of this.#steps.get(id)?.blocks ?? []) {
        if (block.type !== 'command') continue
        const found = run(block)
        // The same words may have been typed in an earlier step.
        if (found === undefined || found.ranAt < (this.#baselines.get(id)?.enteredAt ?? 0)) continue
        states.push({
          id: block.id,
          ranAt: found.ranAt,
          ...(found.endedAt === undefined ? {} : { endedAt: found.endedAt }),
          output: found.output,
        })
      }
    }
    return states
  }

  #baseline(step: Step): StepBaseline {
    const uids = new Map<string, string>()
    for (const pod of this.#world.list('pods', '')) uids.set(pod.metadata.name, pod.metadata.uid)
    const addresses = new Map<string, string>()
    for (const { condition } of checksOf(step)) {
      if (condition.type !== 'resolves') continue
      const address = this.#world.resolve(condition.name)
      if (address !== undefined) addresses.set(condition.name, address)
    }
    return { enteredAt: this.#world.now, uids, addresses }
  }
}

function checksOf(step: Step): readonly { id: string; text: string; condition: Condition }[] {
  return step.blocks.flatMap((block) => (block.type === 'checks' ? block.checks : []))
}
