import { KeyedQueue } from '#sim/kernel/keyed-queue.ts'
import type { Simulation, Timer } from '#sim/kernel/simulation.ts'
import { toSimTime } from '#sim/kernel/time.ts'

export type WorkQueueOptions = {
  readonly name: string
  readonly baseDelayMs?: number
  readonly maxDelayMs?: number
  /**
   * Virtual time for which the worker is taken up by a key it has just processed. What happens to
   * the key meanwhile is met by one more pass, as with a real worker.
   */
  readonly passMs?: (key: string) => number
}

/** A pass that waits in the middle: each value is how many virtual milliseconds. */
export type Pauses<T = void> = Generator<number, T, undefined>

/** A retry further off than this does not keep the world from being at rest. */
const PATIENCE_MS = 60_000

/**
 * A queue of keys with client-go's guarantees: a key waits at most once, is not processed twice
 * at a time, and one that is added while it is processed is processed again.
 *
 * Upstream: client-go/util/workqueue.
 */
export class WorkQueue {
  readonly #simulation: Simulation
  readonly #name: string
  readonly #process: (key: string) => Pauses | void
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  readonly #passMs: ((key: string) => number) | undefined
  readonly #busyUntil = new Map<string, number>()
  /** Keys whose pass waits in the middle, and those of them that were added meanwhile. */
  readonly #paused = new Set<string>()
  readonly #addedInPause = new Set<string>()
  readonly #waiting = new KeyedQueue<string>()
  readonly #failures = new Map<string, number>()
  readonly #delayed = new Map<string, { timer: Timer; dueAt: number }>()
  #isScheduled = false
  #isStopped = false

  constructor(
    simulation: Simulation,
    process: (key: string) => Pauses | void,
    options: WorkQueueOptions,
  ) {
    this.#simulation = simulation
    this.#process = process
    this.#name = options.name
    this.#baseDelayMs = options.baseDelayMs ?? 5
    this.#maxDelayMs = options.maxDelayMs ?? 1_000_000
    this.#passMs = options.passMs
  }

  get length(): number {
    return this.#waiting.size
  }

  add(key: string): void {
    if (this.#isStopped) return
    if (this.#paused.has(key)) {
      this.#addedInPause.add(key)
      return
    }
    const busyUntil = this.#busyUntil.get(key)
    if (busyUntil !== undefined && busyUntil > this.#simulation.now) {
      this.addAfter(key, busyUntil - this.#simulation.now)
      return
    }
    this.#waiting.set(key, key)
    this.#schedule()
  }

  /** Adds after a delay; of several delays for a key the shortest counts. */
  addAfter(key: string, delayMs: number, options: { readonly periodic?: boolean } = {}): void {
    if (this.#isStopped) return
    if (delayMs <= 0) {
      this.add(key)
      return
    }
    const dueAt = this.#simulation.now + delayMs
    const earlier = this.#delayed.get(key)
    if (earlier !== undefined && earlier.dueAt <= dueAt) return
    earlier?.timer.cancel()
    const timer = this.#simulation.after(
      delayMs,
      () => {
        this.#delayed.delete(key)
        this.add(key)
      },
      { label: `${this.#name}/delayed`, periodic: options.periodic === true },
    )
    this.#delayed.set(key, { timer, dueAt })
  }

  /** Adds after a delay that doubles with every failure since the last `forget`. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const delayMs = Math.min(this.#baseDelayMs * 2 ** failures, this.#maxDelayMs)
    this.addAfter(key, delayMs, { periodic: delayMs > PATIENCE_MS })
  }

  requeues(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.clear()
    for (const { timer } of this.#delayed.values()) timer.cancel()
    this.#delayed.clear()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#simulation.soon(() => this.#processNext(), { label: this.#name })
  }

  #processNext(): void {
    this.#isScheduled = false
    const key = this.#waiting.shift()
    if (key === undefined) return
    this.#busyUntil.delete(key)
    try {
      this.#goOn(key, this.#process(key))
    } finally {
      if (this.#waiting.size > 0) this.#schedule()
    }
  }

  // While a pass waits other keys have their turn, as with several workers.
  #goOn(key: string, pass: Pauses | void): void {
    const step = pass?.next()
    if (pass !== undefined && step?.done === false) {
      this.#paused.add(key)
      const goOn = (): void => {
        if (!this.#isStopped) this.#goOn(key, pass)
      }
      this.#simulation.after(step.value, goOn, { label: `${this.#name}/pause` })
      return
    }
    this.#paused.delete(key)
    const busyMs = this.#passMs?.(key) ?? 0
    if (busyMs > 0) this.#busyUntil.set(key, toSimTime(this.#simulation.now + busyMs))
    if (this.#addedInPause.delete(key)) this.add(key)
  }
}
