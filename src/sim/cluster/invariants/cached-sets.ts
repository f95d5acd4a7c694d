import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { StorageChange } from '#sim/apiserver/api-server.ts'
import { controllerOf } from '#sim/controllers/controller-ref.ts'
import { readPod } from '#sim/controllers/statefulset/pod-state.ts'
import { SetView } from './set-view.ts'

/** The revision up to which the StatefulSet controller's cache of a resource has come. */
export type SeenRevision = (resource: 'pods' | 'statefulsets') => number

/** Changes that wait to be seen are looked through at the latest when there are so many. */
const WAITING_MAX = 1024

/**
 * The sets and their Pods as the StatefulSet controller knows them at this moment. What it does is
 * right or wrong by what it could know, and a cache lags; so changes wait here until its caches
 * have taken them, too.
 */
export class CachedSets {
  readonly #seen: SeenRevision
  readonly #views = new Map<string, SetView>()
  readonly #podChanges = new ChangeQueue()
  readonly #setChanges = new ChangeQueue()
  /** The view that holds a Pod, by the Pod's key. */
  readonly #viewOfPod = new Map<string, { readonly uid: string; readonly view: SetView }>()
  /** Pods that no set manages, as the cache has them. */
  readonly #loosePods = new Map<string, Pod>()
  readonly #onChanged: (view: SetView) => void

  constructor(seen: SeenRevision, onChanged: (view: SetView) => void) {
    this.#seen = seen
    this.#onChanged = onChanged
  }

  observe(change: StorageChange): void {
    const queue = change.resource === 'pods' ? this.#podChanges : this.#setChanges
    queue.push(change)
    if (queue.length > WAITING_MAX) this.catchUp()
  }

  /** Takes in what the controller's caches have taken in. */
  catchUp(): void {
    const sets = this.#seen('statefulsets')
    let change = this.#setChanges.shift(sets)
    for (; change !== undefined; change = this.#setChanges.shift(sets)) this.#takeSet(change)
    const pods = this.#seen('pods')
    change = this.#podChanges.shift(pods)
    for (; change !== undefined; change = this.#podChanges.shift(pods)) this.#takePod(change)
  }

  /** Two writes with the same mark were decided on by the same knowledge. */
  get mark(): string {
    return `${this.#seen('pods')}/${this.#seen('statefulsets')}`
  }

  view(uid: string): SetView | undefined {
    return this.#views.get(uid)
  }

  viewOfPod(metadata: Parameters<typeof objectKey>[0]['metadata']): SetView | undefined {
    return this.#viewOfPod.get(objectKey({ metadata }))?.view
  }

  /** The controller counts a Pod it adopts, and leaves out one it releases, from that moment on. */
  takeOwnership(pod: Pod): void {
    const key = objectKey(pod)
    const owner = setOwning(pod)
    const cached = this.#viewOfPod.get(key)?.view.get(pod.metadata.name)?.pod
    this.#forget(key, pod.metadata.name)
    if (owner === undefined) return
    const { ownerReferences } = pod.metadata
    const known = cached ?? this.#loosePods.get(key) ?? pod
    this.#put(owner, { ...known, metadata: { ...known.metadata, ownerReferences } } as Pod)
  }

  #takeSet({ type, object }: StorageChange): void {
    const { uid } = object.metadata
    const view = this.#viewFor(uid)
    // The store holds objects of the resource's kind.
    view.set = type === 'DELETED' ? undefined : (object as StatefulSet)
    this.#onChanged(view)
    this.#drop(uid, view)
  }

  #takePod({ type, object }: StorageChange): void {
    const pod = object as Pod // Of the resource's kind.
    const key = objectKey(pod)
    const owner = type === 'DELETED' ? undefined : setOwning(pod)
    if (this.#viewOfPod.get(key)?.uid !== owner) this.#forget(key, pod.metadata.name)
    if (owner !== undefined) {
      this.#loosePods.delete(key)
      this.#put(owner, pod)
    } else if (type === 'DELETED') this.#loosePods.delete(key)
    else this.#loosePods.set(key, pod)
  }

  #put(uid: string, pod: Pod): void {
    const view = this.#viewFor(uid)
    const key = objectKey(pod)
    if (this.#viewOfPod.get(key)?.view !== view) this.#viewOfPod.set(key, { uid, view })
    view.put(readPod(pod))
    this.#onChanged(view)
  }

  #forget(key: string, name: string): void {
    const held = this.#viewOfPod.get(key)
    if (held === undefined) return
    this.#viewOfPod.delete(key)
    held.view.remove(name)
    this.#onChanged(held.view)
    this.#drop(held.uid, held.view)
  }

  #viewFor(uid: string): SetView {
    let view = this.#views.get(uid)
    if (view === undefined) {
      view = new SetView()
      this.#views.set(uid, view)
    }
    return view
  }

  #drop(uid: string, view: SetView): void {
    if (view.isEmpty) this.#views.delete(uid)
  }
}

/** The uid of the StatefulSet that manages the Pod. */
export function setOwning(pod: Pod): string | undefined {
  const owner = controllerOf(pod)
  return owner?.kind === 'StatefulSet' ? owner.uid : undefined
}

class ChangeQueue {
  #changes: StorageChange[] = []
  #head = 0

  get length(): number {
    return this.#changes.length - this.#head
  }

  push(change: StorageChange): void {
    this.#changes.push(change)
  }

  /** The oldest change, if it is not newer than the revision. */
  shift(revision: number): StorageChange | undefined {
    const change = this.#changes[this.#head]
    if (change === undefined || revisionOf(change) > revision) return undefined
    this.#head++
    if (this.#head > WAITING_MAX || this.#head === this.#changes.length) {
      this.#changes = this.#changes.slice(this.#head)
      this.#head = 0
    }
    return change
  }
}

function revisionOf(change: StorageChange): number {
  return Number(change.object.metadata.resourceVersion)
}
