import type { PodAffinityTerm } from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { CycleContext, Filter, Rejection } from '../framework.ts'
import type { NodeCounts } from '../pod-groups.ts'
import { withoutPods } from './pod-topology-spread.ts'

/** Values of one topology key, and how many of the Pods in question are in each. */
type Topology = { readonly key: string; readonly counts: ReadonlyMap<string, number> }

/** Keeps to the required affinity and anti-affinity of this Pod, and of those already placed. */
export function interPodAffinity(context: CycleContext): Filter {
  const { pod, facts } = context
  const existing = existingAntiAffinity(context)
  const anti = facts.requiredAntiAffinity.map((term) => ({
    key: term.topologyKey,
    counts: byTopology(context, term.topologyKey, countsOf(context, [term])),
  }))
  const affinity = facts.requiredAffinity
  const perNode = affinity.length === 0 ? undefined : countsOf(context, affinity)
  const wanted = affinity.map((term) => ({
    key: term.topologyKey,
    counts: byTopology(context, term.topologyKey, perNode ?? new Map()),
  }))
  // The first of a group that wants to be together has nobody to join yet.
  const isFirst =
    affinity.length > 0 &&
    wanted.every(({ counts }) => counts.size === 0) &&
    affinity.every((term) => termMatches(context, term, pod.metadata.namespace ?? '', pod))
  if (existing.length === 0 && anti.length === 0 && wanted.length === 0) return () => undefined

  return ({ node }) => {
    const labels = node?.metadata.labels
    const hasAllKeys = wanted.every(({ key }) => labels?.[key] !== undefined)
    if (!hasAllKeys || (!isFirst && !wanted.every((topology) => isIn(topology, labels))))
      return rejected("node(s) didn't match pod affinity rules", false)
    if (anti.some((topology) => isIn(topology, labels)))
      return rejected("node(s) didn't match pod anti-affinity rules", true)
    if (existing.some((topology) => isIn(topology, labels)))
      return rejected("node(s) didn't satisfy existing pods anti-affinity rules", true)
    return undefined
  }
}

function rejected(reason: string, isPreemptable: boolean): Rejection {
  return { plugin: 'InterPodAffinity', reasons: [reason], isPreemptable }
}

function isIn(topology: Topology, labels: Readonly<Record<string, string>> | undefined): boolean {
  const value = labels?.[topology.key]
  return value !== undefined && (topology.counts.get(value) ?? 0) > 0
}

function existingAntiAffinity(context: CycleContext): readonly Topology[] {
  const { pod, cache, without } = context
  const topologies: Topology[] = []
  for (const { term, namespace, counts } of cache.antiAffinityGroups) {
    if (!termMatches(context, term, namespace, pod)) continue
    const owns = (other: Pod): boolean =>
      other.metadata.namespace === namespace &&
      (other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
        ?.map((one) => JSON.stringify(one))
        .includes(JSON.stringify(term)) ??
        false)
    const left = withoutPods(counts, owns, without)
    topologies.push({ key: term.topologyKey, counts: byTopology(context, term.topologyKey, left) })
  }
  return topologies
}

/** Pods that match all the terms, by node. */
export function countsOf(context: CycleContext, terms: readonly PodAffinityTerm[]): NodeCounts {
  const namespace = context.pod.metadata.namespace ?? ''
  const matches = (other: Pod): boolean =>
    terms.every((term) => termMatches(context, term, namespace, other))
  const counts = context.cache.groups.counts(
    `affinity|${namespace}|${JSON.stringify(terms.map(({ topologyKey: _key, ...rest }) => rest))}`,
    matches,
  )
  return withoutPods(counts, matches, context.without)
}

export function byTopology(
  { cache }: CycleContext,
  key: string,
  perNode: NodeCounts,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [name, count] of perNode) {
    const value = cache.node(name)?.node?.metadata.labels?.[key]
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + count)
  }
  return counts
}

/** Whether a term of a Pod in `namespace` means the other Pod. */
export function termMatches(
  { namespaceLabels }: Pick<CycleContext, 'namespaceLabels'>,
  term: PodAffinityTerm,
  namespace: string,
  other: Pod,
): boolean {
  const otherNamespace = other.metadata.namespace ?? ''
  const { namespaces = [], namespaceSelector, labelSelector } = term
  const isInScope =
    namespaces.includes(otherNamespace) ||
    (namespaceSelector !== undefined &&
      matchesLabelSelector(namespaceSelector, namespaceLabels(otherNamespace))) ||
    (namespaces.length === 0 && namespaceSelector === undefined && namespace === otherNamespace)
  return isInScope && matchesLabelSelector(labelSelector, other.metadata.labels)
}
