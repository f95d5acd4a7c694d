import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import type { ResourceDefinition } from './resource.ts'
import type { CompiledField, Selection } from './selection.ts'

export type Change = {
  readonly revision: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** After the change; of a deletion the last state, with the deletion's resourceVersion. */
  readonly object: KubeObject
  readonly old: KubeObject | undefined
}

/** The objects of one resource, by key, by namespace and by whatever lists select with. */
export class ResourceStore {
  readonly definition: ResourceDefinition
  /** `pods`, `statefulsets.apps`. */
  readonly name: string
  readonly #objects = new Map<string, KubeObject>()
  readonly #namespaces = new Map<string, Set<string>>()
  readonly #indexes = new Map<string, Index>()
  readonly #sortedKeys = new Map<string, readonly string[]>()
  readonly #logSize: number
  #log: Change[] = []
  #logHead = 0
  /** Changes up to and including this revision can no longer be replayed. */
  #compactedRevision: number

  constructor(definition: ResourceDefinition, logSize: number, firstRevision: number) {
    this.definition = definition
    this.name =
      definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`
    this.#logSize = logSize
    this.#compactedRevision = firstRevision
  }

  get size(): number {
    return this.#objects.size
  }

  get compactedRevision(): number {
    return this.#compactedRevision
  }

  get(namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(objectKey({ metadata: keyParts(namespace, name) }))
  }

  /** Everything of a namespace, or of all, in the order of keys. */
  all(namespace?: string): readonly KubeObject[] {
    return this.#inKeyOrder(namespace).map((key) => this.#present(key))
  }

  /** What a selection matches, in the order of keys, by the narrowest index there is. */
  select(selection: Selection): readonly KubeObject[] {
    if (selection.key !== undefined) {
      const object = this.#objects.get(selection.key)
      return object !== undefined && selection.matches(object) ? [object] : []
    }
    const { namespace } = selection
    const candidates = this.#candidates(selection)
    if (candidates === undefined) return this.all(namespace).filter(selection.matches)
    return [...candidates]
      .map((key) => this.#present(key))
      .filter(selection.matches)
      .sort(byKey)
  }

  put(object: KubeObject, revision: number): Change {
    const key = objectKey(object)
    const old = this.#objects.get(key)
    this.#objects.set(key, object)
    if (old === undefined) this.#addKey(key, object.metadata.namespace ?? '')
    for (const index of this.#indexes.values()) index.move(key, old, object)
    return this.#record({ revision, type: old === undefined ? 'ADDED' : 'MODIFIED', object, old })
  }

  remove(last: KubeObject, revision: number): Change {
    const key = objectKey(last)
    const old = this.#present(key)
    this.#objects.delete(key)
    const namespace = last.metadata.namespace ?? ''
    this.#namespaces.get(namespace)?.delete(key)
    this.#forgetOrder(namespace)
    for (const index of this.#indexes.values()) index.move(key, old, undefined)
    return this.#record({ revision, type: 'DELETED', object: last, old })
  }

  /** The changes after a revision, oldest first; undefined once they are compacted. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#compactedRevision) return undefined
    let low = this.#logHead
    let high = this.#log.length
    while (low < high) {
      const middle = (low + high) >> 1
      const change = this.#log[middle]
      if (change !== undefined && change.revision <= revision) low = middle + 1
      else high = middle
    }
    return this.#log.slice(low)
  }

  /** Forgets the history, as etcd's compaction does. */
  compact(revision: number): void {
    while (this.#logHead < this.#log.length) {
      const change = this.#log[this.#logHead]
      if (change === undefined || change.revision > revision) break
      this.#logHead++
    }
    this.#compactedRevision = Math.max(this.#compactedRevision, revision)
    this.#dropCompacted()
  }

  #record(change: Change): Change {
    this.#log.push(change)
    if (this.#log.length - this.#logHead > this.#logSize) {
      this.#compactedRevision = this.#log[this.#logHead]?.revision ?? this.#compactedRevision
      this.#logHead++
      if (this.#logHead >= this.#logSize) this.#dropCompacted()
    }
    return change
  }

  #dropCompacted(): void {
    this.#log = this.#log.slice(this.#logHead)
    this.#logHead = 0
  }

  #present(key: string): KubeObject {
    const object = this.#objects.get(key)
    invariant(object !== undefined, `${this.name} ${key} is indexed but not stored`)
    return object
  }

  #addKey(key: string, namespace: string): void {
    let keys = this.#namespaces.get(namespace)
    if (keys === undefined) {
      keys = new Set()
      this.#namespaces.set(namespace, keys)
    }
    keys.add(key)
    this.#forgetOrder(namespace)
  }

  #forgetOrder(namespace: string): void {
    this.#sortedKeys.delete(namespace)
    this.#sortedKeys.delete('*')
  }

  #inKeyOrder(namespace: string | undefined): readonly string[] {
    const scope = namespace ?? '*'
    const known = this.#sortedKeys.get(scope)
    if (known !== undefined) return known
    const keys = namespace === undefined ? this.#objects.keys() : this.#namespaces.get(namespace)
    const sorted = [...(keys ?? [])].sort()
    this.#sortedKeys.set(scope, sorted)
    return sorted
  }

  #candidates({ labels, fields }: Selection): ReadonlySet<string> | undefined {
    let best: ReadonlySet<string> | undefined
    const consider = (keys: ReadonlySet<string>) => {
      if (best === undefined || keys.size < best.size) best = keys
    }
    for (const field of fields) {
      if (!field.isEqual || field.field.startsWith('metadata.')) continue
      consider(this.#fieldIndex(field).keys(field.value))
    }
    for (const { key, operator, values } of labels) {
      if (operator === '=' && values[0] !== undefined)
        consider(this.#labelIndex(key).keys(values[0]))
    }
    return best
  }

  #fieldIndex({ field, get }: CompiledField): Index {
    return this.#index(`field:${field}`, get)
  }

  #labelIndex(key: string): Index {
    return this.#index(`label:${key}`, (object) => object.metadata.labels?.[key])
  }

  /** Built when a list first needs it, kept up to date from then on. */
  #index(name: string, valueOf: (object: KubeObject) => string | undefined): Index {
    let index = this.#indexes.get(name)
    if (index === undefined) {
      index = new Index(valueOf)
      for (const [key, object] of this.#objects) index.move(key, undefined, object)
      this.#indexes.set(name, index)
    }
    return index
  }
}

const NONE: ReadonlySet<string> = new Set()

class Index {
  readonly #valueOf: (object: KubeObject) => string | undefined
  readonly #keys = new Map<string, Set<string>>()

  constructor(valueOf: (object: KubeObject) => string | undefined) {
    this.#valueOf = valueOf
  }

  keys(value: string): ReadonlySet<string> {
    return this.#keys.get(value) ?? NONE
  }

  move(key: string, old: KubeObject | undefined, object: KubeObject | undefined): void {
    const before = old === undefined ? undefined : this.#valueOf(old)
    const after = object === undefined ? undefined : this.#valueOf(object)
    if (before === after) return
    if (before !== undefined) this.#drop(key, before)
    if (after !== undefined) this.#add(key, after)
  }

  #add(key: string, value: string): void {
    let keys = this.#keys.get(value)
    if (keys === undefined) {
      keys = new Set()
      this.#keys.set(value, keys)
    }
    keys.add(key)
  }

  #drop(key: string, value: string): void {
    const keys = this.#keys.get(value)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(value)
  }
}

function keyParts(namespace: string | undefined, name: string) {
  return namespace === undefined ? { name } : { name, namespace }
}

export function byKey(a: KubeObject, b: KubeObject): number {
  const left = objectKey(a)
  const right = objectKey(b)
  return left < right ? -1 : left > right ? 1 : 0
}
