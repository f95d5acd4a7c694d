import { type Evidence, listedNames } from '#sim/apimachinery/decision.ts'
import { assertNever } from '#sim/kernel/invariant.ts'
import type { SimTime } from '#sim/kernel/time.ts'
import {
  explain,
  type Reason,
  type SyncDecisions,
  type Verdict,
  type VerdictAction,
} from './decisions.ts'
import type { PodState } from './pod-state.ts'

export type PassFacts = {
  readonly number: number
  readonly time: SimTime
  readonly namespace: string
  readonly set: string
  readonly uid: string
  readonly cause: string
}

/** Takes down what one pass concludes. A later verdict on a Pod replaces an earlier one. */
export class DecisionLog {
  readonly #facts: PassFacts
  readonly #verdicts = new Map<string, Verdict>()
  readonly #waiters = new Set<string>()
  #awaited: string | undefined

  constructor(facts: PassFacts) {
    this.#facts = facts
  }

  knows(name: string): boolean {
    return this.#verdicts.has(name)
  }

  note(ordinal: number, pod: PodState, action: VerdictAction, reason: Reason): void {
    // Of most Pods every pass says the same: that is made once for each state of the Pod.
    if (action === 'keep' && reason.type === 'healthy') {
      pod.memo.healthy ??= verdictOn(ordinal, pod.name, action, reason, evidenceOf(pod, reason))
      this.#verdicts.set(pod.name, pod.memo.healthy)
      return
    }
    this.#put(ordinal, pod.name, action, reason, evidenceOf(pod, reason))
  }

  noteMissing(ordinal: number, name: string, action: VerdictAction, reason: Reason): void {
    this.#put(ordinal, name, action, reason, [evidenceOfMissing(name, reason)])
  }

  /** Not looked at, because the pass ended before. */
  behind(ordinal: number, name: string, first: string): void {
    this.#put(ordinal, name, 'not looked at', { type: 'behind', pod: first }, [])
  }

  /** Something would be done with `waiter`, were it not for `awaited`. The first awaited counts. */
  awaits(awaited: string, waiter: string): void {
    this.#awaited ??= awaited
    if (waiter !== this.#awaited) this.#waiters.add(waiter)
  }

  finish(error?: string): SyncDecisions {
    const verdicts = [...this.#verdicts.values()]
    const waiters = [...this.#waiters]
    const awaited = this.#awaited ?? verdicts.find(({ action }) => action === 'wait')?.pod
    return {
      ...this.#facts,
      verdicts,
      summary: summarise(verdicts, waiters, awaited, error),
      ...(awaited === undefined ? {} : { awaited }),
      waiters,
      ...(error === undefined ? {} : { error }),
    }
  }

  #put(
    ordinal: number,
    pod: string,
    action: VerdictAction,
    reason: Reason,
    evidence: readonly Evidence[],
  ): void {
    this.#verdicts.set(pod, verdictOn(ordinal, pod, action, reason, evidence))
  }
}

function verdictOn(
  ordinal: number,
  pod: string,
  action: VerdictAction,
  reason: Reason,
  evidence: readonly Evidence[],
): Verdict {
  return { pod, ordinal, action, reason, evidence, why: explain(pod, reason) }
}

function evidenceOfMissing(name: string, reason: Reason): Evidence {
  const pod = { resource: 'pods', name }
  switch (reason.type) {
    case 'staleClaim':
      return {
        ...claim(reason),
        field: 'metadata.ownerReferences',
        value: `Pod ${name} of another uid`,
      }
    case 'claimDeleting':
      return { ...claim(reason), field: 'metadata.deletionTimestamp', value: 'set' }
    case 'foreignPod':
      return reason.owner === ''
        ? { ...pod, field: 'metadata.labels', value: 'not matched by the selector' }
        : { ...pod, field: 'metadata.ownerReferences', value: reason.owner }
    default:
      return { ...pod, field: '', value: 'not found' }
  }
}

function claim(reason: { readonly claim: string }): Pick<Evidence, 'resource' | 'name'> {
  return { resource: 'persistentvolumeclaims', name: reason.claim }
}

function evidenceOf({ pod, phase, isReady, revision }: PodState, reason: Reason): Evidence[] {
  const field = (name: string, value: string): Evidence => ({
    resource: 'pods',
    name: pod.metadata.name,
    field: name,
    value,
  })
  switch (reason.type) {
    case 'terminating':
    case 'condemnedTerminating':
      return [field('metadata.deletionTimestamp', pod.metadata.deletionTimestamp ?? '')]
    case 'outdated':
    case 'budget':
    case 'partitioned':
    case 'onDelete':
      return [field('metadata.labels[controller-revision-hash]', revision)]
    case 'ended':
      return [field('status.phase', phase)]
    case 'behind':
    case 'setDeleting':
    case 'condemned':
      return []
    case 'healthy':
    case 'mismatch':
    case 'missing':
    case 'notAvailable':
    case 'notReady':
    case 'staleClaim':
    case 'claimDeleting':
    case 'foreignPod':
    case 'updating':
    case 'condemnedBlocked':
      return [
        field('status.phase', phase),
        field('status.conditions[Ready].status', isReady ? 'True' : 'False'),
        ...(reason.type === 'notReady' && reason.outdated !== undefined
          ? [field('metadata.labels[controller-revision-hash]', revision)]
          : []),
      ]
    default:
      return assertNever(reason)
  }
}

const VERBS = [
  ['create', 'creates'],
  ['delete', 'deletes'],
  ['repair', 'repairs'],
] as const satisfies readonly (readonly [VerdictAction, string])[]

function summarise(
  verdicts: readonly Verdict[],
  waiters: readonly string[],
  awaited: string | undefined,
  error: string | undefined,
): string {
  const parts: string[] = []
  for (const [action, verb] of VERBS) {
    const pods = verdicts.filter((verdict) => verdict.action === action).map(({ pod }) => pod)
    if (pods.length > 0) parts.push(`${verb} ${listedNames(pods)}`)
  }
  const reason = verdicts.find(({ pod }) => pod === awaited)
  if (awaited !== undefined && waiters.length > 0) {
    const why = reason?.action === 'wait' || reason?.action === 'stop' ? `: ${reason.why}` : ''
    const verb = waiters.length === 1 ? 'waits' : 'wait'
    parts.push(`${listedNames(waiters)} ${verb} for ${awaited}${why}`)
  } else if (reason?.action === 'wait' || reason?.action === 'stop') {
    parts.push(`waits: ${reason.why}`)
  }
  for (const { why } of verdicts.filter(({ action }) => action === 'stop').slice(0, 1)) {
    if (reason?.why !== why) parts.push(`stops: ${why}`)
  }
  if (error !== undefined) parts.push(`ends early and tries again: ${error}`)
  return parts.length > 0 ? parts.join('; ') : 'nothing to do'
}
