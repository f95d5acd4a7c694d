import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { StorageChange } from './audit.ts'
import { canonicalObject } from './canonical.ts'
import type { Resource } from './registry.ts'
import type { Draft } from './resource.ts'
import type { Change } from './resource-store.ts'
import { withResourceVersion } from './watch-hub.ts'

/** What a real cluster's counter is well past when its first user comes. */
export const DEFAULT_FIRST_REVISION = 100

/** The one place where objects come, change and go; every change takes the next revision. */
export class Storage {
  readonly #listeners = new Set<(change: StorageChange) => void>()
  /** Whose request is being handled; changes are told with it. */
  writer = ''
  #revision: number

  /** The counter goes on from where an earlier life of the store left it. */
  constructor(firstRevision: number) {
    this.#revision = firstRevision
  }

  get revision(): number {
    return this.#revision
  }

  onChange(listener: (change: StorageChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  insert(resource: Resource, draft: Draft): KubeObject {
    const revision = this.#revision + 1
    draft['metadata'].resourceVersion = String(revision)
    const object = canonical(resource, draft)
    this.#revision = revision
    this.#announce(resource, resource.store.put(object, revision))
    return object
  }

  /** Stores the next version of an object, canonical but for its resourceVersion. */
  replace(resource: Resource, object: KubeObject): KubeObject {
    this.#revision++
    const stored = withResourceVersion(object, String(this.#revision))
    this.#announce(resource, resource.store.put(stored, this.#revision))
    return stored
  }

  /** Removes the object; returns its last state as of the revision of its removal. */
  remove(resource: Resource, object: KubeObject): KubeObject {
    this.#revision++
    const last = withResourceVersion(object, String(this.#revision))
    this.#announce(resource, resource.store.remove(last, this.#revision))
    return last
  }

  #announce(resource: Resource, change: Change): void {
    resource.hub.dispatch(change)
    if (this.#listeners.size === 0) return
    const { type, object, old } = change
    const event: StorageChange = {
      type,
      resource: resource.store.name,
      object,
      user: this.writer,
      ...(old === undefined ? {} : { old }),
    }
    for (const listener of this.#listeners) listener(event)
  }
}

/** The draft in its stored form, without storing it. */
export function canonical(resource: Resource, draft: Draft, old?: KubeObject): KubeObject {
  const { apiVersion, struct, definition } = resource
  const type = { apiVersion, kind: definition.kind, ...(struct === undefined ? {} : { struct }) }
  return canonicalObject(draft, type, old)
}
