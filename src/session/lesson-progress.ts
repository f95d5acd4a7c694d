import { examine, isAboutObjects } from '#lessons/conditions.ts'
import type { Finding } from '#lessons/finding.ts'
import {
  type Check,
  type CheckState,
  checksOf,
  type CommandBlock,
  type CommandState,
  type Lesson,
  type LessonState,
  type Step,
} from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import type { LessonWorld, StepBaseline } from '#lessons/world.ts'
import type { CommandRun } from './terminal-recorder.ts'

/** So long nothing was written before a check is given up. */
const REST_MS = 3000

type Told = {
  readonly isPlaying: boolean
  readonly version: number
  readonly run: (block: CommandBlock) => CommandRun | undefined
}

/** Which steps were entered, and what has become true in them since. */
export class LessonProgress {
  readonly #lesson: Lesson
  readonly #world: LessonWorld
  readonly #person: string
  readonly #baselines = new Map<string, StepBaseline>()
  readonly #states = new Map<string, CheckState>()
  readonly #found = new Map<string, { readonly revision: number; readonly finding: Finding }>()
  /** Steps whose checks held all at once. */
  readonly #done = new Set<string>()
  readonly #steps: ReadonlyMap<string, Step>
  /** The step that each command stands in. */
  readonly #stepOf: ReadonlyMap<string, string>
  #step: Step
  #restedAt: SimTime = -Infinity
  #commandStates: { readonly version: number; readonly states: CommandState[] } | undefined
  #checkStates: readonly CheckState[] | undefined
  #told: LessonState | undefined

  /** `person` is the user whose changes the lesson is about. */
  constructor(lesson: Lesson, world: LessonWorld, person: string) {
    this.#lesson = lesson
    this.#person = person
    this.#world = world
    const steps = stepsOf(lesson).map(({ step }) => step)
    this.#steps = new Map(steps.map((step) => [step.id, step]))
    this.#stepOf = new Map(
      steps.flatMap((step) =>
        step.blocks.flatMap((block) =>
          block.type === 'command' ? [[block.id, step.id] as const] : [],
        ),
      ),
    )
    const [first] = steps
    if (first === undefined) throw new RangeError(`the lesson ${lesson.id} has no steps`)
    this.#step = first
  }

  get step(): Step {
    return this.#step
  }

  enter(step: Step): void {
    this.#step = step
    this.#baselines.set(step.id, this.#baseline(step))
    this.#done.delete(step.id)
    for (const { id } of checksOf(step)) {
      this.#states.delete(id)
      this.#found.delete(id)
    }
    this.#commandStates = undefined
    this.#checkStates = undefined
  }

  /** When the step that a command stands in was entered last; undefined if it was not. */
  stepBeganAt(command: string): SimTime | undefined {
    return this.#baselines.get(this.#stepOf.get(command) ?? '')?.enteredAt
  }

  /**
   * The checks of a step now. What holds at first may be spoilt by a mistake, so only when all of
   * them hold at once is the step done; from then on they stay passed.
   */
  examine(step: Step): readonly CheckState[] {
    const checks = checksOf(step)
    if (!this.#done.has(step.id)) {
      const baseline = this.#baselines.get(step.id) ?? this.#baseline(step)
      const isOver = this.#isOver(baseline)
      for (const check of checks) this.#look(check, baseline, isOver)
      const isDone = checks.every(({ id }) => this.#states.get(id)?.state === 'passed')
      if (isDone) this.#done.add(step.id)
    }
    return checks.flatMap(({ id }) => this.#states.get(id) ?? [])
  }

  #look(check: Check, baseline: StepBaseline, isOver: boolean): void {
    const { id } = check
    const before = this.#states.get(id)
    const { holds, isFinal, message } = this.#find(check, baseline)
    const state = holds ? 'passed' : isFinal === true || isOver ? 'failed' : 'waiting'
    if (before?.state === state && before.message === message) return
    this.#states.set(id, { id, state, ...(holds ? { at: this.#world.now } : {}), message })
    this.#checkStates = undefined
  }

  #find({ id, condition }: Check, baseline: StepBaseline): Finding {
    const { revision } = this.#world
    const before = this.#found.get(id)
    // The player looks twenty times a second, mostly at a world in which nothing has happened.
    if (before?.revision === revision && isAboutObjects(condition)) return before.finding
    const finding = examine(condition, this.#world, baseline)
    this.#found.set(id, { revision, finding })
    return finding
  }

  /** Whether somebody changed the cluster in this step, and all that followed from it is done. */
  #isOver({ enteredAt }: StepBaseline): boolean {
    const { isAtRest, now, writes } = this.#world
    if (isAtRest) this.#restedAt = now
    // Nodes report their status for ever; that is no change under way.
    const newest = writes.findLast(({ resource }) => resource !== 'nodes')
    if (newest === undefined || now - newest.time < REST_MS) return false
    // A heartbeat breaks the rest for some milliseconds, which is no change either.
    if (this.#restedAt < newest.time) return false
    const last = writes.findLast(({ user, code }) => user === this.#person && code < 400)
    return last !== undefined && last.time >= enteredAt
  }

  /**
   * Where the learner is; the very same object while nothing has changed. `version` counts what the
   * terminals showed.
   */
  state({ isPlaying, version, run }: Told): LessonState {
    this.examine(this.#step)
    this.#checkStates ??= [...this.#states.values()]
    if (this.#commandStates?.version !== version) {
      this.#commandStates = { version, states: this.#commands(run) }
    }
    const { states: commands } = this.#commandStates
    const checks = this.#checkStates
    const { id: step } = this.#step
    const told = this.#told
    const isSame =
      told?.step === step &&
      told.isPlaying === isPlaying &&
      told.commands === commands &&
      told.checks === checks
    if (isSame) return told
    this.#told = { lesson: this.#lesson.id, step, isPlaying, commands, checks }
    return this.#told
  }

  #commands(run: Told['run']): CommandState[] {
    const states: CommandState[] = []
    for (const id of this.#baselines.keys()) {
      for (const block of this.#steps.get(id)?.blocks ?? []) {
        if (block.type !== 'command') continue
        const found = run(block)
        if (found === undefined) continue
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
