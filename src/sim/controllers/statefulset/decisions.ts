import type { Evidence } from '#sim/apimachinery/decision.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import { assertNever } from '#sim/kernel/invariant.ts'

/** What one pass of the controller over one set looked at, in order, and what it concluded. */
export type SyncDecisions = {
  readonly number: number
  readonly time: SimTime
  readonly namespace: string
  readonly set: string
  readonly uid: string
  /** What made the controller look, in words: `Pod web-0 changed`. Empty where unknown. */
  readonly cause: string
  readonly verdicts: readonly Verdict[]
  readonly summary: string
  /** The Pod that the others wait for. */
  readonly awaited?: string
  /** Pods that would be created, deleted or updated, were it not for the awaited one. */
  readonly waiters: readonly string[]
  /** What ended the pass early; it is then tried again. */
  readonly error?: string
}

export type VerdictAction =
  | 'keep'
  | 'create'
  | 'wait'
  | 'delete'
  | 'repair'
  | 'stop'
  | 'not looked at'

export type Verdict = {
  readonly pod: string
  readonly ordinal: number
  readonly action: VerdictAction
  readonly reason: Reason
  /** What was read to come to this. */
  readonly evidence: readonly Evidence[]
  readonly why: string
}

export type Reason =
  | { readonly type: 'healthy' }
  | { readonly type: 'missing'; readonly revision: string }
  | { readonly type: 'staleClaim'; readonly claim: string }
  | { readonly type: 'claimDeleting'; readonly claim: string }
  /** `owner` is empty for a Pod that nobody controls. */
  | { readonly type: 'foreignPod'; readonly owner: string }
  | { readonly type: 'ended'; readonly phase: string; readonly isTerminating: boolean }
  | { readonly type: 'terminating' }
  | {
      readonly type: 'notReady'
      readonly phase: string
      /** Present where the update would replace the Pod, were it Ready. */
      readonly outdated?: { readonly revision: string; readonly updateRevision: string }
    }
  | { readonly type: 'notAvailable'; readonly minReadySeconds: number }
  | { readonly type: 'mismatch'; readonly of: 'identity' | 'storage' | 'claimOwners' }
  | { readonly type: 'condemned'; readonly start: number; readonly end: number }
  | { readonly type: 'condemnedTerminating' }
  | { readonly type: 'condemnedBlocked'; readonly by: string }
  | { readonly type: 'outdated'; readonly revision: string; readonly updateRevision: string }
  | { readonly type: 'updating' }
  | { readonly type: 'partitioned'; readonly partition: number }
  | { readonly type: 'onDelete' }
  | { readonly type: 'budget'; readonly unavailable: number; readonly maxUnavailable: number }
  | { readonly type: 'setDeleting' }
  | { readonly type: 'behind'; readonly pod: string }

/** The sentence behind a verdict. */
export function explain(pod: string, reason: Reason): string {
  switch (reason.type) {
    case 'healthy':
      return `${pod} is as it should be`
    case 'missing':
      return `${pod} does not exist; it is created from revision ${reason.revision}`
    case 'staleClaim':
      return `claim ${reason.claim} still belongs to the previous ${pod} and goes with it; creation waits`
    case 'claimDeleting':
      return `${pod} is not created on claim ${reason.claim}, which is being deleted; it is tried again until the claim is gone`
    case 'foreignPod':
      return reason.owner === ''
        ? `${pod} cannot be created: a Pod of that name exists whose labels do not match the set's selector; it is tried again until that Pod is gone`
        : `${pod} cannot be created: a Pod of that name exists and belongs to ${reason.owner}; it is tried again until that Pod is gone`
    case 'ended':
      return reason.isTerminating
        ? `${pod} is ${reason.phase} and already being deleted; its successor waits until it is gone`
        : `${pod} is ${reason.phase}; it is deleted now and created again once it is gone`
    case 'terminating':
      return `${pod} is being deleted and holds its ordinal until it is gone`
    case 'notReady':
      return notReadyText(pod, reason)
    case 'notAvailable':
      return `${pod} has not been Ready for ${reason.minReadySeconds} s yet`
    case 'mismatch':
      return `${MISMATCH[reason.of]} of ${pod} differ from what the set asks for`
    case 'condemned':
      return reason.end < reason.start
        ? `the set asks for no replicas, so ${pod} goes`
        : `the set asks for ordinals ${reason.start} to ${reason.end}, so ${pod} goes`
    case 'condemnedTerminating':
      return `${pod} is being deleted; the next one goes after it`
    case 'condemnedBlocked':
      return `${pod} is not available and neither is ${reason.by}; only the lowest unavailable Pod may be deleted`
    case 'outdated':
      return reason.revision === ''
        ? `${pod} bears no revision; it is deleted to come back as ${reason.updateRevision}`
        : `${pod} is at revision ${reason.revision}; it is deleted to come back as ${reason.updateRevision}`
    case 'updating':
      return `${pod} has to be available before the update goes on below it`
    case 'partitioned':
      return `${pod} is below the partition of ${reason.partition} and stays at its revision`
    case 'onDelete':
      return `${pod} is outdated, but with OnDelete it is updated only when someone deletes it`
    case 'budget':
      return `${pod} is outdated, but ${reason.unavailable} of at most ${reason.maxUnavailable} Pods are unavailable already`
    case 'setDeleting':
      return `the set is being deleted; ${pod} is left to the garbage collector`
    case 'behind':
      return `${reason.pod} comes first`
    default:
      return assertNever(reason)
  }
}

function notReadyText(
  pod: string,
  { phase, outdated }: Extract<Reason, { readonly type: 'notReady' }>,
): string {
  const state =
    phase === 'Running' ? 'is Running but not Ready' : `is ${phase}, not Running and Ready`
  if (outdated === undefined) return `${pod} ${state}`
  const { revision, updateRevision } = outdated
  return `${pod} ${state}; the set asks for revision ${updateRevision}, but under OrderedReady a Pod that is not Ready is waited for and not replaced: to free the update, let it become Ready at ${revision} or delete it`
}

const MISMATCH = {
  identity: 'name or labels',
  storage: 'the volumes',
  claimOwners: 'the owners of the claims',
} as const satisfies Record<Extract<Reason, { type: 'mismatch' }>['of'], string>
