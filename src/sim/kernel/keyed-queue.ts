/**
 * First in, first out, with one place for each key. Taking the first of a Map that thousands were
 * taken from before walks over the places they left; here it does not.
 */
export class KeyedQueue<V> {
  readonly #entries = new Map<string, V>()
  // Everything before it was taken, and what is added later comes behind it.
  #cursor = this.#entries.entries()

  get size(): number {
    return this.#entries.size
  }

  /** A key that waits already keeps its place. */
  set(key: string, value: V): void {
    this.#entries.set(key, value)
  }

  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** Takes the first out. */
  shift(): V | undefined {
    if (this.#entries.size === 0) return undefined
    let next = this.#cursor.next()
    // An iterator that has once come to the end sees nothing that is added later.
    if (next.done === true) {
      this.#cursor = this.#entries.entries()
      next = this.#cursor.next()
    }
    if (next.done === true) return undefined
    const [key, value] = next.value
    this.#entries.delete(key)
    return value
  }
}
