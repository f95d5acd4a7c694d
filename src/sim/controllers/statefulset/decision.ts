import { controllerOf } from '../controller-ref.ts'
import { claimOwnersMatch, deletingClaim, staleClaim } from './claim-checks.ts'
import type { Reason } from './decisions.ts'
import { fitnessOf } from './fitness.ts'
import { endOrdinal, startOrdinal } from './ordinals.ts'
import {
  arrange,
  type ObservedSet,
  type Pass,
  type Plan,
  revisionName,
  sicknessOf,
  slotName,
} from './pass.ts'
import { hasEnded, isAvailable, isRunningAndReady, type PodState } from './pod-state.ts'
import { PodTally } from './pod-tally.ts'
import { awaitsUpdate, planUpdate } from './update-decision.ts'
import { revisionForNewPod } from './update-strategy.ts'

/** `exit` ends a pass under OrderedReady; under Parallel the next Pod has its turn all the same. */
type Outcome = 'continue' | 'exit'

/**
 * Decides one pass over one set. Upstream: pkg/controller/statefulset, updateStatefulSet; there
 * each step is carried out as it is found, which comes to the same because a pass works on caches
 * that its own writes do not reach.
 */
export function planSync(observed: ObservedSet): Plan {
  const pass = arrange(observed)
  const { plan, isMonotonic } = pass
  if (observed.set.metadata.deletionTimestamp !== undefined) {
    for (const pod of observed.pods) pass.log?.note(pod.ordinal, pod, 'not looked at', SET_DELETING)
    const { pods } = observed
    return { ...plan, counted: { tally: new PodTally(pods), pods } }
  }
  // Who is settled has no action; who listens hears of each all the same.
  const next = (index: number): number =>
    pass.log === undefined ? pass.places.nextOpen(index) : index
  for (let index = next(0); index < pass.replicas; index = next(index + 1)) {
    if (planReplica(pass, index) === 'exit' && isMonotonic) {
      return stopAt(pass, slotName(pass, index))
    }
  }
  planCondemnedClaims(pass)
  for (const [index, pod] of pass.condemned.entries()) {
    if (planCondemned(pass, pod, index) === 'exit' && isMonotonic) {
      return stopAt(pass, pod.name)
    }
  }
  planUpdate(pass)
  return plan
}

const SET_DELETING: Reason = { type: 'setDeleting' }
const HEALTHY: Reason = { type: 'healthy' }

function planReplica(pass: Pass, index: number): Outcome {
  const { log, plan } = pass
  const pod = pass.slots[index]
  if (pod === undefined || pod.phase === '') return planCreation(pass, index)
  const { ordinal } = pod
  if (hasEnded(pod)) {
    if (!pod.isTerminating)
      plan.replicas.push({ index, action: { type: 'delete', name: pod.name } })
    log?.note(ordinal, pod, pod.isTerminating ? 'wait' : 'delete', {
      type: 'ended',
      phase: pod.phase,
      isTerminating: pod.isTerminating,
    })
    return 'exit'
  }
  const { needsClaims, mismatch } = fitnessOf(pass, pod)
  // Before anything is waited for: a Pod may be Pending because its claim is missing.
  const ensuresClaims = needsClaims && pod.phase === 'Pending'
  if (ensuresClaims) plan.replicas.push({ index, action: { type: 'ensureClaims', pod } })
  const sickness = sicknessOf(pass, pod)
  if (sickness !== undefined && pass.isMonotonic) {
    log?.note(ordinal, pod, 'wait', held(pass, index, sickness))
    return 'exit'
  }
  // Simplified: claims just put right for a Pending Pod count as right, as if the cache knew.
  if (mismatch === undefined || (ensuresClaims && mismatch.of === 'claimOwners')) {
    if (sickness === undefined) pass.places.settle(index)
    log?.note(ordinal, pod, 'keep', sickness ?? HEALTHY)
  } else {
    plan.replicas.push({ index, action: { type: 'repair', pod } })
    log?.note(ordinal, pod, 'repair', mismatch)
  }
  return 'continue'
}

function planCreation(pass: Pass, index: number): Outcome {
  const ordinal = pass.start + index
  const name = slotName(pass, index)
  const stale = staleClaim(pass, pass.updateSet, { ordinal, name, uid: '' })
  if (stale !== undefined) {
    pass.log?.noteMissing(ordinal, name, 'wait', { type: 'staleClaim', claim: stale })
    return 'exit'
  }
  const revision = revisionForNewPod(pass.set, ordinal)
  pass.plan.replicas.push({ index, action: { type: 'create', ordinal, revision } })
  if (pass.log !== undefined) {
    const obstacle = obstacleTo(pass, ordinal, name)
    if (obstacle !== undefined) pass.log.noteMissing(ordinal, name, 'wait', obstacle)
    else {
      const reason: Reason = { type: 'missing', revision: revisionName(pass, revision) }
      pass.log.noteMissing(ordinal, name, 'create', reason)
    }
  }
  return pass.isMonotonic ? 'exit' : 'continue'
}

/** What the creation will fail on, as far as the caches tell. It is tried all the same. */
function obstacleTo(pass: Pass, ordinal: number, name: string): Reason | undefined {
  const claim = deletingClaim(pass, pass.set, ordinal)
  if (claim !== undefined) return { type: 'claimDeleting', claim }
  const foreign = pass.podNamed?.(name)
  if (foreign === undefined || pass.slots[ordinal - pass.start] !== undefined) return undefined
  const controller = controllerOf(foreign)
  const owner = controller === undefined ? '' : `${controller.kind} ${controller.name}`
  return { type: 'foreignPod', owner }
}

/** The update would replace this Pod, were it not for what keeps it from being healthy. */
function held(pass: Pass, index: number, sickness: Reason): Reason {
  if (sickness.type !== 'notReady' || !awaitsUpdate(pass, index)) return sickness
  const { updateRevision } = pass
  const revision = pass.slots[index]?.revision ?? ''
  return { ...sickness, outdated: { revision, updateRevision } }
}

// The claims of all condemned Pods first, so that none outlives its Pod by accident.
function planCondemnedClaims(pass: Pass): void {
  for (const [index, pod] of pass.condemned.entries()) {
    if (claimOwnersMatch(pass, pass.updateSet, pod)) continue
    pass.plan.condemnedClaims.push({ index, action: { type: 'ownClaims', pod } })
  }
}

function planCondemned(pass: Pass, pod: PodState, index: number): Outcome {
  const { log, isMonotonic, firstUnavailable } = pass
  if (pod.isTerminating) {
    log?.note(pod.ordinal, pod, 'wait', { type: 'condemnedTerminating' })
    return isMonotonic ? 'exit' : 'continue'
  }
  const isHealthy = isRunningAndReady(pod) && isAvailable(pod, pass.rule)
  if (isMonotonic && !isHealthy && pod !== firstUnavailable) {
    const by = firstUnavailable?.name ?? ''
    log?.note(pod.ordinal, pod, 'stop', { type: 'condemnedBlocked', by })
    log?.awaits(by, pod.name)
    return 'exit'
  }
  pass.plan.condemned.push({ index, action: { type: 'delete', name: pod.name } })
  log?.note(pod.ordinal, pod, 'delete', {
    type: 'condemned',
    start: startOrdinal(pass.set),
    end: endOrdinal(pass.set),
  })
  return 'exit'
}

/** Enough for anyone to read; a set may ask for millions. */
const NOTED_MAX = 10_000

/** Takes down who was not looked at because of `name`, and who has to wait for it. */
function stopAt(pass: Pass, name: string): Plan {
  const { log, plan } = pass
  if (log === undefined) return plan
  for (let index = 0; index < Math.min(pass.replicas, NOTED_MAX); index++) {
    const own = slotName(pass, index)
    const isMissing = pass.slots[index] === undefined
    if (!log.knows(own)) log.behind(pass.start + index, own, name)
    if (isMissing || awaitsUpdate(pass, index)) log.awaits(name, own)
  }
  for (const pod of pass.condemned) {
    if (!log.knows(pod.name)) log.behind(pod.ordinal, pod.name, name)
    if (!pod.isTerminating) log.awaits(name, pod.name)
  }
  return plan
}
