import type { LabelSelector } from 'kubernetes-types/meta/v1'
import type { PodAffinityTerm } from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { matchesNodeSelectorTerm } from '#sim/apimachinery/node-selector.ts'
import { isTolerated } from '#sim/apimachinery/taints.ts'
import type { CycleContext } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { byTopology, countsOf } from './plugins/inter-pod-affinity.ts'
import { effectiveSelector, spreadCounts } from './plugins/pod-topology-spread.ts'

/** A constraint that only scores: part of the Pod, or the cluster's default. */
export type SoftConstraint = {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly selector: LabelSelector | undefined
}

const HOSTNAME = 'kubernetes.io/hostname'
const ZONE = 'topology.kubernetes.io/zone'

/**
 * The sum of the plugins' scores for each feasible node.
 *
 * Upstream: pkg/scheduler/framework/plugins. Simplified: no ImageLocality, whose differences are
 * below what the images of a laboratory weigh.
 */
export function scoreNodes(
  context: CycleContext,
  nodes: readonly NodeInfo[],
  defaultSelector: LabelSelector | undefined,
): readonly number[] {
  const total = nodes.map((info) => leastAllocated(context, info) + balanced(context, info))
  const add = (weight: number, scores: readonly number[] | undefined): void => {
    scores?.forEach((score, at) => {
      total[at] = (total[at] ?? 0) + weight * score
    })
  }
  add(3, taintScores(context.pod, nodes))
  add(2, nodeAffinityScores(context.pod, nodes))
  add(2, spreadScores(context, nodes, defaultSelector))
  add(2, podAffinityScores(context, nodes))
  return total
}

function leastAllocated({ facts }: CycleContext, info: NodeInfo): number {
  const share = (requested: number, allocatable: number): number =>
    allocatable === 0 || requested > allocatable
      ? 0
      : Math.floor(((allocatable - requested) * 100) / allocatable)
  const cpu = share(info.scoredCpu + facts.scoredCpu, info.allocatable.get('cpu') ?? 0)
  const memory = share(info.scoredMemory + facts.scoredMemory, info.allocatable.get('memory') ?? 0)
  return Math.floor((cpu + memory) / 2)
}

function balanced({ facts }: CycleContext, info: NodeInfo): number {
  // A Pod that asks for nothing changes no balance.
  if (!facts.requests.has('cpu') && !facts.requests.has('memory')) return 0
  const fraction = (resource: string): number => {
    const allocatable = info.allocatable.get(resource) ?? 0
    const requested = (info.requested.get(resource) ?? 0) + (facts.requests.get(resource) ?? 0)
    return allocatable === 0 ? 0 : Math.min(1, requested / allocatable)
  }
  return Math.floor((1 - Math.abs(fraction('cpu') - fraction('memory')) / 2) * 100)
}

function taintScores(pod: Pod, nodes: readonly NodeInfo[]): readonly number[] {
  const tolerations = pod.spec?.tolerations?.filter(
    ({ effect }) => effect === undefined || effect === '' || effect === 'PreferNoSchedule',
  )
  const counts = nodes.map(
    ({ node }) =>
      (node?.spec?.taints ?? []).filter(
        (taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations),
      ).length,
  )
  const most = Math.max(0, ...counts)
  return counts.map((count) => (most === 0 ? 100 : 100 - Math.floor((100 * count) / most)))
}

function nodeAffinityScores(pod: Pod, nodes: readonly NodeInfo[]): readonly number[] | undefined {
  const preferred =
    pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
  if (preferred.length === 0) return undefined
  const sums = nodes.map(({ node }) =>
    preferred.reduce(
      (sum, { preference, weight }) =>
        node !== undefined && matchesNodeSelectorTerm(preference, node) ? sum + weight : sum,
      0,
    ),
  )
  const most = Math.max(0, ...sums)
  return sums.map((sum) => (most === 0 ? sum : Math.floor((100 * sum) / most)))
}

function spreadScores(
  context: CycleContext,
  nodes: readonly NodeInfo[],
  defaultSelector: LabelSelector | undefined,
): readonly number[] | undefined {
  const own = context.pod.spec?.topologySpreadConstraints ?? []
  const isDefaulted = own.length === 0
  const constraints: readonly SoftConstraint[] = isDefaulted
    ? defaultConstraints(defaultSelector)
    : own
        .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway')
        .map((constraint) => ({
          topologyKey: constraint.topologyKey,
          maxSkew: constraint.maxSkew,
          selector: effectiveSelector(constraint, context.pod),
        }))
  if (constraints.length === 0) return undefined
  // A node without a topology of the Pod's own constraints is no place to prefer.
  const isIgnored = nodes.map(
    ({ node }) =>
      !isDefaulted &&
      constraints.some(({ topologyKey }) => node?.metadata.labels?.[topologyKey] === undefined),
  )
  const raw = nodes.map(() => 0)
  for (const constraint of constraints) addSpread(context, nodes, isIgnored, constraint, raw)
  const counted = raw.map(Math.round).filter((_score, at) => isIgnored[at] !== true)
  const most = Math.max(0, ...counted)
  const least = counted.length === 0 ? 0 : Math.min(...counted)
  return raw.map((score, at) => {
    if (isIgnored[at] === true) return 0
    return most === 0 ? 100 : Math.floor((100 * (most + least - Math.round(score))) / most)
  })
}

function defaultConstraints(selector: LabelSelector | undefined): readonly SoftConstraint[] {
  if (selector === undefined) return []
  return [
    { topologyKey: HOSTNAME, maxSkew: 3, selector },
    { topologyKey: ZONE, maxSkew: 5, selector },
  ]
}

function addSpread(
  context: CycleContext,
  nodes: readonly NodeInfo[],
  isIgnored: readonly boolean[],
  { topologyKey, maxSkew, selector }: SoftConstraint,
  raw: number[],
): void {
  const perNode = spreadCounts(context, selector)
  const valueOf = ({ node }: NodeInfo): string | undefined => node?.metadata.labels?.[topologyKey]
  const domains = new Set<string>()
  nodes.forEach((info, at) => {
    const value = valueOf(info)
    if (isIgnored[at] !== true && value !== undefined) domains.add(value)
  })
  const weight = Math.log(domains.size + 2)
  const counts = topologyKey === HOSTNAME ? undefined : byTopology(context, topologyKey, perNode)
  nodes.forEach((info, at) => {
    const value = valueOf(info)
    if (isIgnored[at] === true || value === undefined) return
    const count = counts === undefined ? perNode.get(info.name) : counts.get(value)
    raw[at] = (raw[at] ?? 0) + (count ?? 0) * weight + (maxSkew - 1)
  })
}

/** Simplified: preferred terms of Pods already placed do not attract; their required ones neither. */
function podAffinityScores(
  context: CycleContext,
  nodes: readonly NodeInfo[],
): readonly number[] | undefined {
  const { podAffinity, podAntiAffinity } = context.pod.spec?.affinity ?? {}
  const terms: { term: PodAffinityTerm; weight: number }[] = []
  for (const one of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    terms.push({ term: one.podAffinityTerm, weight: one.weight })
  for (const one of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    terms.push({ term: one.podAffinityTerm, weight: -one.weight })
  if (terms.length === 0) return undefined
  const sums = nodes.map(() => 0)
  for (const { term, weight } of terms) {
    const counts = byTopology(context, term.topologyKey, countsOf(context, [term]))
    nodes.forEach(({ node }, at) => {
      const value = node?.metadata.labels?.[term.topologyKey]
      sums[at] = (sums[at] ?? 0) + (value === undefined ? 0 : (counts.get(value) ?? 0) * weight)
    })
  }
  const most = Math.max(...sums)
  const least = Math.min(...sums)
  return sums.map((sum) =>
    most === least ? 0 : Math.floor((100 * (sum - least)) / (most - least)),
  )
}
