import { isRunningAndReady, type PodState } from './pod-state.ts'

/** Pods with what is counted of them. */
export type Counted = {
  readonly tally: PodTally
  readonly pods: Iterable<PodState>
}

/** Counts that are right at any time while Pods come and go. */
export class PodTally {
  #created = 0
  #ready = 0
  readonly #byRevision = new Map<string, number>()

  constructor(pods: Iterable<PodState> = []) {
    for (const pod of pods) this.add(pod)
  }

  get created(): number {
    return this.#created
  }

  /** Running and Ready. */
  get ready(): number {
    return this.#ready
  }

  /** Created from this revision and not on their way out. */
  atRevision(revision: string): number {
    return this.#byRevision.get(revision) ?? 0
  }

  add(pod: PodState): void {
    this.#count(pod, 1)
  }

  remove(pod: PodState): void {
    this.#count(pod, -1)
  }

  #count(pod: PodState, by: 1 | -1): void {
    if (isRunningAndReady(pod)) this.#ready += by
    if (pod.phase === '') return
    this.#created += by
    // One that is going counts as a replica still, but not towards a revision.
    if (pod.isTerminating) return
    this.#byRevision.set(pod.revision, this.atRevision(pod.revision) + by)
  }
}
