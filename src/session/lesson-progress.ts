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
  readonly queued: readonly string[]
  readonly trouble: string
  readonly version: number
}

/** Which steps were entered, and what has become true in them since. */
export class LessonProgress {
  readonly #lesson: Lesson
  readonly #world: LessonWorld
  readonly #person: string
  readonly #newestRun: (block: CommandBlock) => CommandRun | undefined
  /** What was run in steps that were left: later ones may have the same words. */
  readonly #kept = new Map<string, CommandRun>()
  readonly #openedAt = new Map<string, SimTime>()
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
  constructor(
    lesson: Lesson,
    options: {
      readonly world: LessonWorld
      readonly person: string
      readonly newestRun: (block: CommandBlock) => CommandRun | undefined
    },
  ) {
    this.#lesson = lesson
    this.#person = options.person
    this.#world = options.world
    this.#newestRun = options.newestRun
    const steps = stepsOf(lesson).map(({ step }) => step)
    this.#steps = new Map(steps.map((step) => [step.id, step]))
    this.#stepOf = new Map(
      steps.flatMap((step) => commandsIn(step).map((block) => [block.id, step.id] as const)),
    )
    const [first] = steps
    if (first === undefined) throw new RangeError(`the lesson ${lesson.id} has no steps`)
    this.#step = first
  }

  get step(): Step {
    return this.#step
  }

  /** Opens a step. Who comes back to one that is done finds it done. */
  enter(step: Step): void {
    for (const block of commandsIn(this.#step)) {
      const run = this.run(block)
      if (run !== undefined) this.#kept.set(block.id, run)
    }
    this.#step = step
    this.#openedAt.set(step.id, this.#world.now)
    this.#commandStates = undefined
    if (this.#done.has(step.id)) return
    for (const { id } of commandsIn(step)) this.#kept.delete(id)
    this.#baselines.set(step.id, this.#baseline(step))
    for (const { id } of checksOf(step)) {
      this.#states.delete(id)
      this.#found.delete(id)
    }
    this.#checkStates = undefined
  }

  /** How a command was last run in its step, or behind it where it was not run there. */
  run(block: CommandBlock): CommandRun | undefined {
    const step = this.#stepOf.get(block.id)
    const kept = this.#kept.get(block.id)
    if (kept !== undefined && step !== this.#step.id) return kept
    const since = this.#openedAt.get(step ?? '') ?? -Infinity
    const newest = this.#newestRun(block)
    return newest !== undefined && newest.ranAt >= since ? newest : kept
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
    const state = holds ? 'passed' : (isFinal ?? isOver) ? 'failed' : 'waiting'
    if (before?.state === state && before.message === message) return
    const isLost = isFinal === true && check.condition.type !== 'printed'
    const at = holds ? { at: this.#world.now } : {}
    this.#states.set(id, { id, state, ...at, message, ...(isLost && { isLost }) })
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
    if (last === undefined || last.time < enteredAt) return false
    return !this.#isUnderWay(last.time)
  }

  /** Whether the last change came from a command of the step, and others of it are still to come. */
  #isUnderWay(changedAt: SimTime): boolean {
    const commands = commandsIn(this.#step)
    // Who does not watch misses nothing that the step is about.
    const isToCome = commands.some(
      (block) => !block.staysOpen && block.command !== '^C' && this.run(block) === undefined,
    )
    return (
      isToCome &&
      commands.some((block) => {
        const { ranAt = Infinity, endedAt = Infinity } = this.run(block) ?? {}
        return ranAt <= changedAt && changedAt <= endedAt
      })
    )
  }

  /** Whether a command of the open step runs, or ran without an error and as its checks want it. */
  isRun(block: CommandBlock): boolean {
    const run = this.run(block)
    if (run === undefined) return false
    if (run.endedAt === undefined) return true
    const failed = new Set(
      this.examine(this.#step)
        .filter(({ state }) => state === 'failed')
        .map(({ id }) => id),
    )
    const isWrong = checksOf(this.#step).some(
      ({ id, condition }) =>
        condition.type === 'printed' && condition.command === block.id && failed.has(id),
    )
    return !isWrong && (run.exitCode ?? 0) === 0
  }

  /**
   * Where the learner is; the very same object while nothing has changed. `version` counts what the
   * terminals showed.
   */
  state({ isPlaying, queued, trouble, version }: Told): LessonState {
    this.examine(this.#step)
    this.#checkStates ??= [...this.#states.values()]
    if (this.#commandStates?.version !== version) {
      this.#commandStates = { version, states: this.#commands() }
    }
    const { states: commands } = this.#commandStates
    const checks = this.#checkStates
    const { id: step } = this.#step
    const told = this.#told
    const isSame =
      told?.step === step &&
      told.isPlaying === isPlaying &&
      told.queued === queued &&
      told.trouble === trouble &&
      told.commands === commands &&
      told.checks === checks
    if (isSame) return told
    const { id: lesson } = this.#lesson
    this.#told = { lesson, step, isPlaying, queued, trouble, commands, checks }
    return this.#told
  }

  #commands(): CommandState[] {
    const states: CommandState[] = []
    for (const id of this.#baselines.keys()) {
      for (const block of commandsIn(this.#steps.get(id))) {
        const found = this.run(block)
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

function commandsIn(step: Step | undefined): readonly CommandBlock[] {
  return step?.blocks.filter((block) => block.type === 'command') ?? []
}
