import type { ReplicaSetCondition } from 'kubernetes-types/apps/v1'
import type { Pod, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import type { StatusError } from '#sim/apimachinery/status.ts'
import { isReady, readyCondition } from '../endpoint/service-pods.ts'

/** The newer count is missing from the published types. */
type Status = Omit<NonNullable<ReplicaSet['status']>, 'conditions'> & {
  readonly terminatingReplicas: number
  readonly conditions?: ReplicaSetCondition[]
}

/** The status as it should read; zero counts other than `replicas` are left out, as in its JSON. */
export function replicaSetStatus(
  set: ReplicaSet,
  active: readonly Pod[],
  terminating: number,
  failure: StatusError | undefined,
  unixMs: number,
): Status {
  const labels = Object.entries(set.spec?.template?.metadata?.labels ?? {})
  const fullyLabeled = active.filter((pod) =>
    labels.every(([key, value]) => pod.metadata.labels?.[key] === value),
  ).length
  const ready = active.filter(isReady)
  const available = ready.filter((pod) => availableInMs(set, pod, unixMs) <= 0).length
  const conditions = failureConditions(set, active.length, failure, unixMs)
  return {
    replicas: active.length,
    ...(fullyLabeled === 0 ? {} : { fullyLabeledReplicas: fullyLabeled }),
    ...(ready.length === 0 ? {} : { readyReplicas: ready.length }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
  }
}

/** When the next Pod that is ready becomes available; undefined where none is on its way. */
export function nextAvailabilityMs(
  set: ReplicaSet,
  active: readonly Pod[],
  unixMs: number,
): number | undefined {
  if ((set.spec?.minReadySeconds ?? 0) === 0) return undefined
  const waits = active
    .filter(isReady)
    .map((pod) => availableInMs(set, pod, unixMs))
    .filter((waitMs) => waitMs > 0)
  return waits.length === 0 ? undefined : Math.min(...waits)
}

function availableInMs(set: ReplicaSet, pod: Pod, unixMs: number): number {
  const minReadyMs = (set.spec?.minReadySeconds ?? 0) * 1000
  const since = readyCondition(pod)?.lastTransitionTime
  if (minReadyMs === 0) return 0
  return since === undefined ? minReadyMs : Date.parse(since) + minReadyMs - unixMs
}

function failureConditions(
  set: ReplicaSet,
  activeCount: number,
  failure: StatusError | undefined,
  unixMs: number,
): readonly ReplicaSetCondition[] {
  const before = set.status?.conditions ?? []
  const others = before.filter(({ type }) => type !== 'ReplicaFailure')
  if (failure === undefined) return others
  const reason = activeCount < (set.spec?.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete'
  const old = before.find(({ type }) => type === 'ReplicaFailure')
  if (old?.reason === reason) return before
  const lastTransitionTime = `${new Date(unixMs).toISOString().slice(0, 19)}Z`
  const { message } = failure
  return [
    ...others,
    { type: 'ReplicaFailure', status: 'True', lastTransitionTime, reason, message },
  ]
}
