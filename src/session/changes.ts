import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'

/** Wakes who waits for something to happen, whatever it is. */
export class Changes {
  readonly #watchers = new Set<() => void>()

  tell(): void {
    for (const wake of this.#watchers) wake()
  }

  /** Waits for the next one, or until the time is over. */
  next(timeoutMs: number): Task {
    return suspend<void>((wake, _fail, { simulation, name: label }) => {
      const end = (): void => {
        timer.cancel()
        this.#watchers.delete(woken)
      }
      const woken = (): void => {
        end()
        wake()
      }
      const timer = simulation.after(timeoutMs, woken, { label })
      this.#watchers.add(woken)
      return end
    })
  }
}
