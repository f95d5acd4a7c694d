import type { Namespace, Pod } from '#sim/apimachinery/kinds.ts'
import type { ClusterCache } from './cluster-cache.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodFacts } from './pod-facts.ts'

export type PluginName =
  | 'NodeUnschedulable'
  | 'NodeName'
  | 'TaintToleration'
  | 'NodeAffinity'
  | 'NodePorts'
  | 'NodeResourcesFit'
  | 'VolumeRestrictions'
  | 'VolumeBinding'
  | 'VolumeZone'
  | 'PodTopologySpread'
  | 'InterPodAffinity'

/** Why one node will not do. */
export type Rejection = {
  readonly plugin: PluginName
  readonly reasons: readonly string[]
  /** Whether evicting other Pods could change the answer. */
  readonly isPreemptable: boolean
}

/** Why no node will do, found before any node was looked at. */
export type PodRejection = {
  readonly plugin: PluginName
  readonly message: string
}

/** What a scheduling cycle knows besides the node it looks at. */
export type CycleContext = {
  readonly pod: Pod
  readonly facts: PodFacts
  readonly cache: ClusterCache
  readonly namespaceLabels: (name: string) => Namespace['metadata']['labels']
  /** Pods that are taken for gone while preemption looks for victims. */
  readonly without?: ReadonlySet<Pod>
}

export type Filter = (info: NodeInfo) => Rejection | undefined
