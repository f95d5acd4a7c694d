/** What one sync of a Pod came to. */
export type SyncResult =
  /** All is as it should be until something happens. */
  | { readonly type: 'done' }
  /** Something was started or stopped: its outcome is to be told. */
  | { readonly type: 'changed' }
  | { readonly type: 'retry'; readonly delayMs: number }
  /** The Pod has come to its end by itself. */
  | { readonly type: 'ended' }

const RETRY_MS = 10_000
const BACKOFF_RETRY_MAX_MS = 60_000

/** Collects what the attempts of one sync came to. */
export class Attempts {
  #hasStarted = false
  #hasFailed = false
  #backoffMs: number | undefined

  started(): void {
    this.#hasStarted = true
  }

  failed(): void {
    this.#hasFailed = true
  }

  backedOff(leftMs: number): void {
    this.#backoffMs = Math.min(this.#backoffMs ?? Infinity, leftMs)
  }

  /** `spread` is the factor, from 1 to 1.5, by which retries keep out of step. */
  result(spread: () => number): SyncResult {
    if (this.#hasStarted) return { type: 'changed' }
    if (this.#hasFailed) return retryLater(spread())
    if (this.#backoffMs === undefined) return { type: 'done' }
    return { type: 'retry', delayMs: Math.min(this.#backoffMs, BACKOFF_RETRY_MAX_MS) * spread() }
  }
}

export function retryLater(spread: number): SyncResult {
  return { type: 'retry', delayMs: RETRY_MS * spread }
}
