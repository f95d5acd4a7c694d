import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import type { Moment } from './lesson.ts'

/** What checks may look at. Everything comes through the API, the terminals and the DNS server. */
export type LessonWorld = {
  readonly now: SimTime
  /** Changes whenever an object comes, changes or goes. */
  readonly revision: number
  readonly get: (resource: string, name: string) => KubeObject | undefined
  readonly list: (resource: string, selector: string) => readonly KubeObject[]
  /** When Pods became what, oldest first. */
  readonly moments: readonly PodMoment[]
  /** What a command of the lesson printed when it was last run; undefined if it was not. */
  readonly output: (command: string) => string | undefined
  readonly file: (path: string) => string | undefined
  /** The address the cluster's DNS gives for a name seen from the default namespace. */
  readonly resolve: (name: string) => string | undefined
}

export type PodMoment = Moment & { readonly time: SimTime; readonly uid: string }

/** What a step remembers of the world it was entered in. */
export type StepBaseline = {
  readonly enteredAt: SimTime
  readonly uids: ReadonlyMap<string, string>
  readonly addresses: ReadonlyMap<string, string>
}
