import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import type { Moment, ObjectPath } from './lesson.ts'

/** What checks may look at: the API, its history, the terminals and the DNS server. */
export type LessonWorld = {
  readonly now: SimTime
  /** Changes whenever an object comes, changes or goes. */
  readonly revision: number
  /** Whether nothing is under way that could still make a check come true by itself. */
  readonly isAtRest: boolean
  readonly get: (resource: string, name: string) => KubeObject | undefined
  readonly list: (resource: string, selector: string) => readonly KubeObject[]
  /** When Pods became what, oldest first; so are the histories below. */
  readonly moments: readonly PodMoment[]
  readonly events: readonly RecordedEvent[]
  readonly passes: readonly ControllerPass[]
  readonly writes: readonly RecordedWrite[]
  /** The words of a command of the lesson. */
  readonly commandLine: (command: string) => string
  /** How a command of the lesson was last run; undefined if it was not. */
  readonly run: (
    command: string,
  ) => { readonly output: string; readonly hasEnded: boolean } | undefined
  readonly file: (path: string) => string | undefined
  /** The address the cluster's DNS gives for a name seen from the default namespace. */
  readonly resolve: (name: string) => string | undefined
}

export type PodMoment = Moment & { readonly time: SimTime; readonly uid: string }

export type RecordedEvent = {
  readonly time: SimTime
  readonly about: ObjectPath
  readonly reason: string
  readonly message: string
}

/** What the StatefulSet controller made of a set when it looked at it. */
export type ControllerPass = {
  readonly time: SimTime
  readonly set: string
  readonly verdicts: readonly {
    readonly pod: string
    readonly action: string
    readonly why: string
  }[]
}

export type RecordedWrite = {
  readonly time: SimTime
  readonly user: string
  readonly verb: string
  readonly resource: string
  readonly name: string
  readonly code: number
}

/** What a step remembers of the world it was entered in. */
export type StepBaseline = {
  readonly enteredAt: SimTime
  readonly uids: ReadonlyMap<string, string>
  readonly addresses: ReadonlyMap<string, string>
}
