import { InvariantError } from './invariant.ts'
import type { Simulation, Timer } from './simulation.ts'

export type Outcome<T = unknown> =
  | { readonly type: 'value'; readonly value: T }
  | { readonly type: 'error'; readonly error: unknown }

/** Registers what will wake the process; returns how to take that registration back. */
export type Suspension = (
  wake: (outcome: Outcome) => void,
  process: AnyProcess,
) => (() => void) | undefined

/** What a task yields: what will wake it, or for how many milliseconds it only sleeps. */
export type Wait = Suspension | number

/**
 * Work that may wait. Call it with `yield*`, or hand it to `Simulation.spawn`: a task that is
 * called and dropped does nothing. The optional `then` never exists; it makes the linter's rule
 * about floating promises see a dropped task.
 */
export type Task<T = void> = Generator<Wait, T, unknown> & {
  then?: (onFulfilled: (value: never) => void, onRejected: (reason: never) => void) => void
}

export type ProcessOptions = {
  readonly name: string
  /** Its sleeps do not keep the simulation from being at rest. */
  readonly periodic?: boolean
  /** Takes what the task throws; without it an error stops the simulation. */
  readonly onError?: (error: unknown) => void
}

export type Exit<T> =
  | { readonly type: 'returned'; readonly value: T }
  | { readonly type: 'threw'; readonly error: unknown }
  | { readonly type: 'killed' }

/** A process whose result does not matter, as waits and signals see it. */
export interface AnyProcess {
  readonly id: number
  readonly name: string
  readonly periodic: boolean
  readonly simulation: Simulation
  kill(): void
  interrupt(error: unknown): void
  owe(costMs: number): number
  settle(): number
}

const NOTHING: Outcome = { type: 'value', value: undefined }

/** A running task. A waiting process is a suspended generator; killing it is `return()`. */
export class Process<T = void> implements AnyProcess {
  readonly id: number
  readonly name: string
  readonly periodic: boolean
  readonly simulation: Simulation
  readonly #task: Task<T>
  readonly #onError: ((error: unknown) => void) | undefined
  readonly #exitListeners: ((exit: Exit<T>) => void)[] = []
  #exit: Exit<T> | undefined
  #cancelWait: (() => void) | undefined
  /** What will resume it: the end of its sleep, or the turn it waits for once it is awake. */
  #timer: Timer | undefined
  #waitNumber = 0
  #isRunning = false
  #isKilled = false
  #debtMs = 0

  constructor(simulation: Simulation, id: number, task: Task<T>, options: ProcessOptions) {
    this.simulation = simulation
    this.id = id
    this.name = options.name
    this.periodic = options.periodic === true
    this.#task = task
    this.#onError = options.onError
    this.#timer = simulation.soon(() => this.#resume(NOTHING), { label: options.name })
  }

  get exit(): Exit<T> | undefined {
    return this.#exit
  }

  /** Calls back when the process has ended, at once if it already has. */
  onExit(listener: (exit: Exit<T>) => void): void {
    if (this.#exit === undefined) this.#exitListeners.push(listener)
    else listener(this.#exit)
  }

  /** Ends the process where it waits; its `finally` blocks run. */
  kill(): void {
    if (this.#exit !== undefined || this.#isKilled) return
    this.#isKilled = true
    // A process that kills itself ends at its next wait.
    if (!this.#isRunning) this.#end()
  }

  /** Throws into the process where it waits: an interrupted wait, a signal with a handler. */
  interrupt(error: unknown): void {
    if (this.#exit !== undefined || this.#isRunning) return
    this.#takeBackWait()
    this.#resume({ type: 'error', error })
  }

  /** Adds to the time this process owes for work done; see `charge`. */
  owe(costMs: number): number {
    this.#debtMs += costMs
    return this.#debtMs
  }

  settle(): number {
    const debt = this.#debtMs
    this.#debtMs = 0
    return debt
  }

  #resume(outcome: Outcome): void {
    this.#cancelWait = undefined
    this.#timer = undefined
    this.#advance(outcome)
  }

  #end(): void {
    this.#takeBackWait()
    this.#advance(undefined)
  }

  #takeBackWait(): void {
    this.#waitNumber++
    const cancel = this.#cancelWait
    this.#cancelWait = undefined
    this.#timer?.cancel()
    this.#timer = undefined
    cancel?.()
  }

  /** Runs the task on to its next wait; without an outcome it is to end where it stands. */
  #advance(outcome: Outcome | undefined): void {
    if (this.#isRunning) throw new InvariantError(`${this.name} resumed while it runs`)
    this.#isRunning = true
    let result: IteratorResult<Wait, T>
    try {
      if (outcome === undefined) result = this.#task.return(undefined as T)
      else if (outcome.type === 'value') result = this.#task.next(outcome.value)
      else result = this.#task.throw(outcome.error)
    } catch (error) {
      this.#isRunning = false
      this.#finish({ type: 'threw', error })
      return
    }
    this.#isRunning = false
    if (result.done === true) {
      this.#finish(this.#isKilled ? { type: 'killed' } : { type: 'returned', value: result.value })
    } else if (typeof result.value === 'number') this.#sleep(result.value)
    else this.#suspend(result.value)
  }

  // Its end resumes the task at once: an event of the clock fires with nothing else running.
  #sleep(delayMs: number): void {
    this.#waitNumber++
    const { name: label, periodic } = this
    this.#timer = this.simulation.after(delayMs, () => this.#resume(NOTHING), { label, periodic })
    // Killed by what it called since its last wait.
    if (this.#isKilled) this.#end()
  }

  #suspend(suspension: Suspension): void {
    const number = ++this.#waitNumber
    let wokenBy: Outcome | undefined
    let isRegistering = true
    const wake = (outcome: Outcome): void => {
      if (number !== this.#waitNumber || this.#exit !== undefined) return
      this.#waitNumber++
      this.#cancelWait = undefined
      if (isRegistering) wokenBy = outcome
      else this.#resumeSoon(outcome)
    }
    const cancel = suspension(wake, this)
    isRegistering = false
    if (wokenBy !== undefined) this.#resumeSoon(wokenBy)
    else this.#cancelWait = cancel
    // Killed by itself, or by what it called, since its last wait.
    if (this.#isKilled && this.#exit === undefined && !this.#isRunning && wokenBy === undefined) {
      this.#end()
    }
  }

  #resumeSoon(outcome: Outcome): void {
    this.#timer = this.simulation.soon(() => this.#resume(outcome), { label: this.name })
  }

  #finish(exit: Exit<T>): void {
    this.#exit = exit
    this.#takeBackWait()
    if (exit.type === 'threw') {
      if (this.#onError !== undefined) this.#onError(exit.error)
      else if (this.#exitListeners.length === 0) this.#failSimulation(exit.error)
    }
    for (const listener of this.#exitListeners) listener(exit)
    this.#exitListeners.length = 0
  }

  #failSimulation(error: unknown): void {
    this.simulation.fail(
      error instanceof Error
        ? error
        : new InvariantError(`${this.name} threw ${JSON.stringify(error)}`),
    )
  }
}
