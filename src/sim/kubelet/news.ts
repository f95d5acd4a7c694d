import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { suspend } from '#sim/kernel/waits.ts'

/** What a Pod's worker rests for: told while it works, it is not lost. */
export class News {
  readonly #simulation: Simulation
  readonly #label: string
  #isTold = false
  #wake: (() => void) | undefined

  constructor(simulation: Simulation, label: string) {
    this.#simulation = simulation
    this.#label = label
  }

  tell(): void {
    this.#isTold = true
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** What was told so far is taken in by what comes next. */
  takeIn(): void {
    this.#isTold = false
  }

  /** Rests until there is news, or for a time. */
  await(delayMs?: number): Task {
    return suspend<void>((wake) => {
      if (this.#isTold) {
        wake()
        return undefined
      }
      const timer =
        delayMs === undefined
          ? undefined
          : this.#simulation.after(delayMs, () => wake(), {
              label: this.#label,
              // A Pod that fails for ever must not keep the world from rest.
              periodic: true,
            })
      this.#wake = wake
      return () => {
        timer?.cancel()
        this.#wake = undefined
      }
    })
  }
}
