import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { Informer } from '#sim/client/informer.ts'
import { BY_CONTROLLER, controllerOf } from '../controller-ref.ts'
import { ordinalsOfClaim } from './claims.ts'
import { Places } from './places.ts'
import { belongsTo, type PodState } from './pod-state.ts'

/**
 * The Pods that one set manages, kept from pass to pass. Most passes over a large set are due to
 * one Pod's change; taking in only what changed keeps the cost of bringing up n Pods at n.
 *
 * After `refresh`, everything is as if it had been made of the cache's Pods anew, but for which
 * places are settled.
 */
class KeptPods {
  readonly uid: string
  /** Keys of Pods to look at in the next pass. */
  readonly changed = new Set<string>()
  readonly #claimed = new Map<string, PodState>()
  readonly #misfits = new Map<string, PodState>()
  #spec: StatefulSet['spec']
  #places: Places

  constructor(set: StatefulSet) {
    this.uid = set.metadata.uid
    this.#places = new Places(set)
  }

  get claimed(): ReadonlyMap<string, PodState> {
    return this.#claimed
  }

  /** Managed by the set, though they match it no longer. */
  get misfits(): Iterable<PodState> {
    return this.#misfits.values()
  }

  get places(): Places {
    return this.#places
  }

  refresh(set: StatefulSet, read: (key: string) => PodState | undefined, all: () => Pod[]): void {
    const isOtherSpec = this.#spec !== set.spec
    this.#spec = set.spec
    if (!isOtherSpec && !this.#places.hasTwins) this.#takeChanges(set, read)
    // With another spec, or two Pods for one place, there is no telling who has to move.
    if (!isOtherSpec && !this.#places.hasTwins) return
    this.#places = new Places(set)
    this.#claimed.clear()
    this.#misfits.clear()
    this.changed.clear()
    for (const pod of all()) this.changed.add(objectKey(pod))
    this.#takeChanges(set, read)
  }

  #takeChanges(set: StatefulSet, read: (key: string) => PodState | undefined): void {
    for (const key of this.changed) this.#replace(key, set, read(key))
    this.changed.clear()
  }

  #replace(key: string, set: StatefulSet, pod: PodState | undefined): void {
    const before = this.#claimed.get(key)
    if (before !== undefined) this.#places.take(before)
    const isOwned = pod?.controllerUid === this.uid
    if (isOwned && belongsTo(set, pod)) {
      this.#claimed.set(key, pod)
      this.#misfits.delete(key)
      this.#places.put(pod)
      return
    }
    this.#claimed.delete(key)
    if (isOwned) this.#misfits.set(key, pod)
    else this.#misfits.delete(key)
  }
}

/** What is asked of the cache of Pods, indexed by their controllers. */
type PodCache = Pick<Informer<Pod>, 'getByKey' | 'byIndex' | 'onChange'>

/** Keeps the Pods of every set, told of each change by the caches of Pods and claims. */
export class PodKeeper {
  readonly #pods: PodCache
  readonly #readPod: (pod: Pod) => PodState
  readonly #byKey = new Map<string, KeptPods>()
  readonly #byUid = new Map<string, KeptPods>()

  constructor(pods: PodCache, readPod: (pod: Pod) => PodState) {
    this.#pods = pods
    this.#readPod = readPod
    const note = (pod: Pod): void => {
      const owner = controllerOf(pod)
      if (owner !== undefined) this.#byUid.get(owner.uid)?.changed.add(objectKey(pod))
    }
    pods.onChange({
      added: note,
      updated: (old, pod) => {
        note(old)
        note(pod)
      },
      deleted: note,
    })
  }

  /** The Pods of a set as the cache has them now. */
  of(set: StatefulSet): KeptPods {
    const key = objectKey(set)
    let kept = this.#byKey.get(key)
    if (kept?.uid !== set.metadata.uid) {
      this.forget(key)
      kept = new KeptPods(set)
      this.#byKey.set(key, kept)
      this.#byUid.set(kept.uid, kept)
    }
    kept.refresh(
      set,
      (podKey) => {
        const pod = this.#pods.getByKey(podKey)
        return pod === undefined ? undefined : this.#readPod(pod)
      },
      () => [...this.#pods.byIndex(BY_CONTROLLER, set.metadata.uid)],
    )
    return kept
  }

  claimChanged({ metadata }: PersistentVolumeClaim): void {
    for (const { setName, ordinal } of ordinalsOfClaim(metadata.name)) {
      this.#byKey.get(`${metadata.namespace}/${setName}`)?.places.unsettle(ordinal)
    }
  }

  forget(key: string): void {
    const kept = this.#byKey.get(key)
    if (kept === undefined) return
    this.#byKey.delete(key)
    this.#byUid.delete(kept.uid)
  }
}
