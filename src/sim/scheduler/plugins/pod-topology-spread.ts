import type { LabelSelector } from 'kubernetes-types/meta/v1'
import type { TopologySpreadConstraint } from 'kubernetes-types/core/v1'
import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { CycleContext, Filter, Rejection } from '../framework.ts'
import type { NodeCounts } from '../pod-groups.ts'
import { hasUntoleratedTaint, matchesNodeAffinity } from './node-basics.ts'

const REASON = "node(s) didn't match pod topology spread constraints"

type Domains = {
  readonly constraint: TopologySpreadConstraint
  readonly selfMatch: 0 | 1
  readonly counts: ReadonlyMap<string, number>
  readonly minimum: number
}

/** Refuses nodes where one more Pod would make the spread of a strict constraint too uneven. */
export function podTopologySpread(context: CycleContext): Filter {
  const { pod } = context
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === 'DoNotSchedule',
  )
  if (constraints.length === 0) return () => undefined
  const domains = constraints.map((constraint) => countDomains(context, constraint, constraints))
  return ({ node }) => {
    if (node === undefined) return undefined
    for (const { constraint, selfMatch, counts, minimum } of domains) {
      const value = node.metadata.labels?.[constraint.topologyKey]
      if (value === undefined) return rejected(`${REASON} (missing required label)`, false)
      const skew = (counts.get(value) ?? 0) + selfMatch - minimum
      if (skew > constraint.maxSkew) return rejected(REASON, true)
    }
    return undefined
  }
}

function rejected(reason: string, isPreemptable: boolean): Rejection {
  return { plugin: 'PodTopologySpread', reasons: [reason], isPreemptable }
}

function countDomains(
  context: CycleContext,
  constraint: TopologySpreadConstraint,
  constraints: readonly TopologySpreadConstraint[],
): Domains {
  const { pod, cache } = context
  const selector = effectiveSelector(constraint, pod)
  const perNode = spreadCounts(context, selector)
  const counts = new Map<string, number>()
  for (const { name, node } of cache.nodes) {
    if (node === undefined || !isCounted(pod, node, constraint, constraints)) continue
    const value = node.metadata.labels?.[constraint.topologyKey] ?? ''
    counts.set(value, (counts.get(value) ?? 0) + (perNode.get(name) ?? 0))
  }
  const minDomains = constraint.minDomains ?? 1
  const minimum = counts.size < minDomains ? 0 : Math.min(Infinity, ...counts.values())
  const selfMatch = matchesLabelSelector(selector, pod.metadata.labels) ? 1 : 0
  return { constraint, selfMatch, counts, minimum: minimum === Infinity ? 0 : minimum }
}

function isCounted(
  pod: Pod,
  node: Node,
  constraint: TopologySpreadConstraint,
  constraints: readonly TopologySpreadConstraint[],
): boolean {
  if (constraints.some(({ topologyKey }) => node.metadata.labels?.[topologyKey] === undefined))
    return false
  if ((constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor' && !matchesNodeAffinity(pod, node))
    return false
  return constraint.nodeTaintsPolicy !== 'Honor' || !hasUntoleratedTaint(pod, node)
}

/** The constraint's selector, narrowed to Pods that agree with this one in the named labels. */
export function effectiveSelector(
  constraint: TopologySpreadConstraint,
  pod: Pod,
): LabelSelector | undefined {
  const { labelSelector, matchLabelKeys = [] } = constraint
  if (labelSelector === undefined || matchLabelKeys.length === 0) return labelSelector
  const matchLabels = { ...labelSelector.matchLabels }
  for (const key of matchLabelKeys) {
    const value = pod.metadata.labels?.[key]
    if (value !== undefined) matchLabels[key] = value
  }
  return { ...labelSelector, matchLabels }
}

/** Pods of the namespace that a selector selects and that are not on their way out, by node. */
export function spreadCounts(
  context: CycleContext,
  selector: LabelSelector | undefined,
): NodeCounts {
  const namespace = context.pod.metadata.namespace
  const matches = (pod: Pod): boolean =>
    pod.metadata.namespace === namespace &&
    pod.metadata.deletionTimestamp === undefined &&
    matchesLabelSelector(selector, pod.metadata.labels)
  const counts = context.cache.groups.counts(
    `spread|${namespace}|${JSON.stringify(selector)}`,
    matches,
  )
  return withoutPods(counts, matches, context.without)
}

/** Counts as they would be without some Pods. */
export function withoutPods(
  counts: NodeCounts,
  matches: (pod: Pod) => boolean,
  without: ReadonlySet<Pod> | undefined,
): NodeCounts {
  if (without === undefined || without.size === 0) return counts
  const reduced = new Map(counts)
  for (const pod of without) {
    const nodeName = pod.spec?.nodeName ?? ''
    const count = reduced.get(nodeName)
    if (count === undefined || !matches(pod)) continue
    if (count > 1) reduced.set(nodeName, count - 1)
    else reduced.delete(nodeName)
  }
  return reduced
}
