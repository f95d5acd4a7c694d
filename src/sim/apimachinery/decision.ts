import type { SimTime } from '#sim/kernel/time.ts'
import type { KubeObject } from './objects.ts'

/** One field of one object, as whoever decided saw it. */
export type Evidence = {
  /** Plural and lower case, as in a path: `pods`. */
  readonly resource: string
  readonly name: string
  readonly field: string
  readonly value: string
}

export type ObjectName = {
  readonly resource: string
  /** Empty for what belongs to the whole cluster. */
  readonly namespace: string
  readonly name: string
}

/** What came of a look at one object: something is done, or somebody has to wait. */
export type Conclusion =
  | 'place'
  | 'preempt'
  | 'bind'
  | 'provision'
  | 'delete'
  | 'release'
  | 'orphan'
  | 'keep'
  | 'allow'
  | 'refuse'
  | 'wait'

/**
 * What a component other than the StatefulSet controller concluded about one object. It is made
 * where the decision is made, and only where somebody listens.
 */
export type ComponentDecision = {
  readonly time: SimTime
  /** As its events and its service account name it: `scheduler`, `garbage-collector`. */
  readonly component: string
  readonly subject: ObjectName & { readonly uid: string }
  readonly conclusion: Conclusion
  /** One word for the rule that applied: `NoNodeFits`. */
  readonly reason: string
  /** What has to move first, where the subject waits. */
  readonly awaited: readonly ObjectName[]
  readonly evidence: readonly Evidence[]
  readonly why: string
}

export type TellDecision = (decision: ComponentDecision) => void

export function subjectOf(resource: string, object: KubeObject): ComponentDecision['subject'] {
  const { namespace = '', name, uid } = object.metadata
  return { resource, namespace, name, uid }
}

/** `web-0, web-1, web-2 and 7 more`. */
export function listedNames(names: readonly string[], most = 3): string {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}
