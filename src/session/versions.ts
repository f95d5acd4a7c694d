import { invariant } from '#sim/kernel/invariant.ts'

type Line<T> = {
  /** After which entry of the journal each value held; growing. */
  readonly entries: number[]
  /** Undefined where the key held nothing from then on. */
  readonly values: (T | undefined)[]
}

type Change = { readonly entry: number; readonly key: string }

/**
 * Values by key, with all they were before. Values are shared, not copied, and what held after any
 * entry is found by halving each key's own line, however long the run has been.
 */
export class Versions<T> {
  readonly #lines = new Map<string, Line<T>>()
  #log: Change[] = []

  /** How many changes are kept. */
  get size(): number {
    return this.#log.length
  }

  /** From this entry on the key holds the value, or nothing. Entries never go back. */
  set(entry: number, key: string, value: T | undefined): void {
    const line = this.#lines.get(key) ?? { entries: [], values: [] }
    const last = line.entries.at(-1) ?? -Infinity
    invariant(entry >= last, `entry ${entry} of ${key} comes after ${last}`)
    this.#lines.set(key, line)
    if (entry === last) {
      line.values[line.values.length - 1] = value
      return
    }
    line.entries.push(entry)
    line.values.push(value)
    this.#log.push({ entry, key })
  }

  /** What one key held after an entry. */
  get(entry: number, key: string): T | undefined {
    const line = this.#lines.get(key)
    return line?.values[countUpTo(line.entries, entry) - 1]
  }

  /** Everything that was held after an entry. */
  at(entry: number): T[] {
    const held: T[] = []
    for (const { entries, values } of this.#lines.values()) {
      const value = values[countUpTo(entries, entry) - 1]
      if (value !== undefined) held.push(value)
    }
    return held
  }

  /** What keys hold after the entry `to` that changed between the two, whichever is earlier. */
  changed(from: number, to: number): ReadonlyMap<string, T | undefined> {
    const changed = new Map<string, T | undefined>()
    const until = Math.max(from, to)
    for (let index = this.#firstAfter(Math.min(from, to)); index < this.#log.length; index++) {
      const change = this.#log[index]
      if (change === undefined || change.entry > until) break
      if (!changed.has(change.key)) changed.set(change.key, this.get(to, change.key))
    }
    return changed
  }

  /** Lets go of all that only moments before an entry need. */
  forgetBefore(entry: number): void {
    const kept = this.#firstAfter(entry)
    for (const key of new Set(this.#log.slice(0, kept).map((change) => change.key))) {
      const line = this.#lines.get(key)
      if (line === undefined) continue
      const gone = countUpTo(line.entries, entry) - 1
      line.entries.splice(0, gone)
      line.values.splice(0, gone)
      if (line.values.every((value) => value === undefined)) this.#lines.delete(key)
    }
    this.#log = this.#log.slice(kept)
  }

  #firstAfter(entry: number): number {
    return firstWhere(this.#log.length, (index) => (this.#log[index]?.entry ?? Infinity) > entry)
  }
}

/** How many of these growing numbers are not above a limit. */
export function countUpTo(numbers: readonly number[], limit: number): number {
  return firstWhere(numbers.length, (index) => (numbers[index] ?? Infinity) > limit)
}

/** The first index at which a condition holds that holds for all after it; or the length. */
export function firstWhere(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
