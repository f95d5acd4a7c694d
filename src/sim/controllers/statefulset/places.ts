import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import { replicasOf, startOrdinal } from './ordinals.ts'
import type { PodState } from './pod-state.ts'
import { type Counted, PodTally } from './pod-tally.ts'

/**
 * The Pods of a set in their places: each at its ordinal in range, or among the condemned. They
 * may be kept from pass to pass, with one Pod put in or taken out at a time.
 */
export class Places implements Counted {
  readonly start: number
  readonly replicas: number
  readonly tally = new PodTally()
  readonly #slots: (PodState | undefined)[] = []
  readonly #settled: boolean[] = []
  readonly #condemned = new Set<PodState>()
  #sorted: readonly PodState[] | undefined
  #hasTwins = false

  constructor(set: StatefulSet, pods: Iterable<PodState> = []) {
    this.start = startOrdinal(set)
    this.replicas = replicasOf(set)
    for (const pod of pods) this.put(pod)
  }

  /** The present occupants of the ordinals in range, by their distance from the start; sparse. */
  get slots(): readonly (PodState | undefined)[] {
    return this.#slots
  }

  /** Highest ordinal first. */
  get condemned(): readonly PodState[] {
    this.#sorted ??= [...this.#condemned].sort((a, b) => b.ordinal - a.ordinal)
    return this.#sorted
  }

  /** Two Pods claimed one ordinal, such as `web-1` and `web-01`; the later one has it. */
  get hasTwins(): boolean {
    return this.#hasTwins
  }

  /** The Pods that count in the status. */
  get pods(): Iterable<PodState> {
    return [...this.condemned, ...this.#slots.filter((pod) => pod !== undefined)]
  }

  put(pod: PodState): void {
    const index = pod.ordinal - this.start
    if (index >= 0 && index < this.replicas) {
      const twin = this.#slots[index]
      if (twin !== undefined) {
        this.#hasTwins = true
        this.tally.remove(twin)
      }
      this.#slots[index] = pod
      this.#settled[index] = false
    } else if (pod.ordinal >= 0) {
      this.#condemned.add(pod)
      this.#sorted = undefined
    } else {
      return
    }
    this.tally.add(pod)
  }

  take(pod: PodState): void {
    const index = pod.ordinal - this.start
    if (this.#slots[index] === pod) {
      this.#slots[index] = undefined
      this.#settled[index] = false
    } else if (this.#condemned.delete(pod)) {
      this.#sorted = undefined
    } else {
      return
    }
    this.tally.remove(pod)
  }

  /** The Pod at this place is as it should be, and stays so until it or its claims change. */
  settle(index: number): void {
    this.#settled[index] = true
  }

  /** Something that the Pod of this ordinal depends on has changed. */
  unsettle(ordinal: number): void {
    const index = ordinal - this.start
    if (this.#settled[index] === true) this.#settled[index] = false
  }

  /** The first place from `index` on that has to be looked at. */
  nextOpen(index: number): number {
    let open = index
    while (this.#settled[open] === true) open++
    return open
  }
}
