import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { DecisionLog } from './decision-log.ts'
import type { Reason } from './decisions.ts'
import type { FitnessBasis } from './fitness.ts'
import { podName } from './ordinals.ts'
import { Places } from './places.ts'
import {
  type AvailabilityRule,
  isAvailable,
  isRunningAndReady,
  isUnavailable,
  type PodState,
} from './pod-state.ts'
import type { Counted } from './pod-tally.ts'
import { revisionForNewPod } from './update-strategy.ts'

/** Everything a decision looks at. Nothing else is read while one is made. */
export type ObservedSet = FitnessBasis & {
  /** As stored, with the status of the last pass. */
  readonly set: StatefulSet
  readonly currentRevision: string
  readonly updateRevision: string
  /** The Pods the set has claimed. */
  readonly pods: Iterable<PodState>
  /** The same Pods in their places, where these are kept from pass to pass. */
  readonly places?: Places
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
  readonly counted: Counted
}

export type Pass = ObservedSet & {
  readonly places: Places
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
  const { set } = observed
  const places = observed.places ?? new Places(set, observed.pods)
  const { start, replicas, slots, condemned } = places
  const rule = { minReadySeconds: set.spec?.minReadySeconds ?? 0, nowMs: observed.nowMs }
  return {
    ...observed,
    places,
    rule,
    isMonotonic: set.spec?.podManagementPolicy !== 'Parallel',
    replicas,
    slots,
    start,
    condemned,
    // Under OrderedReady all replicas are available where this is asked.
    firstUnavailable: condemned.findLast((pod) => isUnavailable(pod, rule)),
    plan: { replicas: [], condemnedClaims: [], condemned: [], update: [], counted: places },
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
