import type { ResourceName } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'

export type GraphNode = {
  readonly resource: ResourceName
  object: KubeObject
}

type OwnerReference = NonNullable<KubeObject['metadata']['ownerReferences']>[number]

/** Who owns whom, by uid, kept from the collector's caches so that no question needs a scan. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #dependents = new Map<string, Set<string>>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  put(resource: ResourceName, object: KubeObject): void {
    const { uid } = object.metadata
    const node = this.#nodes.get(uid)
    if (node === undefined) {
      this.#nodes.set(uid, { resource, object })
      for (const owner of ownersOf(object)) this.#link(owner.uid, uid)
      return
    }
    const before = ownersOf(node.object)
    const after = ownersOf(object)
    node.object = object
    if (before === after) return
    for (const { uid: owner } of before) {
      if (!after.some((one) => one.uid === owner)) this.#unlink(owner, uid)
    }
    for (const owner of after) this.#link(owner.uid, uid)
  }

  remove(uid: string): void {
    const node = this.#nodes.get(uid)
    if (node === undefined) return
    this.#nodes.delete(uid)
    for (const owner of ownersOf(node.object)) this.#unlink(owner.uid, uid)
  }

  /** In the order in which they came to refer to this owner. */
  dependentsOf(uid: string): readonly GraphNode[] {
    const nodes: GraphNode[] = []
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const node = this.#nodes.get(dependent)
      if (node !== undefined) nodes.push(node)
    }
    return nodes
  }

  #link(owner: string, dependent: string): void {
    const found = this.#dependents.get(owner)
    if (found === undefined) this.#dependents.set(owner, new Set([dependent]))
    else found.add(dependent)
  }

  #unlink(owner: string, dependent: string): void {
    const found = this.#dependents.get(owner)
    found?.delete(dependent)
    if (found?.size === 0) this.#dependents.delete(owner)
  }
}

const NONE: readonly OwnerReference[] = []

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? NONE
}

export const ORPHAN_FINALIZER = 'orphan'
export const FOREGROUND_FINALIZER = 'foregroundDeletion'

export function isDeletedWith(object: KubeObject, finalizer: string): boolean {
  const { deletionTimestamp, finalizers } = object.metadata
  return deletionTimestamp !== undefined && finalizers?.includes(finalizer) === true
}
