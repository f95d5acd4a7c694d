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
      for (const check of checks) {
        this.#states.set(check.id, this.#stateOf(check, baseline, isOver))
      }
      const isDone = checks.every(({ id }) => this.#states.get(id)?.state === 'passed')
      if (isDone) this.#done.add(step.id)
    }
    return checks.flatMap(({ id }) => this.#states.get(id) ?? [])
  }

  #stateOf(check: Check, baseline: StepBaseline, isOver: boolean): CheckState {
    const before = this.#states.get(check.id)
    const { id } = check
    const { holds, isFinal, message } = this.#find(check, baseline)
    if (holds && before?.state === 'passed') return before
    if (holds) return { id, state: 'passed', at: this.#world.now, message: '' }
    return { id, state: isFinal === true || isOver ? 'failed' : 'waiting', message }
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
