import { ExpectedError } from '#sim/kernel/expected-error.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { type Pauses, WorkQueue, type WorkQueueOptions } from './work-queue.ts'

/** A pass that could not finish for a reason that passes: it is retried with back-off. */
export class RetryError extends ExpectedError {
  override readonly name = 'RetryError'
}

export type ReconcilerOptions = Pick<WorkQueueOptions, 'name' | 'passMs'> & {
  /** Moves the world one step towards what the key's object asks for; may wait in between. */
  readonly sync: (key: string) => Pauses | void
  /** How long a pass takes before it looks at anything. */
  readonly leadMs?: () => number
  /** Told of each refusal and retry, before the back-off. */
  readonly onError?: (key: string, error: StatusError | RetryError) => void
}

/**
 * A work queue and what is done with its keys. Refusals of the server are retried with back-off;
 * everything else that is thrown is a bug and stops the world.
 */
export function createReconciler(simulation: Simulation, options: ReconcilerOptions): WorkQueue {
  function* reconcile(key: string): Pauses {
    try {
      const leadMs = options.leadMs?.() ?? 0
      if (leadMs > 0) yield leadMs
      const pass = options.sync(key)
      if (pass !== undefined) yield* pass
      queue.forget(key)
    } catch (error) {
      if (!(error instanceof StatusError) && !(error instanceof RetryError)) throw error
      options.onError?.(key, error)
      queue.addRateLimited(key)
    }
  }
  const queue = new WorkQueue(simulation, reconcile, {
    name: options.name,
    ...(options.passMs === undefined ? {} : { passMs: options.passMs }),
  })
  return queue
}
