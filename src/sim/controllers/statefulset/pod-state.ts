import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { LabelSelector } from 'kubernetes-types/meta/v1'
import { controllerOf } from '../controller-ref.ts'
import type { Verdict } from './decisions.ts'
import type { FitnessMemo } from './fitness.ts'
import { parsePodName } from './ordinals.ts'

export const REVISION_LABEL = 'controller-revision-hash'

/** What the controller reads off a Pod, worked out once for each state of it. */
export type PodState = {
  readonly pod: Pod
  readonly name: string
  readonly parent: string
  readonly ordinal: number
  readonly controllerUid: string | undefined
  /** Empty for a Pod that does not exist yet. */
  readonly phase: string
  readonly isReady: boolean
  /** Unix milliseconds of the last change of the Ready condition, where it has one. */
  readonly readySinceMs: number | undefined
  readonly isTerminating: boolean
  readonly revision: string
  readonly memo: PodMemo
}

/** What was found out about the Pod, and what it was held against. Valid for the same only. */
export type PodMemo = {
  selector?: LabelSelector
  isSelected?: boolean
  fitness?: FitnessMemo
  /** The verdict that there is nothing to do. It holds against nothing but the Pod itself. */
  healthy?: Verdict
}

/**
 * A memo of `readPod`. Stored objects are frozen, so one reading serves every pass until the Pod
 * changes; without it each pass over a large set would parse every name again.
 */
export function createPodReader(): (pod: Pod) => PodState {
  const known = new WeakMap<Pod, PodState>()
  return (pod) => {
    let state = known.get(pod)
    if (state === undefined) {
      state = readPod(pod)
      known.set(pod, state)
    }
    return state
  }
}

export function readPod(pod: Pod): PodState {
  const { name, labels, deletionTimestamp } = pod.metadata
  const { parent, ordinal } = parsePodName(name)
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready')
  const changedAt = condition?.lastTransitionTime
  return {
    pod,
    name,
    parent,
    ordinal,
    controllerUid: controllerOf(pod)?.uid,
    phase: pod.status?.phase ?? '',
    isReady: condition?.status === 'True',
    readySinceMs: changedAt === undefined || changedAt === null ? undefined : Date.parse(changedAt),
    isTerminating: deletionTimestamp !== undefined,
    revision: labels?.[REVISION_LABEL] ?? '',
    memo: {},
  }
}

/** Whether the Pod's name and labels make it one of the set's. */
export function belongsTo(set: StatefulSet, { pod, parent, memo }: PodState): boolean {
  if (parent !== set.metadata.name) return false
  const selector = set.spec?.selector
  if (selector === undefined) return false
  if (memo.selector !== selector) {
    memo.selector = selector
    memo.isSelected = matchesLabelSelector(selector, pod.metadata.labels)
  }
  return memo.isSelected === true
}

export type AvailabilityRule = { readonly minReadySeconds: number; readonly nowMs: number }

/** Ready for long enough. The phase does not count here. */
export function isAvailable(pod: PodState, { minReadySeconds, nowMs }: AvailabilityRule): boolean {
  if (!pod.isReady) return false
  if (minReadySeconds === 0) return true
  return pod.readySinceMs !== undefined && pod.readySinceMs + minReadySeconds * 1000 <= nowMs
}

export function isRunningAndReady(pod: PodState): boolean {
  return pod.phase === 'Running' && pod.isReady
}

export function isUnavailable(pod: PodState, rule: AvailabilityRule): boolean {
  return pod.isTerminating || !isAvailable(pod, rule)
}

export function hasEnded(pod: PodState): boolean {
  return pod.phase === 'Failed' || pod.phase === 'Succeeded'
}
