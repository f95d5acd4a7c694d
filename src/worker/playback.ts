import type { Session } from '#session/session.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import type { Clock, Speed, StepKind } from './protocol.ts'

/** What a person types is answered also while the world is paused; it may take this long. */
const PAUSED_INPUT_MS = 60
/** When nothing but heartbeats is left, "as fast as possible" would race through days. */
const RESTING_FACTOR = 100
/** A slice never owes more than this: a page that slept does not catch up for minutes. */
const LAG_WALL_MS_MAX = 250
const STEP_EVENTS_MAX = 5_000_000

/** Couples virtual time to the wall: paused, at a speed, in steps, or as fast as possible. */
export class Playback {
  readonly #session: Session
  readonly #wallNowMs: () => number
  #speed: Speed = 1
  #isPaused = false
  #lastWallMs: number
  #inputUntil: SimTime = -Infinity
  #restWaiters: (() => void)[] = []

  constructor(session: Session, wallNowMs: () => number) {
    this.#session = session
    this.#wallNowMs = wallNowMs
    this.#lastWallMs = wallNowMs()
  }

  setSpeed(speed: Speed): void {
    this.#speed = speed
    this.#lastWallMs = this.#wallNowMs()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#lastWallMs = this.#wallNowMs()
  }

  /** Lets what was just typed be answered, also while paused. */
  allowInput(): void {
    this.#inputUntil = this.#session.cluster.simulation.now + PAUSED_INPUT_MS
  }

  /** Runs at full speed until only periodic work is left, then calls back. */
  runUntilRest(done: () => void): void {
    this.#restWaiters.push(done)
  }

  /** Pauses, and fires events up to and including the next one of that kind. */
  step(kind: StepKind): void {
    this.pause()
    const { simulation } = this.#session.cluster
    const { journal } = this.#session
    const count = (): number =>
      kind === 'write'
        ? journal.writes.length
        : kind === 'decision'
          ? journal.decisions.length
          : simulation.eventsTotal
    const before = count()
    for (let events = 0; events < STEP_EVENTS_MAX && count() === before; events++) {
      // Without a change to come, a step to a write would wait for ever: it ends at rest.
      if (kind !== 'event' && simulation.isAtRest) break
      if (!simulation.step()) break
    }
    if (simulation.failure !== undefined) throw simulation.failure
  }

  /** Runs until `deadlineWallMs` at most. Returns the wall time until it has more to do. */
  advance(deadlineWallMs: number): number {
    const { simulation } = this.#session.cluster
    const shouldStop = (): boolean => this.#wallNowMs() >= deadlineWallMs
    if (this.#restWaiters.length > 0) return this.#advanceToRest(shouldStop)
    if (this.#isPaused) return this.#advancePaused(shouldStop)
    const wallMs = this.#takeWallMs()
    if (this.#speed === 'max' && !simulation.isAtRest) {
      simulation.run({ untilRest: true, shouldStop })
      return simulation.isAtRest ? 1 : 0
    }
    const factor = this.#speed === 'max' ? RESTING_FACTOR : this.#speed
    const until = simulation.now + wallMs * factor
    const { reason } = simulation.run({ until, shouldStop })
    // What could not be done in this slice is not owed: the page shows a slower clock instead.
    return reason === 'stopped' ? 0 : 1
  }

  clock(): Clock {
    const { simulation } = this.#session.cluster
    return {
      time: simulation.now,
      unixMs: simulation.unixMs,
      isPaused: this.#isPaused,
      isAtRest: simulation.isAtRest,
      speed: this.#speed,
    }
  }

  #advanceToRest(shouldStop: () => boolean): number {
    const { simulation } = this.#session.cluster
    this.#lastWallMs = this.#wallNowMs()
    simulation.run({ untilRest: true, shouldStop })
    if (!simulation.isAtRest) return 0
    for (const done of this.#restWaiters.splice(0)) done()
    return 1
  }

  #advancePaused(shouldStop: () => boolean): number {
    const { simulation } = this.#session.cluster
    this.#lastWallMs = this.#wallNowMs()
    const next = simulation.nextEventAt
    if (next === undefined || next > this.#inputUntil) return 1000
    const isAtPrompt = [...this.#session.terminals].every(
      ({ terminal }) => terminal.foregroundCommand === '',
    )
    // At the prompt only what is due in this very instant runs: echo and prompt, no time passes.
    const until = isAtPrompt ? simulation.now : this.#inputUntil
    if (next > until) return 1000
    const { reason } = simulation.run({ until: Math.min(until, next), shouldStop })
    return reason === 'stopped' ? 0 : 1
  }

  #takeWallMs(): number {
    const now = this.#wallNowMs()
    const elapsed = Math.min(now - this.#lastWallMs, LAG_WALL_MS_MAX)
    this.#lastWallMs = now
    return elapsed
  }
}
