import type { Deployment, ReplicaSet } from '#sim/apimachinery/kinds.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas'
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas'

export function replicasOf(object: Deployment | ReplicaSet): number {
  return object.spec?.replicas ?? 1
}

export function replicaSum(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0)
}

export function availableSum(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
}

export function isRolling(deployment: Deployment): boolean {
  return deployment.spec?.strategy?.type !== 'Recreate'
}

/** How many Pods may be missing and how many may be too many, resolved against the replicas. */
export function rollingLimits(deployment: Deployment): {
  readonly maxUnavailable: number
  readonly maxSurge: number
} {
  const replicas = replicasOf(deployment)
  if (!isRolling(deployment)) return { maxUnavailable: 0, maxSurge: 0 }
  const { maxUnavailable = '25%', maxSurge = '25%' } =
    deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = resolved(maxSurge, replicas, Math.ceil)
  const unavailable = resolved(maxUnavailable, replicas, Math.floor)
  // Neither more nor fewer would mean no way to move at all.
  const atLeastOne = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { maxUnavailable: Math.min(atLeastOne, replicas), maxSurge: surge }
}

function resolved(value: number | string, whole: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * whole) / 100)
}

/** How large the new set may be now, next to what the old ones still have. */
export function newSetReplicas(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: number,
): number {
  const wanted = replicasOf(deployment)
  if (!isRolling(deployment)) return wanted
  const most = wanted + rollingLimits(deployment).maxSurge
  const total = replicaSum(all)
  if (total >= most) return current
  return current + Math.min(most - total, wanted - current)
}

/** What each set gets of a Deployment that was scaled while several of its sets are active. */
export function proportionalReplicas(
  deployment: Deployment,
  active: readonly ReplicaSet[],
): ReadonlyMap<ReplicaSet, number> {
  const wanted = replicasOf(deployment)
  const allowed = wanted > 0 ? wanted + rollingLimits(deployment).maxSurge : 0
  let toAdd = allowed - replicaSum(active)
  const grows = toAdd > 0
  const order = active.toSorted(
    (a, b) =>
      replicasOf(b) - replicasOf(a) ||
      (grows ? -1 : 1) * compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp),
  )
  const sizes = new Map<ReplicaSet, number>()
  let added = 0
  for (const set of order) {
    const share = toAdd === 0 ? 0 : proportion(set, deployment, allowed, toAdd, added)
    sizes.set(set, replicasOf(set) + share)
    added += share
  }
  // What rounding leaves over goes to the largest.
  const [largest] = order
  toAdd -= added
  if (largest !== undefined && toAdd !== 0)
    sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd))
  return sizes
}

function proportion(
  set: ReplicaSet,
  deployment: Deployment,
  allowed: number,
  toAdd: number,
  added: number,
): number {
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? Number.NaN)
  const whole = Number.isNaN(before) || before === 0 ? (deployment.status?.replicas ?? 0) : before
  if (replicasOf(set) === 0 || whole === 0) return 0
  const share = Math.round((replicasOf(set) * allowed) / whole) - replicasOf(set)
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added)
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  return (
    compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compare(a.metadata.name, b.metadata.name)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
