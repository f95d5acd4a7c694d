import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import { podName, replicasOf, startOrdinal } from '#sim/controllers/statefulset/ordinals.ts'
import {
  belongsTo,
  isRunningAndReady,
  type PodState,
} from '#sim/controllers/statefulset/pod-state.ts'

/** The Pods that count towards a status, kept up to date with every change. */
export type Counts = {
  created: number
  ready: number
  /** Those not on their way out, by revision. */
  readonly byRevision: Map<string, number>
}

/**
 * One set and its Pods as the controller's caches have them. What every write needs is kept at
 * hand, so that none has to walk the Pods; where that does not settle a question, the rules walk.
 */
export class SetView {
  #set: StatefulSet | undefined
  readonly #pods = new Map<string, PodState>()
  /** Of all Pods in the view; a few of them may be no longer claimed. */
  readonly counts: Counts = newCounts()
  /** All ordinals from the start up to this one have a Pod that is Running, Ready and stays. */
  #healthyEnd = 0
  /** Pods such as web-01, which have an ordinal but not its name. */
  #oddNames = 0

  get set(): StatefulSet | undefined {
    return this.#set
  }

  set set(set: StatefulSet | undefined) {
    const isMoved = set !== undefined && this.#start !== startOrdinal(set)
    this.#set = set
    if (isMoved) this.#healthyEnd = this.#start
    this.#advance()
  }

  get isEmpty(): boolean {
    return this.#set === undefined && this.#pods.size === 0
  }

  get(name: string): PodState | undefined {
    return this.#pods.get(name)
  }

  /** The Pods that the set claims; others are released before anything else is done. */
  claimed(): readonly PodState[] {
    const set = this.#set
    if (set === undefined) return []
    return [...this.#pods.values()].filter((pod) => belongsTo(set, pod))
  }

  put(pod: PodState): void {
    const old = this.#pods.get(pod.name)
    if (old !== undefined) this.#count(old, -1)
    this.#pods.set(pod.name, pod)
    this.#count(pod, 1)
    if (isHealthy(pod)) this.#advance()
    else this.#retreat(pod)
  }

  remove(name: string): void {
    const old = this.#pods.get(name)
    if (old === undefined) return
    this.#pods.delete(name)
    this.#count(old, -1)
    this.#retreat(old)
  }

  /** Whether every ordinal in range below this one is known to be healthy. */
  isHealthyBelow(ordinal: number): boolean {
    // How long a Pod has been Ready is not kept here.
    return (this.#set?.spec?.minReadySeconds ?? 0) === 0 && ordinal <= this.#healthyEnd
  }

  /** Every replica is healthy, and there is no Pod beside them. */
  get isWhole(): boolean {
    if (this.#set === undefined) return false
    const replicas = replicasOf(this.#set)
    return this.#pods.size === replicas && this.isHealthyBelow(this.#start + replicas)
  }

  get hasOnlyProperNames(): boolean {
    return this.#oddNames === 0
  }

  get #start(): number {
    return this.#set === undefined ? 0 : startOrdinal(this.#set)
  }

  #advance(): void {
    if (this.#set === undefined) return
    for (;;) {
      const next = this.#pods.get(podName(this.#set, this.#healthyEnd))
      if (next === undefined || !isHealthy(next)) return
      this.#healthyEnd++
    }
  }

  #retreat({ ordinal }: PodState): void {
    if (ordinal >= this.#start && ordinal < this.#healthyEnd) this.#healthyEnd = ordinal
  }

  #count(pod: PodState, by: 1 | -1): void {
    if (pod.name !== `${pod.parent}-${pod.ordinal}`) this.#oddNames += by
    count(this.counts, pod, by)
  }
}

function newCounts(): Counts {
  return { created: 0, ready: 0, byRevision: new Map() }
}

export function countsOf(pods: readonly PodState[]): Counts {
  const counts = newCounts()
  for (const pod of pods) count(counts, pod, 1)
  return counts
}

function count(counts: Counts, pod: PodState, by: 1 | -1): void {
  if (isRunningAndReady(pod)) counts.ready += by
  if (pod.phase === '') return
  counts.created += by
  if (pod.isTerminating) return
  const { byRevision } = counts
  const number = (byRevision.get(pod.revision) ?? 0) + by
  if (number === 0) byRevision.delete(pod.revision)
  else byRevision.set(pod.revision, number)
}

function isHealthy(pod: PodState): boolean {
  return isRunningAndReady(pod) && !pod.isTerminating
}
