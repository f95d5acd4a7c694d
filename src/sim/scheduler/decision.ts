import { type ComponentDecision, type Evidence, subjectOf } from '#sim/apimachinery/decision.ts'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import type { SimTime } from '#sim/kernel/time.ts'

/** The outcome of one scheduling cycle. */
export type SchedulingOutcome =
  | {
      readonly type: 'placed'
      readonly nodeName: string
      /** Feasible nodes by score, best first; empty where only one would do. */
      readonly scores: readonly { readonly nodeName: string; readonly score: number }[]
    }
  | {
      readonly type: 'unplaced'
      /** As the Pod's condition and event say it. */
      readonly message: string
      readonly rejections: readonly Refusal[]
      /** The node on which lower Pods are evicted for this one. */
      readonly nominatedNodeName?: string
    }
  /** The volumes that it waited for are there. */
  | { readonly type: 'bound'; readonly nodeName: string }
  | {
      readonly type: 'awaitsVolumes'
      readonly nodeName: string
      readonly claims: readonly string[]
    }
  /** The node was right, but what was left to do there was refused. */
  | { readonly type: 'failed'; readonly message: string }

export type Refusal = { readonly nodeName: string; readonly reasons: readonly string[] }

const COMPONENT = 'scheduler'
const SHOWN_MAX = 5

/** One cycle as a decision for the person who asks why a Pod is where it is, or nowhere. */
export function schedulingDecision(
  time: SimTime,
  pod: Pod,
  outcome: SchedulingOutcome,
): ComponentDecision {
  const subject = subjectOf('pods', pod)
  const base = { time, component: COMPONENT, subject, awaited: [] }
  const { name } = subject
  switch (outcome.type) {
    case 'placed':
      return {
        ...base,
        conclusion: 'place',
        reason: 'NodeFits',
        evidence: outcome.scores.map(({ nodeName, score }) => node(nodeName, 'score', `${score}`)),
        why: `${name} goes to ${outcome.nodeName}, ${placeText(outcome.scores)}`,
      }
    case 'bound':
      return {
        ...base,
        conclusion: 'place',
        reason: 'VolumesBound',
        evidence: [],
        why: `${name} goes to ${outcome.nodeName}, where its volumes are bound by now`,
      }
    case 'awaitsVolumes':
      return {
        ...base,
        conclusion: 'wait',
        reason: 'VolumesNotBound',
        awaited: outcome.claims.map((claim) => ({
          resource: 'persistentvolumeclaims',
          namespace: subject.namespace,
          name: claim,
        })),
        evidence: outcome.claims.map((claim) => ({
          resource: 'persistentvolumeclaims',
          name: claim,
          field: 'spec.volumeName',
          value: '',
        })),
        why: `${name} will go to ${outcome.nodeName} once ${outcome.claims.join(', ')} ${outcome.claims.length === 1 ? 'is' : 'are'} bound to a volume there`,
      }
    case 'unplaced':
      return {
        ...base,
        conclusion: outcome.nominatedNodeName === undefined ? 'wait' : 'preempt',
        reason: outcome.nominatedNodeName === undefined ? 'NoNodeFits' : 'Preempts',
        evidence: outcome.rejections.map(({ nodeName, reasons }) =>
          node(nodeName, 'rejected for', reasons.join('; ')),
        ),
        why: unplacedText(name, outcome),
      }
    case 'failed':
      return {
        ...base,
        conclusion: 'wait',
        reason: 'SchedulerError',
        evidence: [],
        why: `${name} has no node yet and is tried again: ${outcome.message}`,
      }
    default:
      return assertNever(outcome)
  }
}

function node(name: string, field: string, value: string): Evidence {
  return { resource: 'nodes', name, field, value }
}

function placeText(scores: Extract<SchedulingOutcome, { type: 'placed' }>['scores']): string {
  if (scores.length === 0) return 'the only node that can take it'
  const best = scores.filter(({ score }) => score === scores[0]?.score).length
  if (best === scores.length) return `one of ${best} nodes that can take it and score alike`
  const which = best === 1 ? 'which scores highest' : `one of ${best} that score highest`
  return `${which} of the ${scores.length} nodes that can take it`
}

function unplacedText(
  name: string,
  {
    message,
    rejections,
    nominatedNodeName,
  }: Extract<SchedulingOutcome, { readonly type: 'unplaced' }>,
): string {
  if (rejections.length === 0) return `${name} has no node: ${message}`
  const refused = rejections
    .slice(0, SHOWN_MAX)
    .map(({ nodeName, reasons }) => `${nodeName}: ${reasons.join(', ')}`)
  const rest = rejections.length - refused.length
  const listed = refused.join('; ') + (rest > 0 ? `; and ${rest} more` : '')
  return nominatedNodeName === undefined
    ? `no node can take ${name}: ${listed}`
    : `no node can take ${name} as it is (${listed}), so less important Pods on ${nominatedNodeName} are evicted for it`
}
