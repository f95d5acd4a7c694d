import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import { replicasOf, startOrdinal } from './ordinals.ts'

/** How many replicas from the lowest on stay at the current revision. Relative to the start. */
export function partitionOf(set: StatefulSet): number {
  return set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
}

/**
 * The revision a Pod is created from. With a `rollingUpdate` block only the partition preserves
 * the current one: a Pod lost in the middle of a rollout comes back updated. Without the block the
 * count of Pods at the current revision decides.
 */
export function revisionForNewPod(set: StatefulSet, ordinal: number): 'current' | 'update' {
  const strategy = set.spec?.updateStrategy
  const kept =
    strategy?.rollingUpdate === undefined
      ? strategy?.type === 'RollingUpdate'
        ? (set.status?.currentReplicas ?? 0)
        : 0
      : partitionOf(set)
  return ordinal < startOrdinal(set) + kept ? 'current' : 'update'
}

/** Pods that an update may make unavailable at a time; a percentage of the replicas, rounded down. */
export function maxUnavailableOf(set: StatefulSet): number {
  // The type allows a number or a string; it reads as neither member of the union by itself.
  const value = set.spec?.updateStrategy?.rollingUpdate?.maxUnavailable as
    | number
    | string
    | undefined
  if (value === undefined) return 1
  if (typeof value === 'number') return Math.max(1, value)
  const percent = /^([0-9]+)%$/.exec(value)
  if (percent === null) {
    throw new RetryError(
      `invalid value for IntOrString: invalid type: string is not a percentage: ${value}`,
    )
  }
  return Math.max(1, Math.floor((Number(percent[1]) * replicasOf(set)) / 100))
}
