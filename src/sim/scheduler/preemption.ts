import type { Pod, PodDisruptionBudget } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { filtersFor, runFilters } from './filters.ts'
import type { CycleContext } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { podPriority } from './pod-facts.ts'
import type { PodClaims, VolumeLister } from './plugins/volume-claims.ts'

/** Whom to evict from which node, so that the Pod fits there. */
export type Preemption = {
  readonly info: NodeInfo
  readonly victims: readonly Pod[]
  readonly violations: number
}

/**
 * The node where making room hurts least, or undefined where nobody of lower priority stands in
 * the way.
 *
 * Upstream: pkg/scheduler/framework/preemption.
 */
export function findPreemption(
  context: CycleContext,
  candidates: readonly NodeInfo[],
  volumes: { readonly claims: PodClaims; readonly lister: VolumeLister },
  budgets: Iterable<PodDisruptionBudget>,
): Preemption | undefined {
  if (!context.cache.hasPodsBelow(podPriority(context.pod))) return undefined
  const listed = [...budgets]
  let best: Preemption | undefined
  for (const info of candidates) {
    const found = victimsOn(context, info, volumes, listed)
    if (found !== undefined && (best === undefined || hurtsLess(found, best))) best = found
  }
  return best
}

function victimsOn(
  context: CycleContext,
  info: NodeInfo,
  volumes: { readonly claims: PodClaims; readonly lister: VolumeLister },
  budgets: readonly PodDisruptionBudget[],
): Preemption | undefined {
  const priority = podPriority(context.pod)
  const lower = [...info.pods.values()].filter((pod) => podPriority(pod) < priority)
  if (lower.length === 0) return undefined
  const without = new Set(lower)
  const fits = (): boolean => {
    const filters = filtersFor({ ...context, without }, volumes.claims, volumes.lister)
    const uids = new Set([...without].map((pod) => pod.metadata.uid))
    return runFilters(filters, info.changed({ without: uids })) === undefined
  }
  if (!fits()) return undefined
  const violating = podsOverBudget(lower, budgets)
  // The dearest come first, for who comes first is spared first.
  const order = lower.toSorted(
    (a, b) =>
      Number(violating.has(b)) - Number(violating.has(a)) ||
      podPriority(b) - podPriority(a) ||
      startTime(a).localeCompare(startTime(b)),
  )
  const victims: Pod[] = []
  for (const pod of order) {
    without.delete(pod)
    if (fits()) continue
    without.add(pod)
    victims.push(pod)
  }
  return { info, victims, violations: victims.filter((pod) => violating.has(pod)).length }
}

/** Pods whose eviction a budget would not allow, counting those of the list before them. */
function podsOverBudget(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): ReadonlySet<Pod> {
  const left = new Map(budgets.map((one) => [one, one.status?.disruptionsAllowed ?? 0]))
  const over = new Set<Pod>()
  for (const pod of pods) {
    for (const budget of budgets) {
      if (budget.metadata.namespace !== pod.metadata.namespace) continue
      if (!matchesLabelSelector(budget.spec?.selector, pod.metadata.labels)) continue
      const allowed = (left.get(budget) ?? 0) - 1
      left.set(budget, allowed)
      if (allowed < 0) over.add(pod)
    }
  }
  return over
}

function hurtsLess(a: Preemption, b: Preemption): boolean {
  const measures = (one: Preemption): readonly number[] => {
    const priorities = one.victims.map(podPriority)
    return [
      one.violations,
      Math.max(...priorities),
      priorities.reduce((sum, each) => sum + each, 0),
      one.victims.length,
    ]
  }
  const left = measures(a)
  const right = measures(b)
  const at = left.findIndex((value, index) => value !== right[index])
  if (at >= 0) return (left[at] ?? 0) < (right[at] ?? 0)
  return earliestOfDearest(a) > earliestOfDearest(b)
}

function earliestOfDearest({ victims }: Preemption): string {
  const dearest = Math.max(...victims.map(podPriority))
  return (
    victims
      .filter((pod) => podPriority(pod) === dearest)
      .map(startTime)
      .toSorted()[0] ?? ''
  )
}

function startTime(pod: Pod): string {
  return pod.status?.startTime ?? pod.metadata.creationTimestamp
}
