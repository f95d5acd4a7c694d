import { EventQueue, QueuedEvent } from './event-queue.ts'
import { InvariantError } from './invariant.ts'
import { Process, type ProcessOptions, type Task } from './process.ts'
import { Random } from './random.ts'
import { type SimTime, toSimTime } from './time.ts'
import { Trace } from './trace.ts'

export type SimulationOptions = {
  readonly seed: number
  /** The wall-clock instant, in Unix milliseconds, that virtual time 0 stands for. */
  readonly epochMs?: number
  /** Where the clock begins; negative where a world is to be grown up at time 0. */
  readonly startAt?: SimTime
  /** Events one virtual instant may fire before it counts as a runaway. */
  readonly eventsPerInstantMax?: number
}

export type EventOptions = {
  /** Names the culprit when a budget runs out, and the event in a step. */
  readonly label: string
  readonly periodic?: boolean
}

export type Timer = { cancel(): void }

export type RunLimits = {
  /** Runs events up to and including this instant, and leaves the clock there. */
  readonly until?: SimTime
  /** Stops when only periodic work is left. */
  readonly untilRest?: boolean
  readonly eventsMax?: number
  /** Asked between events, every 32; the host bounds slices by wall time with it. */
  readonly shouldStop?: () => boolean
}

export type RunResult = {
  readonly reason: 'time' | 'rest' | 'events' | 'stopped' | 'empty'
  readonly events: number
}

const DEFAULT_EPOCH_MS = Date.UTC(2026, 0, 1)

/** One virtual world's clock, event queue, randomness and processes. */
export class Simulation {
  readonly seed: number
  readonly random: Random
  readonly trace = new Trace()
  readonly epochMs: number
  readonly #queue = new EventQueue()
  readonly #eventsPerInstantMax: number
  readonly #instantLabels = new Map<string, number>()
  #now: SimTime
  #sequence = 0
  /** Shared with the events, which count themselves out. */
  readonly #pending = { foreground: 0 }
  #eventsThisInstant = 0
  #eventsTotal = 0
  #nextProcessId = 1
  #failure: Error | undefined
  readonly #restListeners: (() => void)[] = []

  constructor(options: SimulationOptions) {
    this.seed = options.seed
    this.random = new Random(options.seed)
    this.epochMs = options.epochMs ?? DEFAULT_EPOCH_MS
    this.#now = options.startAt ?? 0
    this.#eventsPerInstantMax = options.eventsPerInstantMax ?? 2_000_000
  }

  get now(): SimTime {
    return this.#now
  }

  /** The present as Unix milliseconds of the simulated world. */
  get unixMs(): number {
    return this.epochMs + this.#now
  }

  get eventsTotal(): number {
    return this.#eventsTotal
  }

  /** True when nothing but periodic work is pending. */
  get isAtRest(): boolean {
    return this.#pending.foreground === 0
  }

  /** Calls back after each event that leaves nothing but periodic work. */
  onRest(listener: () => void): void {
    this.#restListeners.push(listener)
  }

  /** The error that stopped this world; nothing runs after it. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** When the next event is due, or undefined if none is pending. */
  get nextEventAt(): SimTime | undefined {
    return this.#queue.peek()?.time
  }

  /** Runs `run` after `delayMs` virtual milliseconds. */
  after(delayMs: number, run: () => void, options: EventOptions): Timer {
    if (!(delayMs >= 0)) throw new InvariantError(`${options.label}: delay of ${delayMs} ms`)
    if (delayMs === 0) return this.soon(run, options)
    const event = this.#newEvent(toSimTime(this.#now + delayMs), run, options)
    this.#queue.push(event)
    return event
  }

  /** Runs `run` in this instant, behind all that is already due in it. */
  soon(run: () => void, options: EventOptions): Timer {
    const event = this.#newEvent(this.#now, run, options)
    this.#queue.pushSoon(event)
    return event
  }

  spawn<T>(task: Task<T>, options: ProcessOptions): Process<T> {
    return new Process(this, this.#nextProcessId++, task, options)
  }

  /** Stops the world with a report. Our own bugs end here; users' mistakes never do. */
  fail(error: Error): void {
    this.#failure ??= error
  }

  /** Fires the next event. False when nothing is pending. */
  step(): boolean {
    const event = this.#failure === undefined ? this.#queue.pop() : undefined
    if (event === undefined) return false
    this.#fire(event)
    return true
  }

  run(limits: RunLimits = {}): RunResult {
    const eventsMax = limits.eventsMax ?? Infinity
    let events = 0
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      if (events >= eventsMax) return { reason: 'events', events }
      if (limits.untilRest === true && this.#pending.foreground === 0)
        return { reason: 'rest', events }
      const next = this.#queue.peek()
      if (limits.until !== undefined && (next === undefined || next.time > limits.until)) {
        this.#advanceTo(limits.until)
        return { reason: 'time', events }
      }
      if (next === undefined) return { reason: 'empty', events }
      if ((events & 31) === 31 && limits.shouldStop?.() === true)
        return { reason: 'stopped', events }
      this.#queue.pop()
      this.#fire(next)
      events++
    }
  }

  /** Runs until only periodic work is left; an endless run is reported, not waited for. */
  runUntilRest(eventsMax = 50_000_000): RunResult {
    const result = this.run({ untilRest: true, eventsMax })
    if (result.reason === 'events') {
      throw new InvariantError(`not at rest after ${eventsMax} events, at ${this.#now} ms`)
    }
    return result
  }

  runFor(durationMs: number): RunResult {
    return this.run({ until: toSimTime(this.#now + durationMs) })
  }

  /** Moves the clock to where a recorded run had it; no event is fired, and none may be due before. */
  skipTo(time: SimTime): void {
    const next = this.#queue.peek()
    if (next !== undefined && next.time < time) {
      throw new InvariantError(`cannot skip to ${time} ms past ${next.label} at ${next.time} ms`)
    }
    this.#advanceTo(time)
  }

  #newEvent(time: SimTime, run: () => void, options: EventOptions): QueuedEvent {
    const periodic = options.periodic === true
    if (!periodic) this.#pending.foreground++
    return new QueuedEvent(time, this.#sequence++, options.label, periodic, run, this.#pending)
  }

  #fire(event: QueuedEvent): void {
    this.#advanceTo(event.time)
    const run = event.run
    if (run === undefined) return
    event.cancel()
    this.#eventsTotal++
    this.#eventsThisInstant++
    if (this.#eventsThisInstant > this.#eventsPerInstantMax - 1000) this.#countRunaway(event.label)
    try {
      run()
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
    }
    if (this.#pending.foreground === 0) for (const listener of this.#restListeners) listener()
  }

  #advanceTo(time: SimTime): void {
    if (time <= this.#now) return
    this.#now = time
    this.#eventsThisInstant = 0
    if (this.#instantLabels.size > 0) this.#instantLabels.clear()
  }

  // Labels are only counted near the limit: the culprit of a runaway is what fires there.
  #countRunaway(label: string): void {
    this.#instantLabels.set(label, (this.#instantLabels.get(label) ?? 0) + 1)
    if (this.#eventsThisInstant <= this.#eventsPerInstantMax) return
    const [culprit] = [...this.#instantLabels].sort((a, b) => b[1] - a[1])
    this.fail(
      new InvariantError(
        `more than ${this.#eventsPerInstantMax} events at ${this.#now} ms; most of the last ones: ${culprit?.[0]}`,
      ),
    )
  }
}
