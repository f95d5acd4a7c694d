import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import {
  endOrdinal,
  isInRange,
  podName,
  replicasOf,
  startOrdinal,
} from '#sim/controllers/statefulset/ordinals.ts'
import {
  hasEnded,
  isAvailable,
  isRunningAndReady,
  type PodState,
} from '#sim/controllers/statefulset/pod-state.ts'
import { maxUnavailableOf, partitionOf } from '#sim/controllers/statefulset/update-strategy.ts'
import type { Rule } from './rules.ts'
import type { SetView } from './set-view.ts'

export type Fault = { readonly rule: Rule; readonly text: string }

/** What the controller did by the same knowledge before. */
export type Acts = {
  readonly created: ReadonlySet<number>
  readonly deleted: ReadonlySet<string>
  /** Healthy Pods in range, deleted for the update's sake. */
  readonly updated: number
}

export type OrderContext = {
  readonly nowMs: number
  readonly allowsMaxUnavailable: boolean
  readonly acts: Acts
  /** In truth it is on its way out, and to delete it once more would change nothing. */
  readonly isGoing: (pod: PodState) => boolean
}

/**
 * Why the controller must not create a Pod for this ordinal, by what it knows. Undefined where it
 * may. Written from the rules as they are documented, not from the controller.
 */
export function creationFault(
  view: SetView,
  ordinal: number,
  context: OrderContext,
): Fault | undefined {
  const { set } = view
  const creation = (text: string): Fault => ({ rule: 'order of creation', text })
  if (set === undefined) return creation('the set does not exist')
  if (set.metadata.deletionTimestamp !== undefined) return creation('the set is being deleted')
  if (!isInRange(set, ordinal)) return creation(`ordinal ${ordinal} is out of range`)
  const holder = holderOf(view, ordinal, context.acts)
  if (holder !== undefined) {
    const text = `${holder} holds ordinal ${ordinal} already`
    return { rule: 'one live Pod an ordinal', text }
  }
  if (isParallel(set)) return undefined
  const other = otherAct(context)
  if (other !== undefined) return creation(other)
  if (view.isHealthyBelow(ordinal)) return undefined
  const sick = sickBelow(view, ordinal, context)
  return sick === undefined ? undefined : creation(`${sick} comes first and is not available`)
}

/** Why the controller must not delete this Pod, by what it knows. */
export function deletionFault(
  view: SetView,
  pod: PodState,
  context: OrderContext,
): Fault | undefined {
  const { set } = view
  const text =
    set === undefined || set.metadata.deletionTimestamp !== undefined
      ? 'the set is being deleted, and its Pods are the garbage collector’s'
      : isInRange(set, pod.ordinal)
        ? hasEnded(pod)
          ? restartText(view, set, pod, context)
          : updateText(view, set, pod, context)
        : scaleDownText(view, set, pod, context)
  return text === undefined ? undefined : { rule: 'order of deletion', text }
}

/** A Pod that has failed is replaced in its turn. */
function restartText(
  view: SetView,
  set: StatefulSet,
  { ordinal }: PodState,
  context: OrderContext,
): string | undefined {
  if (isParallel(set)) return undefined
  const other = otherAct(context)
  if (other !== undefined) return other
  if (view.isHealthyBelow(ordinal)) return undefined
  const sick = sickBelow(view, ordinal, context)
  return sick === undefined ? undefined : `${sick} comes first and is not available`
}

function scaleDownText(
  view: SetView,
  set: StatefulSet,
  pod: PodState,
  context: OrderContext,
): string | undefined {
  if (isParallel(set)) return undefined
  const other = otherAct(context)
  if (other !== undefined) return other
  const replica = sickReplica(view, set, context)
  if (replica !== undefined) return `${replica} is to stay and is not available`
  const condemned = condemnedOf(view, set)
  const higher = condemned.find((one) => one.ordinal > pod.ordinal)
  if (higher !== undefined) return `${higher.name} goes first`
  if (isHealthy(pod, set, context)) return undefined
  const lower = condemned.find((one) => one.ordinal < pod.ordinal && !isHealthy(one, set, context))
  return lower === undefined ? undefined : `it is not available, and neither is ${lower.name}`
}

/** A Pod in range that has not failed may only be deleted to be updated. */
function updateText(
  view: SetView,
  set: StatefulSet,
  pod: PodState,
  context: OrderContext,
): string | undefined {
  if (set.spec?.updateStrategy?.type === 'OnDelete') return 'the update strategy is OnDelete'
  const partition = startOrdinal(set) + partitionOf(set)
  if (pod.ordinal < partition) return `it lies below the partition, which begins at ${partition}`
  if (!isParallel(set) && !view.isWhole) {
    const replica = sickReplica(view, set, context)
    if (replica !== undefined) return `${replica} is not available`
    const [first] = condemnedOf(view, set)
    if (first !== undefined) return `${first.name} has to go first`
  }
  return context.allowsMaxUnavailable
    ? budgetText(view, set, pod, context)
    : oneByOneText(view, set, pod, context)
}

function oneByOneText(
  view: SetView,
  set: StatefulSet,
  pod: PodState,
  context: OrderContext,
): string | undefined {
  if (context.acts.updated > 0) return 'another Pod is being updated'
  const end = endOrdinal(set)
  const newest = view.get(podName(set, end))?.revision
  for (let ordinal = pod.ordinal + 1; ordinal <= end; ordinal++) {
    const name = podName(set, ordinal)
    const higher = view.get(name)
    if (higher === undefined || !isHealthy(higher, set, context)) {
      return `${name} was updated before and is not available`
    }
    if (higher.revision !== newest || higher.revision === pod.revision) {
      return `${name} goes first`
    }
  }
  return undefined
}

function budgetText(
  view: SetView,
  set: StatefulSet,
  pod: PodState,
  context: OrderContext,
): string | undefined {
  let unavailable = 0
  for (let ordinal = startOrdinal(set); ordinal <= endOrdinal(set); ordinal++) {
    const name = podName(set, ordinal)
    const replica = view.get(name)
    if (replica === undefined || !isAvailableAndStays(replica, set, context)) unavailable++
    if (replica === undefined || ordinal <= pod.ordinal) continue
    if (replica.revision === pod.revision && !context.isGoing(replica)) return `${name} goes first`
  }
  const budget = maxUnavailableOf(set)
  if (unavailable + context.acts.updated < budget) return undefined
  return `no more than ${budget} may be unavailable, and ${unavailable + context.acts.updated} are`
}

/** Under OrderedReady a pass creates or deletes one Pod; an update may delete several. */
function otherAct({ acts }: OrderContext): string | undefined {
  if (acts.created.size + acts.deleted.size === 0) return undefined
  return 'the same pass has created or deleted another Pod'
}

function holderOf(view: SetView, ordinal: number, acts: Acts): string | undefined {
  if (acts.created.has(ordinal)) return 'the Pod created before'
  const { set } = view
  if (set === undefined) return undefined
  // Mostly the name is free, and then only a Pod of an odd name could be in the way.
  if (view.get(podName(set, ordinal)) === undefined && view.hasOnlyProperNames) return undefined
  return view.claimed().find((pod) => pod.ordinal === ordinal && pod.phase !== '')?.name
}

function condemnedOf(view: SetView, set: StatefulSet): readonly PodState[] {
  return view.claimed().filter(({ ordinal }) => ordinal >= 0 && !isInRange(set, ordinal))
}

function sickReplica(view: SetView, set: StatefulSet, context: OrderContext): string | undefined {
  const end = startOrdinal(set) + replicasOf(set)
  if (view.isHealthyBelow(end)) return undefined
  return sickBelow(view, end, context)
}

function sickBelow(view: SetView, end: number, context: OrderContext): string | undefined {
  const { set } = view
  if (set === undefined) return undefined
  const bySlot = new Map(view.claimed().map((pod) => [pod.ordinal, pod]))
  for (let ordinal = startOrdinal(set); ordinal < end; ordinal++) {
    const pod = bySlot.get(ordinal)
    if (pod === undefined || !isHealthy(pod, set, context)) {
      return pod?.name ?? podName(set, ordinal)
    }
  }
  return undefined
}

function isHealthy(pod: PodState, set: StatefulSet, context: OrderContext): boolean {
  return isRunningAndReady(pod) && isAvailableAndStays(pod, set, context)
}

function isAvailableAndStays(pod: PodState, set: StatefulSet, { nowMs }: OrderContext): boolean {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0
  return !pod.isTerminating && isAvailable(pod, { minReadySeconds, nowMs })
}

function isParallel(set: StatefulSet): boolean {
  return set.spec?.podManagementPolicy === 'Parallel'
}
