import type { CycleContext, Filter, Rejection } from './framework.ts'
import type { NodeInfo } from './node-info.ts'
import { interPodAffinity } from './plugins/inter-pod-affinity.ts'
import {
  nodeAffinity,
  nodeName,
  nodeUnschedulable,
  taintToleration,
} from './plugins/node-basics.ts'
import { nodePorts, nodeResourcesFit } from './plugins/node-resources.ts'
import { podTopologySpread } from './plugins/pod-topology-spread.ts'
import {
  type PodClaims,
  volumeBinding,
  type VolumeLister,
  volumeZone,
} from './plugins/volume-claims.ts'

/** The filters for one Pod, in the order in which they have their say. */
export function filtersFor(
  context: CycleContext,
  claims: PodClaims,
  lister: VolumeLister,
): readonly Filter[] {
  return [
    nodeUnschedulable(context),
    nodeName(context),
    taintToleration(context),
    nodeAffinity(context),
    nodePorts(context),
    nodeResourcesFit(context),
    volumeBinding(claims, lister),
    volumeZone(claims, lister),
    podTopologySpread(context),
    interPodAffinity(context),
  ]
}

/** The first filter that says no decides. */
export function runFilters(filters: readonly Filter[], info: NodeInfo): Rejection | undefined {
  for (const filter of filters) {
    const rejection = filter(info)
    if (rejection !== undefined) return rejection
  }
  return undefined
}

const NODES_MIN = 100

/** How many feasible nodes are enough in a cluster of this size. */
export function feasibleNodesWanted(nodeCount: number): number {
  if (nodeCount < NODES_MIN) return nodeCount
  const percentage = Math.max(5, 50 - Math.floor(nodeCount / 125))
  return Math.max(NODES_MIN, Math.floor((nodeCount * percentage) / 100))
}
