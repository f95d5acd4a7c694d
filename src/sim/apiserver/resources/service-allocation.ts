import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid } from '#sim/apimachinery/field-errors.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { invalid as invalidStatus } from '#sim/apimachinery/statuses.ts'
import type { Draft, RequestContext } from '../resource.ts'
import { memberOf } from './define.ts'
import { listOf } from './pod-spec/defaults.ts'
import { hasClusterIP, publishesNodePorts } from './service-validation.ts'

const SERVICE_KIND = { group: '', kind: 'Service' }

/**
 * Hands out the address and the node ports. What validation would refuse anyway is left alone, so
 * that its words come first.
 */
export function allocateForService(
  draft: Draft,
  context: RequestContext,
  errorsOf: () => readonly FieldError[],
): void {
  const { spec } = draft
  const refuse = (error: FieldError): never => {
    throw invalidStatus(SERVICE_KIND, draft.metadata.name ?? '', [error])
  }
  const fault = hasClusterIP(spec) ? familyFault(spec) : undefined
  if (fault !== undefined && errorsOf().length === 0) refuse(fault)
  const needsAddress = hasClusterIP(spec) && spec.clusterIP !== 'None'
  const needsPorts = publishesNodePorts(spec) && spec.allocateLoadBalancerNodePorts !== false
  if (!needsAddress && !needsPorts) return
  if (errorsOf().length > 0) return
  if (needsAddress && !spec.clusterIP) {
    const address = context.allocate('clusterIP')
    if (address === undefined) {
      refuse(invalid('spec.clusterIPs', [], 'failed to allocate a serviceIP: range is full'))
    }
    spec.clusterIP = address
    spec.clusterIPs = [address]
  } else if (needsAddress && context.allocate('clusterIP', spec.clusterIP) === undefined) {
    const why = addressFault(spec.clusterIP, context.isDryRun)
    refuse(invalid('spec.clusterIPs', spec.clusterIPs, why))
  }
  if (needsPorts) allocateNodePorts(listOf(spec, 'ports'), context, refuse)
}

/** Whether the addresses of a Service are somebody else's business altogether. */
export function isHeadlessWithoutSelector(spec: Draft): boolean {
  return spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
}

/** This cluster has addresses of one family. */
function familyFault(spec: Draft): FieldError | undefined {
  if (isHeadlessWithoutSelector(spec)) return undefined
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services'
    return invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why)
  }
  const families: readonly string[] = spec.ipFamilies ?? []
  const at = families.indexOf('IPv6')
  if (at < 0) return undefined
  return invalid(`spec.ipFamilies[${at}]`, 'IPv6', 'not configured on this cluster')
}

/** 10.96.0.0/16 */
function addressFault(address: string, isDryRun: boolean): string {
  if (address.startsWith('10.96.'))
    return `failed to allocate IP ${address}: provided IP is already allocated`
  // A dry run only asks the allocator of the range, which has words of its own.
  const why = isDryRun
    ? `the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`
    : 'the provided network does not match the current range'
  return `failed to allocate IP ${address}: ${why}`
}

const NODE_PORT_MIN = 30_000
const NODE_PORT_MAX = 32_767

function allocateNodePorts(
  ports: readonly Draft[],
  context: RequestContext,
  refuse: (error: FieldError) => never,
): void {
  for (const [index, port] of ports.entries()) {
    if (port.nodePort) {
      if (context.allocate('nodePort', String(port.nodePort)) !== undefined) continue
      const isInRange = port.nodePort >= NODE_PORT_MIN && port.nodePort <= NODE_PORT_MAX
      const why = isInRange
        ? 'provided port is already allocated'
        : `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`
      refuse(invalid(`spec.ports[${index}].nodePort`, port.nodePort, why))
    }
    const free = context.allocate('nodePort')
    if (free === undefined) {
      refuse(invalid(`spec.ports[${index}].nodePort`, 0, 'range is full'))
    }
    port.nodePort = Number(free)
  }
}

/** Of the addresses and ports wanted now, those that the stored Service has already are its own. */
export function contextOfUpdate(context: RequestContext, old: KubeObject): RequestContext {
  const oldSpec = memberOf(old, 'spec') ?? {}
  const own = new Set([
    ...(oldSpec.clusterIPs ?? []),
    ...listOf(oldSpec, 'ports').map((port) => String(port.nodePort)),
  ])
  return {
    ...context,
    allocate: (pool, wanted) =>
      wanted !== undefined && own.has(wanted) ? wanted : context.allocate(pool, wanted),
  }
}
