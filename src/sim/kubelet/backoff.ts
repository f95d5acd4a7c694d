import type { SimTime } from '#sim/kernel/time.ts'

type Entry = { delayMs: number; updatedAt: SimTime }

/**
 * Delays that double with each use and are forgotten after twice the longest one.
 * Upstream: client-go/util/flowcontrol/backoff.go.
 */
export class Backoff {
  readonly #initialMs: number
  readonly #maxMs: number
  readonly #entries = new Map<string, Entry>()

  constructor(initialMs: number, maxMs: number) {
    this.#initialMs = Math.min(initialMs, maxMs)
    this.#maxMs = maxMs
  }

  /** What is left of the delay at `now`, counted from `since`; 0 when there is none. */
  remainingMs(key: string, since: SimTime, now: SimTime): number {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#isExpired(entry, since)) return 0
    return Math.max(0, entry.delayMs - (now - since))
  }

  /** Counted from the last use instead. */
  remainingSinceUseMs(key: string, now: SimTime): number {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#isExpired(entry, now)) return 0
    return Math.max(0, entry.delayMs - (now - entry.updatedAt))
  }

  delayMs(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0
  }

  /** One more use: the next delay, from `now` on. */
  next(key: string, eventAt: SimTime, now: SimTime): void {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#isExpired(entry, eventAt)) {
      this.#entries.set(key, { delayMs: this.#initialMs, updatedAt: now })
      return
    }
    entry.delayMs = Math.min(entry.delayMs * 2, this.#maxMs)
    entry.updatedAt = now
  }

  forgetPrefix(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  #isExpired(entry: Entry, at: SimTime): boolean {
    return at - entry.updatedAt > 2 * this.#maxMs
  }
}

/** `1m20s`, as Go prints a duration of whole seconds. */
export function goSeconds(delayMs: number): string {
  const seconds = Math.round(delayMs / 1000)
  const minutes = Math.floor(seconds / 60)
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`
}

/** `1.234s`, `812ms`, `1m3.2s`: Go's duration, cut to milliseconds. */
export function goDuration(durationMs: number): string {
  const ms = Math.floor(durationMs)
  if (ms === 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = `${Number(((ms % 60_000) / 1000).toFixed(3))}s`
  if (minutes === 0) return seconds
  const hours = Math.floor(minutes / 60)
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`
}
