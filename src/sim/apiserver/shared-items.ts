/**
 * Finds the items that a list shares with an older one, asked in the order of the new list: a few
 * that came, went or changed in between do not hide the others.
 */
export class SharedItems {
  readonly #old: readonly unknown[]
  #next = 0

  constructor(old: readonly unknown[]) {
    this.#old = old
  }

  /** Whether this item, which follows those asked for before, is one of the old list's own. */
  has(item: unknown): boolean {
    if (typeof item !== 'object' || item === null) return false
    const old = this.#old
    for (let ahead = 0; ahead < LOOK_AHEAD && this.#next + ahead < old.length; ahead++) {
      if (old[this.#next + ahead] !== item) continue
      this.#next += ahead + 1
      return true
    }
    return false
  }

  at(index: number): unknown {
    return this.#old[index]
  }
}

const LOOK_AHEAD = 4
