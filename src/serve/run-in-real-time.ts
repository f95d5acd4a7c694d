import type { Simulation } from '#sim/kernel/simulation.ts'

/** A factor of real time, or as fast as it goes while there is something to do. */
export type Speed = number | 'max'

const SLICE_WALL_MS = 15
const IDLE_WALL_MS = 500
/** A world that cannot keep up lets time slip instead of chasing it for ever. */
const LAG_WALL_MS_MAX = 2000

/** Keeps a simulation in step with the host's clock, in slices, between which requests are heard. */
export class RealTimeLoop {
  readonly #simulation: Simulation
  readonly #speed: Speed
  readonly #onFailure: (error: unknown) => void
  #anchorWallMs = performance.now()
  #anchorSimMs: number
  #timer: NodeJS.Timeout | undefined
  #immediate: NodeJS.Immediate | undefined
  #isStopped = false

  constructor(simulation: Simulation, speed: Speed, onFailure: (error: unknown) => void) {
    this.#simulation = simulation
    this.#speed = speed
    this.#onFailure = onFailure
    this.#anchorSimMs = simulation.now
  }

  start(): void {
    this.#anchor()
    this.wake()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    if (this.#immediate !== undefined) clearImmediate(this.#immediate)
  }

  /** Something came in from outside: what it set in motion runs at the next turn. */
  wake(): void {
    if (this.#isStopped || this.#immediate !== undefined) return
    clearTimeout(this.#timer)
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined
      this.#turn()
    })
  }

  /** Brings the clock up to the present, so that what happens now is stamped now. */
  catchUp(): void {
    if (this.#isStopped) return
    this.#run()
  }

  #turn(): void {
    if (this.#isStopped) return
    if (this.#run()) {
      this.wake()
      return
    }
    this.#timer = setTimeout(() => this.#turn(), this.#pauseWallMs())
  }

  /** True when the slice ended before the work did. */
  #run(): boolean {
    const endsAt = performance.now() + SLICE_WALL_MS
    const shouldStop = () => performance.now() >= endsAt
    try {
      if (this.#speed === 'max') {
        const isUnfinished =
          this.#simulation.run({ untilRest: true, shouldStop }).reason === 'stopped'
        if (isUnfinished || !this.#simulation.isAtRest) return true
        // At rest only heartbeats are left; they may beat in real time.
        if (this.#simulation.now > this.#target()) this.#anchor()
      }
      const result = this.#simulation.run({ until: this.#target(), shouldStop })
      if (result.reason !== 'stopped') return false
      const lagWallMs = (this.#target() - this.#simulation.now) / this.#factor
      if (lagWallMs > LAG_WALL_MS_MAX) this.#anchor()
      return true
    } catch (error) {
      this.stop()
      this.#onFailure(error)
      return false
    }
  }

  #anchor(): void {
    this.#anchorWallMs = performance.now()
    this.#anchorSimMs = this.#simulation.now
  }

  get #factor(): number {
    return this.#speed === 'max' ? 1 : this.#speed
  }

  #target(): number {
    return this.#anchorSimMs + (performance.now() - this.#anchorWallMs) * this.#factor
  }

  #pauseWallMs(): number {
    const next = this.#simulation.nextEventAt
    if (next === undefined) return IDLE_WALL_MS
    const wait = (next - this.#target()) / this.#factor
    return Math.min(Math.max(wait, 0), IDLE_WALL_MS)
  }
}
