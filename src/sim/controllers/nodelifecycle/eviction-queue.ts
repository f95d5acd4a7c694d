import type { Simulation, Timer } from '#sim/kernel/simulation.ts'

/** Nodes of one zone that wait to be tainted: the first at once, the others at a rate. */
export class EvictionQueue {
  readonly #simulation: Simulation
  readonly #process: (nodeName: string) => void
  readonly #waiting = new Set<string>()
  #ratePerSecond: number
  #nextAt = -Infinity
  #timer: Timer | undefined

  constructor(simulation: Simulation, ratePerSecond: number, process: (nodeName: string) => void) {
    this.#simulation = simulation
    this.#ratePerSecond = ratePerSecond
    this.#process = process
  }

  add(nodeName: string): void {
    this.#waiting.add(nodeName)
    this.#schedule()
  }

  remove(nodeName: string): void {
    this.#waiting.delete(nodeName)
  }

  /** Zero stops the queue until it gets another rate. */
  setRate(ratePerSecond: number): void {
    if (ratePerSecond === this.#ratePerSecond) return
    this.#ratePerSecond = ratePerSecond
    this.#timer?.cancel()
    this.#timer = undefined
    this.#schedule()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0 || this.#ratePerSecond === 0) return
    const delayMs = Math.max(0, this.#nextAt - this.#simulation.now)
    this.#timer = this.#simulation.after(
      delayMs,
      () => {
        this.#timer = undefined
        const [first] = this.#waiting
        if (first === undefined) return
        this.#waiting.delete(first)
        this.#nextAt = this.#simulation.now + 1000 / this.#ratePerSecond
        this.#process(first)
        this.#schedule()
      },
      { label: 'node-lifecycle/taint' },
    )
  }
}
