import { StatusError } from '#sim/apimachinery/status.ts'
import type { Pauses } from './work-queue.ts'

export type Backoff = {
  readonly steps: number
  readonly delayMs: number
  readonly factor: number
}

/** For a writer that others seldom meet. */
export const DEFAULT_RETRY: Backoff = { steps: 5, delayMs: 10, factor: 1 }
/** For an object that many write. */
export const DEFAULT_BACKOFF: Backoff = { steps: 4, delayMs: 10, factor: 5 }

/**
 * Writes again, a little later each time, while somebody else was faster. What `write` throws
 * otherwise, or at last, is thrown on.
 *
 * Upstream: client-go/util/retry. Simplified: without the tenth of jitter.
 */
export function* retryOnConflict({ steps, delayMs, factor }: Backoff, write: () => void): Pauses {
  for (let step = 1; ; step++) {
    try {
      write()
      return
    } catch (error) {
      if (!isConflict(error) || step >= steps) throw error
    }
    yield delayMs * factor ** (step - 1)
  }
}

/** A conflict counts as one under whatever it was wrapped in. */
function isConflict(error: unknown): boolean {
  if (error instanceof StatusError) return error.reason === 'Conflict'
  return error instanceof Error && error.cause !== undefined && isConflict(error.cause)
}
