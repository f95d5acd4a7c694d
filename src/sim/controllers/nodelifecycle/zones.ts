import type { Node } from '#sim/apimachinery/kinds.ts'

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption'

const UNHEALTHY_SHARE = 0.55
const LARGE_CLUSTER = 50
const RATE_PER_SECOND = 0.1
const SECONDARY_RATE_PER_SECOND = 0.01

/** Region and zone of a node; all nodes without either share one zone. */
export function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {}
  const region = labels['topology.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? ''
  return region === '' && zone === '' ? '' : `${region}:\u0000:${zone}`
}

export function zoneState(ready: number, notReady: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption'
  if (notReady > 2 && notReady / (notReady + ready) >= UNHEALTHY_SHARE) return 'PartialDisruption'
  return 'Normal'
}

/** Nodes a second whose Pods may be evicted. */
export function evictionRate(state: ZoneState, nodeCount: number): number {
  if (state !== 'PartialDisruption') return RATE_PER_SECOND
  return nodeCount > LARGE_CLUSTER ? SECONDARY_RATE_PER_SECOND : 0
}
