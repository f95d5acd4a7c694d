import { InvariantError } from './invariant.ts'
import type { AnyProcess, Exit, Process, Suspension, Task } from './process.ts'

/** Waits until `register`'s `wake` is called. The base of every other wait. */
export function* suspend<T>(
  register: (
    wake: (value: T) => void,
    fail: (error: unknown) => void,
    process: AnyProcess,
  ) => (() => void) | undefined,
): Task<T> {
  const suspension: Suspension = (wake, process) =>
    register(
      (value) => wake({ type: 'value', value }),
      (error) => wake({ type: 'error', error }),
      process,
    )
  // The kernel hands back exactly what `wake` was given.
  return (yield suspension) as T
}

/** Waits for `delayMs` of virtual time. Periodic processes sleep without keeping the world busy. */
export function* sleep(delayMs: number): Task {
  yield delayMs
}

/** The process that runs this task. */
export function currentProcess(): Task<AnyProcess> {
  return suspend<AnyProcess>((wake, _fail, process) => {
    wake(process)
    return undefined
  })
}

/** Lets everything else that is due in this instant run first. */
export function yieldNow(): Task {
  return suspend<void>((wake) => {
    wake()
    return undefined
  })
}

/**
 * Charges virtual CPU time, so that a busy loop neither freezes the clock nor the page. The
 * process only waits once its debt has reached a millisecond.
 */
export function* charge(process: AnyProcess, costMs: number): Task {
  if (process.owe(costMs) < 1) return
  yield* sleep(process.settle())
}

/** Waits for a process to end and tells how. */
export function join<T>(process: Process<T>): Task<Exit<T>> {
  return suspend<Exit<T>>((wake) => {
    process.onExit(wake)
    return undefined
  })
}

/** Waits for the first of several tasks; the others are killed. */
export function* race<T>(
  tasks: readonly Task<T>[],
  name: string,
): Task<{ index: number; value: T }> {
  const self = yield* currentProcess()
  const children = tasks.map((task, index) =>
    self.simulation.spawn(task, {
      name: `${name}/${index}`,
      periodic: self.periodic,
      onError: () => {},
    }),
  )
  try {
    return yield* suspend<{ index: number; value: T }>((wake, fail) => {
      for (const [index, child] of children.entries()) {
        child.onExit((exit) => {
          if (exit.type === 'returned') wake({ index, value: exit.value })
          else if (exit.type === 'threw') fail(exit.error)
        })
      }
      return undefined
    })
  } finally {
    for (const child of children) child.kill()
  }
}

/** An unbounded first-in-first-out channel between processes. */
export class Channel<T> {
  readonly #items: T[] = []
  readonly #takers: ((item: T | undefined) => void)[] = []
  #isClosed = false

  get length(): number {
    return this.#items.length
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  push(item: T): void {
    if (this.#isClosed) throw new InvariantError('push to a closed channel')
    const taker = this.#takers.shift()
    if (taker === undefined) this.#items.push(item)
    else taker(item)
  }

  close(): void {
    this.#isClosed = true
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }

  /** The next item, waiting for one; undefined once closed and drained. */
  *take(): Task<T | undefined> {
    if (this.#items.length > 0 || this.#isClosed) return this.#items.shift()
    let given: { readonly item: T | undefined } | undefined
    let isTaken = false
    try {
      const item = yield* suspend<T | undefined>((wake) => {
        const taker = (offered: T | undefined): void => {
          given = { item: offered }
          wake(offered)
        }
        this.#takers.push(taker)
        return () => {
          const at = this.#takers.indexOf(taker)
          if (at >= 0) this.#takers.splice(at, 1)
        }
      })
      isTaken = true
      return item
    } finally {
      // Killed between being given the item and running again: the item is the next one's.
      if (!isTaken && given?.item !== undefined) this.#giveBack(given.item)
    }
  }

  #giveBack(item: T): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#items.unshift(item)
    else taker(item)
  }
}

/** Mutual exclusion between processes, first come first served. */
export class Lock {
  #isHeld = false
  readonly #waiters: (() => void)[] = [];

  *acquire(): Task<() => void> {
    if (this.#isHeld) yield* this.#waitInLine()
    this.#isHeld = true
    return () => this.#release()
  }

  *#waitInLine(): Task {
    let isHanded = false
    let isTaken = false
    try {
      yield* suspend<void>((wake) => {
        const waiter = (): void => {
          isHanded = true
          wake()
        }
        this.#waiters.push(waiter)
        return () => {
          const at = this.#waiters.indexOf(waiter)
          if (at >= 0) this.#waiters.splice(at, 1)
        }
      })
      isTaken = true
    } finally {
      // Killed between being handed the lock and running again: the next in line has it.
      if (isHanded && !isTaken) this.#release()
    }
  }

  // The lock stays held while it passes to the next in line, or a third could slip in between.
  #release(): void {
    const next = this.#waiters.shift()
    if (next === undefined) this.#isHeld = false
    else next()
  }
}
