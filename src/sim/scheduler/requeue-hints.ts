import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import type { CycleContext, PluginName } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { podFacts } from './pod-facts.ts'
import { termMatches } from './plugins/inter-pod-affinity.ts'
import { matchesNodeAffinity, hasUntoleratedTaint } from './plugins/node-basics.ts'
import { insufficientResources } from './plugins/node-resources.ts'
import { effectiveSelector } from './plugins/pod-topology-spread.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'

/** A change in the cluster that might make room for a Pod. */
export type ClusterEvent =
  | {
      readonly type: 'node'
      readonly info: NodeInfo
      readonly node: Node
      readonly isNew: boolean
      readonly taintsChanged: boolean
      readonly labelsChanged: boolean
      readonly allocatableChanged: boolean
    }
  | { readonly type: 'podPlaced' | 'podGone' | 'podRelabelled'; readonly pod: Pod }
  | { readonly type: 'claim'; readonly namespace: string; readonly name: string }
  | { readonly type: 'volume' | 'storageClass' }

/** What of a node's change could help a Pod, or undefined where nothing could. */
export function nodeEvent(
  info: NodeInfo,
  old: Node | undefined,
  node: Node,
): ClusterEvent | undefined {
  const taintsChanged =
    old?.spec?.unschedulable !== node.spec?.unschedulable ||
    !deepEqual(old?.spec?.taints, node.spec?.taints)
  const labelsChanged = !deepEqual(old?.metadata.labels, node.metadata.labels)
  const allocatableChanged = !deepEqual(old?.status?.allocatable, node.status?.allocatable)
  const isNew = old === undefined
  if (!isNew && !taintsChanged && !labelsChanged && !allocatableChanged) return undefined
  return { type: 'node', info, node, isNew, taintsChanged, labelsChanged, allocatableChanged }
}

/**
 * Whether a change is worth another try for a Pod that these plugins refused. One plugin that
 * sees hope is enough; a Pod that nobody refused is always worth one.
 *
 * Upstream: EventsToRegister and the queueing hints of each plugin.
 */
export function isWorthRetrying(
  pod: Pod,
  rejectedBy: ReadonlySet<PluginName>,
  event: ClusterEvent,
  context: Pick<CycleContext, 'namespaceLabels'>,
): boolean {
  if (rejectedBy.size === 0) return true
  for (const plugin of rejectedBy) if (helps(plugin, pod, event, context)) return true
  return false
}

function helps(
  plugin: PluginName,
  pod: Pod,
  event: ClusterEvent,
  context: Pick<CycleContext, 'namespaceLabels'>,
): boolean {
  switch (event.type) {
    case 'node':
      return nodeHelps(plugin, pod, event)
    case 'claim':
      return (
        (plugin === 'VolumeBinding' ||
          plugin === 'VolumeZone' ||
          plugin === 'VolumeRestrictions') &&
        pod.metadata.namespace === event.namespace &&
        usesClaim(pod, event.name)
      )
    case 'volume':
    case 'storageClass':
      return plugin === 'VolumeBinding' || plugin === 'VolumeZone'
    case 'podPlaced':
    case 'podGone':
    case 'podRelabelled':
      return podHelps(plugin, pod, event, context)
  }
}

function nodeHelps(plugin: PluginName, pod: Pod, event: ClusterEvent & { type: 'node' }): boolean {
  const { node, info, isNew, taintsChanged, labelsChanged, allocatableChanged } = event
  switch (plugin) {
    case 'NodeUnschedulable':
      return (isNew || taintsChanged) && node.spec?.unschedulable !== true
    case 'TaintToleration':
      return (isNew || taintsChanged) && !hasUntoleratedTaint(pod, node)
    case 'NodeAffinity':
      return (isNew || labelsChanged) && matchesNodeAffinity(pod, node)
    case 'NodeResourcesFit':
      return (
        (isNew || allocatableChanged) &&
        insufficientResources(podFacts(pod).requests, info) === undefined
      )
    case 'PodTopologySpread':
    case 'InterPodAffinity':
    case 'VolumeBinding':
    case 'VolumeZone':
      return isNew || labelsChanged
    case 'NodePorts':
    case 'NodeName':
      return isNew
    case 'VolumeRestrictions':
      return false
  }
}

function podHelps(
  plugin: PluginName,
  pod: Pod,
  event: ClusterEvent & { type: 'podPlaced' | 'podGone' | 'podRelabelled' },
  context: Pick<CycleContext, 'namespaceLabels'>,
): boolean {
  const isGone = event.type === 'podGone'
  switch (plugin) {
    case 'NodeResourcesFit':
    case 'NodePorts':
    case 'VolumeRestrictions':
      return isGone
    case 'PodTopologySpread':
      return isInSpread(pod, event.pod)
    case 'InterPodAffinity':
      return isGone ? isRepelled(pod, event.pod, context) : isAttracted(pod, event.pod, context)
    case 'NodeUnschedulable':
    case 'NodeName':
    case 'TaintToleration':
    case 'NodeAffinity':
    case 'VolumeBinding':
    case 'VolumeZone':
      return false
  }
}

function isInSpread(pod: Pod, other: Pod): boolean {
  if (pod.metadata.namespace !== other.metadata.namespace) return false
  return (pod.spec?.topologySpreadConstraints ?? []).some(
    (constraint) =>
      constraint.whenUnsatisfiable === 'DoNotSchedule' &&
      matchesLabelSelector(effectiveSelector(constraint, pod), other.metadata.labels),
  )
}

type Names = Pick<CycleContext, 'namespaceLabels'>

function isRepelled(pod: Pod, other: Pod, names: Names): boolean {
  const isMeant = (by: Pod, meant: Pod): boolean =>
    podFacts(by).requiredAntiAffinity.some((term) =>
      termMatches(names, term, by.metadata.namespace ?? '', meant),
    )
  return isMeant(pod, other) || isMeant(other, pod)
}

function isAttracted(pod: Pod, other: Pod, names: Names): boolean {
  const terms = podFacts(pod).requiredAffinity
  return (
    terms.length > 0 &&
    terms.every((term) => termMatches(names, term, pod.metadata.namespace ?? '', other))
  )
}

function usesClaim(pod: Pod, name: string): boolean {
  return (pod.spec?.volumes ?? []).some(
    (volume) =>
      volume.persistentVolumeClaim?.claimName === name ||
      (volume.ephemeral !== undefined && `${pod.metadata.name}-${volume.name}` === name),
  )
}

/** Whether a change of the waiting Pod itself is worth another try. */
export function isOwnChangeWorthRetrying(
  old: Pod,
  pod: Pod,
  rejectedBy: ReadonlySet<PluginName>,
): boolean {
  if (old.spec?.tolerations !== pod.spec?.tolerations && rejectedBy.has('TaintToleration')) {
    const before = old.spec?.tolerations
    const added = (pod.spec?.tolerations ?? []).length !== (before ?? []).length
    return added || pod.spec?.tolerations?.some((one) => before?.includes(one) !== true) === true
  }
  if (old.metadata.labels !== pod.metadata.labels)
    return rejectedBy.has('PodTopologySpread') || rejectedBy.has('InterPodAffinity')
  return old.spec?.containers !== pod.spec?.containers && rejectedBy.has('NodeResourcesFit')
}
