import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Reason } from './decisions.ts'
import type { FitnessBasis } from './fitness.ts'
import { podName, replicasOf, startOrdinal } from './ordinals.ts'
import {
  type AvailabilityRule,
  isAvailable,
  isRunningAndReady,
  isUnavailable,
  type PodState,
} from './pod-state.ts'
import { revisionForNewPod } from './update-strategy.ts'

/** Everything a decision looks at. Nothing else is read while one is made. */
export type ObservedSet = FitnessBasis & {
  /** As stored, with the status of the last pass. */
  readonly set: StatefulSet
  readonly currentRevision: string
  readonly updateRevision: string
  /** The Pods the set has claimed. */
  readonly pods: readonly PodState[]
  readonly nowMs: number
  /** Gate MaxUnavailableStatefulSet. */
  readonly allowsMaxUnavailable: boolean
  /** Whatever Pod bears a name, the set's own or not. It explains; nothing is decided by it. */
  readonly podNamed?: (name: string) => Pod | undefined
  /** Takes the reasons down, where someone listens. */
  readonly log?: DecisionLog
}

export type PodAction =
  | { readonly type: 'create'; readonly ordinal: number; readonly revision: 'current' | 'update' }
  | { readonly type: 'delete'; readonly name: string }
  /** Creates missing claims of a Pending Pod and puts their owners right. */
  | { readonly type: 'ensureClaims'; readonly pod: PodState }
  | { readonly type: 'repair'; readonly pod: PodState }
  | { readonly type: 'ownClaims'; readonly pod: PodState }

export type StagedAction = {
  /** The place among the Pods of its stage; batches of a burst are cut by it. */
  readonly index: number
  readonly action: PodAction
}

/** What to do in one pass, in the order it is done. A failure leaves out what follows. */
export type Plan = {
  readonly replicas: StagedAction[]
  readonly condemnedClaims: StagedAction[]
  readonly condemned: StagedAction[]
  readonly update: StagedAction[]
  /** The Pods that count in the status. */
  readonly counted: readonly PodState[]
}

export type Pass = ObservedSet & {
  readonly rule: AvailabilityRule
  readonly isMonotonic: boolean
  readonly replicas: number
  /** The present occupants of the ordinals in range, by their distance from the start; sparse. */
  readonly slots: readonly (PodState | undefined)[]
  readonly start: number
  /** Highest ordinal first. */
  readonly condemned: readonly PodState[]
  /** The lowest unavailable one of the condemned. */
  readonly firstUnavailable: PodState | undefined
  readonly plan: Plan
}

/** Puts every Pod in its place: an ordinal in range, or among the condemned. */
export function arrange(observed: ObservedSet): Pass {
  const { set, pods } = observed
  const start = startOrdinal(set)
  const replicas = replicasOf(set)
  const slots: (PodState | undefined)[] = []
  const condemned: PodState[] = []
  for (const pod of pods) {
    const index = pod.ordinal - start
    if (index >= 0 && index < replicas) slots[index] = pod
    else if (pod.ordinal >= 0) condemned.push(pod)
  }
  condemned.sort((a, b) => b.ordinal - a.ordinal)
  const counted = [...condemned]
  for (const pod of pods) if (slots[pod.ordinal - start] === pod) counted.push(pod)
  const rule = { minReadySeconds: set.spec?.minReadySeconds ?? 0, nowMs: observed.nowMs }
  return {
    ...observed,
    rule,
    isMonotonic: set.spec?.podManagementPolicy !== 'Parallel',
    replicas,
    slots,
    start,
    condemned,
    // Under OrderedReady all replicas are available where this is asked.
    firstUnavailable: condemned.findLast((pod) => isUnavailable(pod, rule)),
    plan: { replicas: [], condemnedClaims: [], condemned: [], update: [], counted },
  }
}

export function slotName(pass: Pass, index: number): string {
  return pass.slots[index]?.name ?? podName(pass.set, pass.start + index)
}

/** What keeps a Pod from being healthy, in the order the controller asks. */
export function sicknessOf({ rule }: Pass, pod: PodState): Reason | undefined {
  if (pod.isTerminating) return { type: 'terminating' }
  if (!isRunningAndReady(pod)) return { type: 'notReady', phase: pod.phase }
  if (!isAvailable(pod, rule)) {
    return { type: 'notAvailable', minReadySeconds: rule.minReadySeconds }
  }
  return undefined
}

/** At another revision than the update's, and not on its way out yet. */
export function isOutdated(pass: Pass, index: number): boolean {
  const pod = pass.slots[index]
  if (pod !== undefined) return pod.revision !== pass.updateRevision && !pod.isTerminating
  const revision = revisionForNewPod(pass.set, pass.start + index)
  return revisionName(pass, revision) !== pass.updateRevision
}

export function revisionName(pass: ObservedSet, revision: 'current' | 'update'): string {
  return revision === 'current' ? pass.currentRevision : pass.updateRevision
}
