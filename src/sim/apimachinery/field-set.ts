/**
 * A set of paths into an object, as managedFields keep them. A step is written as in FieldsV1:
 * `f:name` for a member, `k:{"name":"c"}` for an element by its keys, `v:"x"` for one of a set.
 * Upstream: sigs.k8s.io/structured-merge-diff, fieldpath.
 */
export class FieldSet {
  isMember = false
  readonly #children = new Map<string, FieldSet>()

  /** Reads the FieldsV1 form. */
  static parse(fields: unknown): FieldSet {
    const set = new FieldSet()
    if (typeof fields !== 'object' || fields === null) return set
    const entries = Object.entries(fields)
    for (const [step, below] of entries) {
      if (step === '.') {
        set.isMember = true
        continue
      }
      const child = FieldSet.parse(below)
      if (child.#children.size === 0) child.isMember = true
      set.#children.set(step, child)
    }
    return set
  }

  get isEmpty(): boolean {
    return !this.isMember && this.#children.size === 0
  }

  get steps(): Iterable<string> {
    return this.#children.keys()
  }

  child(step: string): FieldSet | undefined {
    return this.#children.get(step)
  }

  insert(path: readonly string[]): void {
    const [step, ...below] = path
    if (step === undefined) {
      this.isMember = true
      return
    }
    let child = this.#children.get(step)
    if (child === undefined) {
      child = new FieldSet()
      this.#children.set(step, child)
    }
    child.insert(below)
  }

  union(other: FieldSet): FieldSet {
    const result = new FieldSet()
    result.isMember = this.isMember || other.isMember
    for (const step of new Set([...this.#children.keys(), ...other.#children.keys()])) {
      const [mine, theirs] = [this.child(step), other.child(step)]
      if (mine === undefined || theirs === undefined) {
        const only = mine ?? theirs
        if (only !== undefined) result.#children.set(step, only)
      } else {
        result.#children.set(step, mine.union(theirs))
      }
    }
    return result
  }

  difference(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && !theirs, true)
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && theirs, false)
  }

  /** Without the subtrees that `other` names. */
  without(other: FieldSet): FieldSet {
    if (other.isMember) return new FieldSet()
    const result = new FieldSet()
    result.isMember = this.isMember
    for (const [step, mine] of this.#children) {
      const theirs = other.child(step)
      const rest = theirs === undefined ? mine : mine.without(theirs)
      if (!rest.isEmpty) result.#children.set(step, rest)
    }
    return result
  }

  equals(other: FieldSet): boolean {
    if (this.isMember !== other.isMember || this.#children.size !== other.#children.size)
      return false
    for (const [step, mine] of this.#children) {
      const theirs = other.child(step)
      if (theirs === undefined || !mine.equals(theirs)) return false
    }
    return true
  }

  /** The FieldsV1 form, steps sorted. */
  toFields(): Record<string, unknown> {
    const fields: Record<string, unknown> = {}
    if (this.isMember && this.#children.size > 0) fields['.'] = {}
    for (const step of [...this.#children.keys()].sort())
      fields[step] = this.#children.get(step)?.toFields()
    return fields
  }

  /** Every member, as a path of steps. */
  *paths(prefix: readonly string[] = []): Iterable<readonly string[]> {
    if (this.isMember) yield prefix
    for (const step of [...this.#children.keys()].sort())
      yield* this.#children.get(step)?.paths([...prefix, step]) ?? []
  }

  #combine(
    other: FieldSet,
    isKept: (mine: boolean, theirs: boolean) => boolean,
    keepsUnshared: boolean,
  ): FieldSet {
    const result = new FieldSet()
    result.isMember = isKept(this.isMember, other.isMember)
    for (const [step, mine] of this.#children) {
      const theirs = other.child(step)
      if (theirs === undefined) {
        if (keepsUnshared) result.#children.set(step, mine)
        continue
      }
      const both = mine.#combine(theirs, isKept, keepsUnshared)
      if (!both.isEmpty) result.#children.set(step, both)
    }
    return result
  }
}

/** A path as conflicts print it: `.spec.containers[name="c"].image`. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatStep).join('')
}

function formatStep(step: string): string {
  const text = step.slice(2)
  if (step.startsWith('f:')) return `.${text}`
  if (step.startsWith('v:')) return `[=${text}]`
  const keys = Object.entries(JSON.parse(text) as Record<string, unknown>)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
