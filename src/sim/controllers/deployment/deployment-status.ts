import type { DeploymentCondition, DeploymentStatus } from 'kubernetes-types/apps/v1'
import type { Deployment, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import { availableSum, replicasOf, replicaSum, rollingLimits } from './replica-counts.ts'

export type Status = DeploymentStatus & { readonly terminatingReplicas?: number }

export const NEW_SET_AVAILABLE = 'NewReplicaSetAvailable'
export const TIMED_OUT = 'ProgressDeadlineExceeded'

/** Counts over all sets; zeros are left out, as in the status' JSON, but for those terminating. */
export function deploymentStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  timestamp: string,
): Status {
  const sum = (count: (status: NonNullable<ReplicaSet['status']>) => number | undefined): number =>
    all.reduce((total, { status }) => total + (status === undefined ? 0 : (count(status) ?? 0)), 0)
  const available = availableSum(all)
  const counts = {
    replicas: sum((status) => status.replicas),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum((status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicaSum(all) - available),
  }
  const terminatingReplicas = sum(
    (status) => (status as { terminatingReplicas?: number }).terminatingReplicas, // A newer field.
  )
  const shown = Object.entries(counts).filter(([, count]) => count !== 0)
  const isAvailable = available >= replicasOf(deployment) - rollingLimits(deployment).maxUnavailable
  const availability = isAvailable
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', AVAILABLE_TEXT, timestamp)
    : newCondition('Available', 'False', 'MinimumReplicasUnavailable', UNAVAILABLE_TEXT, timestamp)
  const { collisionCount } = deployment.status ?? {}
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...Object.fromEntries(shown),
    terminatingReplicas,
    conditions: withCondition(deployment.status?.conditions ?? [], availability),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
}

const AVAILABLE_TEXT = 'Deployment has minimum availability.'
const UNAVAILABLE_TEXT = 'Deployment does not have minimum availability.'

export function newCondition(
  type: 'Available' | 'Progressing' | 'ReplicaFailure',
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  timestamp: string,
): DeploymentCondition {
  return {
    type,
    status,
    lastUpdateTime: timestamp,
    lastTransitionTime: timestamp,
    reason,
    message,
  }
}

/** A condition that says nothing new stays where it is; one that does moves to the end. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  condition: DeploymentCondition,
): DeploymentCondition[] {
  const old = conditions.find(({ type }) => type === condition.type)
  if (old?.status === condition.status && old.reason === condition.reason) return [...conditions]
  const kept = old?.status === condition.status ? old.lastTransitionTime : undefined
  return [
    ...withoutCondition(conditions, condition.type),
    kept === undefined ? condition : { ...condition, lastTransitionTime: kept },
  ]
}

export function withoutCondition(
  conditions: readonly DeploymentCondition[],
  type: string,
): DeploymentCondition[] {
  return conditions.filter((one) => one.type !== type)
}

export function conditionOf(
  status: Status | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((one) => one.type === type)
}

export function isComplete(deployment: Deployment, status: Status): boolean {
  const wanted = replicasOf(deployment)
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

/** The status with what it says about how the rollout goes. */
export function withProgress(
  deployment: Deployment,
  status: Status,
  newSet: ReplicaSet | undefined,
  time: { readonly timestamp: string; readonly unixMs: number },
): Status {
  const conditions = status.conditions ?? []
  if (deployment.spec?.progressDeadlineSeconds === undefined)
    return { ...status, conditions: withoutCondition(conditions, 'Progressing') }
  const current = conditionOf(deployment.status, 'Progressing')
  const isSettled =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) &&
    current?.reason === NEW_SET_AVAILABLE
  if (isSettled) return status
  const subject =
    newSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newSet.metadata.name}"`
  const progress = (state: 'True' | 'False', reason: string, text: string): DeploymentCondition =>
    newCondition('Progressing', state, reason, `${subject} ${text}`, time.timestamp)
  if (isComplete(deployment, status)) {
    const condition = progress('True', NEW_SET_AVAILABLE, 'has successfully progressed.')
    return { ...status, conditions: withCondition(conditions, condition) }
  }
  if (makesProgress(deployment, status)) {
    const condition = progress('True', 'ReplicaSetUpdated', 'is progressing.')
    const since = current?.status === 'True' ? current.lastTransitionTime : undefined
    const kept = since === undefined ? condition : { ...condition, lastTransitionTime: since }
    // Written anew each time: its update time is what the deadline counts from.
    return { ...status, conditions: [...withoutCondition(conditions, 'Progressing'), kept] }
  }
  if (!hasTimedOut(deployment, current, time.unixMs)) return status
  const condition = progress('False', TIMED_OUT, 'has timed out progressing.')
  return { ...status, conditions: withCondition(conditions, condition) }
}

function makesProgress(deployment: Deployment, status: Status): boolean {
  const before: Status = deployment.status ?? {}
  const old = (one: Status): number => (one.replicas ?? 0) - (one.updatedReplicas ?? 0)
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(status) < old(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

function hasTimedOut(
  deployment: Deployment,
  current: DeploymentCondition | undefined,
  unixMs: number,
): boolean {
  const leftMs = deadlineLeftMs(deployment, current, unixMs)
  return current?.reason === TIMED_OUT || (leftMs !== undefined && leftMs <= 0)
}

/** Until a rollout that does not move counts as failed; undefined where none is under way. */
export function deadlineLeftMs(
  deployment: Deployment,
  current: DeploymentCondition | undefined,
  unixMs: number,
): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds
  if (seconds === undefined || current?.lastUpdateTime === undefined) return undefined
  if (current.reason === NEW_SET_AVAILABLE || current.reason === TIMED_OUT) return undefined
  return Date.parse(current.lastUpdateTime) + seconds * 1000 - unixMs
}
