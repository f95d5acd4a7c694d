import type { CycleContext, Filter, Rejection } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { Amounts } from '../pod-facts.ts'

export function nodePorts({ facts }: CycleContext): Filter {
  return (info) =>
    facts.hostPorts.some((port) => info.hasConflict(port))
      ? {
          plugin: 'NodePorts',
          reasons: ["node(s) didn't have free ports for the requested pod ports"],
          isPreemptable: true,
        }
      : undefined
}

export function nodeResourcesFit({ facts }: CycleContext): Filter {
  return (info) => insufficientResources(facts.requests, info)
}

// The order in which a node's shortages are told.
const NATIVE = ['cpu', 'memory', 'ephemeral-storage']

export function insufficientResources(requests: Amounts, info: NodeInfo): Rejection | undefined {
  const reasons: string[] = []
  let isPreemptable = true
  const allowedPods = info.allocatable.get('pods') ?? 0
  if (info.pods.size + 1 > allowedPods) reasons.push('Too many pods')
  const check = (resource: string, wanted: number): void => {
    const allocatable = info.allocatable.get(resource) ?? 0
    if (wanted === 0 || wanted <= allocatable - (info.requested.get(resource) ?? 0)) return
    reasons.push(`Insufficient ${resource}`)
    // More than the whole node: no eviction can make room.
    if (wanted > allocatable) isPreemptable = false
  }
  for (const resource of NATIVE) check(resource, requests.get(resource) ?? 0)
  for (const [resource, wanted] of requests) if (!NATIVE.includes(resource)) check(resource, wanted)
  return reasons.length === 0 ? undefined : { plugin: 'NodeResourcesFit', reasons, isPreemptable }
}
