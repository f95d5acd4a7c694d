import type { Pod } from '#sim/apimachinery/kinds.ts'
import { isReady, readyCondition } from '../endpoint/service-pods.ts'

const PHASES = ['Pending', 'Unknown', 'Running']
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/**
 * Pods in the order in which a scale-down takes them: first those whose loss costs least.
 *
 * Upstream: pkg/controller/controller_utils.go, ActivePodsWithRanks.
 */
export function inDeletionOrder(
  pods: readonly Pod[],
  podsOnNode: ReadonlyMap<string, number>,
): readonly Pod[] {
  const rank = (pod: Pod): number => podsOnNode.get(pod.spec?.nodeName ?? '') ?? 0
  return pods.toSorted(
    (a, b) =>
      Number(isPlaced(a)) - Number(isPlaced(b)) ||
      phaseOf(a) - phaseOf(b) ||
      Number(isReady(a)) - Number(isReady(b)) ||
      costOf(a) - costOf(b) ||
      rank(b) - rank(a) ||
      compare(readySince(b), readySince(a)) ||
      restartsOf(b) - restartsOf(a) ||
      compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp),
  )
}

function isPlaced(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== ''
}

function phaseOf(pod: Pod): number {
  return PHASES.indexOf(pod.status?.phase ?? 'Pending')
}

function costOf(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.[DELETION_COST] ?? '0')
  return Number.isInteger(cost) ? cost : 0
}

function readySince(pod: Pod): string {
  return isReady(pod) ? (readyCondition(pod)?.lastTransitionTime ?? '') : ''
}

function restartsOf(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((one) => one.restartCount))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
