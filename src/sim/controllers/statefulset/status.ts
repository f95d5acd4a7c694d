import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { StatefulSetStatus } from 'kubernetes-types/apps/v1'
import { replicasOf } from './ordinals.ts'
import {
  type AvailabilityRule,
  isAvailable,
  isRunningAndReady,
  type PodState,
} from './pod-state.ts'

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
  pods: readonly PodState[],
  rule: AvailabilityRule,
): ComputedStatus {
  const status: ComputedStatus = {
    ...basis,
    replicas: 0,
    readyReplicas: 0,
    currentReplicas: 0,
    updatedReplicas: 0,
    availableReplicas: 0,
  }
  for (const pod of pods) {
    if (pod.phase !== '') status.replicas++
    if (isRunningAndReady(pod)) {
      status.readyReplicas++
      if (isAvailable(pod, rule)) status.availableReplicas++
    }
    // One that is going counts as a replica still, but not towards a revision.
    if (pod.phase === '' || pod.isTerminating) continue
    if (pod.revision === basis.currentRevision) status.currentReplicas++
    if (pod.revision === basis.updateRevision) status.updatedReplicas++
  }
  return status
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
