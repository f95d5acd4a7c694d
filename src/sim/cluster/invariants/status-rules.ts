import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import { isAvailable, isRunningAndReady } from '#sim/controllers/statefulset/pod-state.ts'
import type { Fault } from './pod-order.ts'
import { type Counts, countsOf, type SetView } from './set-view.ts'

/**
 * A status that the controller has just written, held against what it knows. Pods that it created
 * in the same pass do not count yet; each that an update deleted is off the current ones already,
 * even if somebody else had deleted it a moment before.
 */
export function writtenStatusFault(
  view: SetView,
  stored: StatefulSet,
  allowsMaxUnavailable: boolean,
): Fault | undefined {
  const { set } = view
  if (set === undefined || !view.hasOnlyProperNames) return undefined
  const textBy = (counts: Counts) => writtenText(set, stored, counts, allowsMaxUnavailable)
  if (textBy(view.counts) === undefined) return undefined
  // A Pod that could not be released, for it is gone, counts no more.
  const text = textBy(countsOf(view.claimed()))
  return text === undefined ? undefined : disagrees(text)
}

function writtenText(
  set: StatefulSet,
  stored: StatefulSet,
  counts: Counts,
  allowsMaxUnavailable: boolean,
): string | undefined {
  const status = countsIn(stored)
  return (
    differs('observedGeneration', status.observedGeneration, set.metadata.generation ?? 0) ??
    differs('replicas', status.replicas, counts.created) ??
    differs('readyReplicas', status.readyReplicas, counts.ready) ??
    differs('updatedReplicas', status.updatedReplicas, countOf(counts, status.updateRevision)) ??
    currentText(counts, status, allowsMaxUnavailable ? Infinity : 1) ??
    availableText(set, status)
  )
}

/** Nothing is about to happen any more, so the status has to tell what there is. */
export function restingStatusFault(view: SetView, nowMs: number): Fault | undefined {
  const { set } = view
  // While it is being deleted a set may be kept by what is not its own.
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return undefined
  if (!view.hasOnlyProperNames) return undefined
  const status = countsIn(set)
  const { minReadySeconds = 0 } = set.spec ?? {}
  const claimed = view.claimed()
  const available = claimed.filter(
    (pod) => isRunningAndReady(pod) && isAvailable(pod, { minReadySeconds, nowMs }),
  )
  const counts = countsOf(claimed)
  const text =
    differs('observedGeneration', status.observedGeneration, set.metadata.generation ?? 0) ??
    differs('replicas', status.replicas, counts.created) ??
    differs('readyReplicas', status.readyReplicas, counts.ready) ??
    restingAvailableText(status.availableReplicas, available.length, minReadySeconds) ??
    differs('updatedReplicas', status.updatedReplicas, countOf(counts, status.updateRevision)) ??
    differs('currentReplicas', status.currentReplicas, countOf(counts, status.currentRevision))
  return text === undefined ? undefined : disagrees(`${text}, and nothing is left to be done`)
}

type Status = {
  readonly observedGeneration: number
  readonly replicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
  readonly currentReplicas: number
  readonly updatedReplicas: number
  readonly currentRevision: string
  readonly updateRevision: string
}

function countsIn({ status }: StatefulSet): Status {
  return {
    observedGeneration: status?.observedGeneration ?? 0,
    replicas: status?.replicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    currentReplicas: status?.currentReplicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    currentRevision: status?.currentRevision ?? '',
    updateRevision: status?.updateRevision ?? '',
  }
}

function currentText(counts: Counts, status: Status, updatedMax: number): string | undefined {
  const counted = countOf(counts, status.currentRevision)
  const { currentReplicas } = status
  if (currentReplicas <= counted && currentReplicas >= counted - updatedMax) return undefined
  return `currentReplicas is ${currentReplicas}, and there are ${counted}`
}

function availableText(set: StatefulSet, status: Status): string | undefined {
  const { availableReplicas, readyReplicas } = status
  const { minReadySeconds = 0 } = set.spec ?? {}
  if (minReadySeconds === 0) return differs('availableReplicas', availableReplicas, readyReplicas)
  if (availableReplicas <= readyReplicas) return undefined
  return `${availableReplicas} Pods are available, and only ${readyReplicas} Ready`
}

// A pass that fails does not look again when a Pod has been Ready for long enough, and its next
// attempt may be far off.
function restingAvailableText(
  written: number,
  counted: number,
  minReadySeconds: number,
): string | undefined {
  if (minReadySeconds > 0 && written <= counted) return undefined
  return differs('availableReplicas', written, counted)
}

function countOf({ byRevision }: Counts, revision: string): number {
  return byRevision.get(revision) ?? 0
}

function differs(field: string, written: number, counted: number): string | undefined {
  return written === counted ? undefined : `${field} is ${written}, and there are ${counted}`
}

function disagrees(text: string): Fault {
  return { rule: 'status agrees with what exists', text }
}
