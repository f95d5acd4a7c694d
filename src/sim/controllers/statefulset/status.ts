import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { StatefulSetStatus } from 'kubernetes-types/apps/v1'
import { replicasOf } from './ordinals.ts'
import {
  type AvailabilityRule,
  isAvailable,
  isRunningAndReady,
  type PodState,
} from './pod-state.ts'
import type { Counted } from './pod-tally.ts'

/** What a pass computes and, if it differs, writes. Names are those of ControllerRevisions. */
export type ComputedStatus = {
  observedGeneration: number
  replicas: number
  readyReplicas: number
  currentReplicas: number
  updatedReplicas: number
  availableReplicas: number
  currentRevision: string
  updateRevision: string
  collisionCount: number
}

export type StatusBasis = Pick<
  ComputedStatus,
  'observedGeneration' | 'currentRevision' | 'updateRevision' | 'collisionCount'
>

export function computeStatus(
  basis: StatusBasis,
  { tally, pods }: Counted,
  rule: AvailabilityRule,
): ComputedStatus {
  return {
    ...basis,
    replicas: tally.created,
    readyReplicas: tally.ready,
    currentReplicas: tally.atRevision(basis.currentRevision),
    updatedReplicas: tally.atRevision(basis.updateRevision),
    availableReplicas: rule.minReadySeconds === 0 ? tally.ready : countAvailable(pods, rule),
  }
}

// Availability comes with time alone, so there is no keeping count of it.
function countAvailable(pods: Iterable<PodState>, rule: AvailabilityRule): number {
  let available = 0
  for (const pod of pods) if (isRunningAndReady(pod) && isAvailable(pod, rule)) available++
  return available
}

/** A finished rollout makes the update revision the current one. Availability does not matter. */
export function completeRollingUpdate(set: StatefulSet, status: ComputedStatus): void {
  const isComplete =
    set.spec?.updateStrategy?.type === 'RollingUpdate' &&
    status.updatedReplicas === status.replicas &&
    status.readyReplicas === status.replicas &&
    status.replicas === replicasOf(set)
  if (!isComplete) return
  status.currentReplicas = status.updatedReplicas
  status.currentRevision = status.updateRevision
}

/** Whether writing is worth it. Conditions and the collision count alone are not. */
export function statusDiffers(set: StatefulSet, status: ComputedStatus): boolean {
  const stored = set.status
  return (
    status.observedGeneration > (stored?.observedGeneration ?? 0) ||
    status.replicas !== (stored?.replicas ?? 0) ||
    status.currentReplicas !== (stored?.currentReplicas ?? 0) ||
    status.readyReplicas !== (stored?.readyReplicas ?? 0) ||
    status.updatedReplicas !== (stored?.updatedReplicas ?? 0) ||
    status.availableReplicas !== (stored?.availableReplicas ?? 0) ||
    status.currentRevision !== (stored?.currentRevision ?? '') ||
    status.updateRevision !== (stored?.updateRevision ?? '')
  )
}

/** As JSON has it: zeros are left out, except where the field says otherwise. */
export function wireStatus(status: ComputedStatus): StatefulSetStatus {
  const { replicas, readyReplicas, currentReplicas, updatedReplicas } = status
  return {
    observedGeneration: status.observedGeneration,
    replicas,
    ...(readyReplicas === 0 ? {} : { readyReplicas }),
    ...(currentReplicas === 0 ? {} : { currentReplicas }),
    ...(updatedReplicas === 0 ? {} : { updatedReplicas }),
    currentRevision: status.currentRevision,
    updateRevision: status.updateRevision,
    collisionCount: status.collisionCount,
    availableReplicas: status.availableReplicas,
  }
}
