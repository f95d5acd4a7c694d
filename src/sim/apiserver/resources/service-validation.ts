import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  duplicate,
  forbidden,
  invalid,
  required,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults, dnsSubdomainFaults, qualifiedNameFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft } from '../resource.ts'
import { memberOf } from './define.ts'
import { CIDR_TEXT, isCidr, isIP, isIPv4, validateIP, validateReachableIP } from './ip-addresses.ts'
import { isPort, PORT_TEXT, PROTOCOLS, validatePortNumOrName } from './ports.ts'
import { validateLabels } from './object-meta.ts'
import { listOf } from './pod-spec/defaults.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

/** Types that have an address in the cluster. */
export function hasClusterIP(spec: Draft): boolean {
  return spec.type === 'ClusterIP' || publishesNodePorts(spec)
}

export function publishesNodePorts(spec: Draft): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer'
}

/** Upstream: pkg/apis/core/validation/validation.go (ValidateService), in its order. */
export function validateService({ spec }: Draft, errors: FieldError[]): void {
  const isHeadless = spec.clusterIP === 'None'
  const ports = listOf(spec, 'ports')
  if (ports.length === 0 && !isHeadless && spec.type !== 'ExternalName') {
    errors.push(required('spec.ports'))
  }
  validateByType(spec, isHeadless, errors)
  validatePorts(ports, errors)
  if (spec.selector !== undefined) validateLabels(spec.selector, 'spec.selector', errors)
  validateAffinity(spec, errors)
  for (const [index, address] of (spec.externalIPs ?? []).entries()) {
    validateReachableIP(address, `spec.externalIPs[${index}]`, errors)
  }
  if (!TYPES.includes(spec.type)) errors.push(unsupported('spec.type', spec.type, TYPES))
  if (spec.type === 'ClusterIP') forbidNodePorts(ports, errors)
  else validateNodePortPairs(ports, errors)
  validatePortPairs(ports, errors)
  validateBalancer(spec, errors)
  validateTrafficPolicies(spec, errors)
  validateClusterIPs(spec, errors)
}

const AFFINITY_SECONDS_MAX = 86_400

function validateAffinity(spec: Draft, errors: FieldError[]): void {
  const { sessionAffinity, sessionAffinityConfig } = spec
  if (sessionAffinity !== 'ClientIP' && sessionAffinity !== 'None') {
    errors.push(unsupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']))
  }
  if (sessionAffinity !== 'ClientIP') return
  const seconds: number = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 0
  if (seconds > 0 && seconds <= AFFINITY_SECONDS_MAX) return
  const why = `must be greater than 0 and less than ${AFFINITY_SECONDS_MAX}`
  errors.push(invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, why))
}

const FOR_BALANCERS = [
  'loadBalancerSourceRanges',
  'allocateLoadBalancerNodePorts',
  'loadBalancerClass',
]

/** What only a load balancer has. */
function validateBalancer(spec: Draft, errors: FieldError[]): void {
  const isBalancer = spec.type === 'LoadBalancer'
  for (const member of FOR_BALANCERS) {
    const value = spec[member]
    if (isBalancer || value === undefined || value.length === 0) continue
    errors.push(forbidden(`spec.${member}`, "may only be used when `type` is 'LoadBalancer'"))
  }
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    if (isCidr(range.trim())) continue
    errors.push(invalid(`spec.loadBalancerSourceRanges[${index}]`, range, CIDR_TEXT))
  }
  if (isBalancer && spec.loadBalancerClass) {
    for (const text of qualifiedNameFaults(spec.loadBalancerClass.toLowerCase()))
      errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, text))
  }
}

function validateByType(spec: Draft, isHeadless: boolean, errors: FieldError[]): void {
  if (publishesNodePorts(spec) && isHeadless) {
    errors.push(
      invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`),
    )
  }
  if (spec.type !== 'ExternalName') return
  if (spec.clusterIP) {
    errors.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'))
  }
  const name: string = spec.externalName ?? ''
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  if (bare === '') errors.push(required('spec.externalName'))
  else
    for (const text of dnsSubdomainFaults(bare))
      errors.push(invalid('spec.externalName', bare, text))
}

function validatePorts(ports: readonly Draft[], errors: FieldError[]): void {
  const names = new Set<string>()
  for (const [index, port] of ports.entries()) {
    validatePort(port, `spec.ports[${index}]`, ports.length > 1, names, errors)
  }
}

function validatePort(
  port: Draft,
  field: string,
  isNameRequired: boolean,
  names: Set<string>,
  errors: FieldError[],
): void {
  if (!port.name) {
    if (isNameRequired) errors.push(required(`${field}.name`))
  } else {
    for (const text of dnsLabelFaults(port.name)) {
      errors.push(invalid(`${field}.name`, port.name, text))
    }
    if (names.has(port.name)) errors.push(duplicate(`${field}.name`, port.name))
    names.add(port.name)
  }
  if (!isPort(port.port)) errors.push(invalid(`${field}.port`, port.port ?? 0, PORT_TEXT))
  if (!port.protocol) errors.push(required(`${field}.protocol`))
  else if (!PROTOCOLS.includes(port.protocol)) {
    errors.push(unsupported(`${field}.protocol`, port.protocol, PROTOCOLS))
  }
  validatePortNumOrName(port.targetPort, `${field}.targetPort`, errors)
  if (port.appProtocol) {
    for (const text of qualifiedNameFaults(port.appProtocol))
      errors.push(invalid(`${field}.appProtocol`, port.appProtocol, text))
  }
}

function forbidNodePorts(ports: readonly Draft[], errors: FieldError[]): void {
  for (const [index, port] of ports.entries()) {
    if (!port.nodePort) continue
    const field = `spec.ports[${index}].nodePort`
    errors.push(forbidden(field, "may not be used when `type` is 'ClusterIP'"))
  }
}

function validateNodePortPairs(ports: readonly Draft[], errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, port] of ports.entries()) {
    if (!port.nodePort) continue
    const pair = `${port.protocol}/${port.nodePort}`
    if (seen.has(pair)) {
      errors.push(duplicate(`spec.ports[${index}].nodePort`, internalPort(port)))
    }
    seen.add(pair)
  }
}

function validatePortPairs(ports: readonly Draft[], errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const pair = `${port.protocol}/${port.port}`
    if (seen.has(pair)) {
      const key = { name: '', protocol: port.protocol, port: port.port, targetPort: 0 }
      errors.push(duplicate(`spec.ports[${index}]`, internalPort(key)))
    }
    seen.add(pair)
  }
}

/** As the server's own type names the members. */
function internalPort(port: Draft): Draft {
  return {
    Name: port.name ?? '',
    Protocol: port.protocol,
    AppProtocol: port.appProtocol ?? null,
    Port: port.port ?? 0,
    TargetPort: port.targetPort ?? 0,
    NodePort: port.nodePort ?? 0,
  }
}

function validateTrafficPolicies(spec: Draft, errors: FieldError[]): void {
  for (const member of ['externalTrafficPolicy', 'internalTrafficPolicy']) {
    const policy = spec[member]
    if (policy === undefined || policy === 'Cluster' || policy === 'Local') continue
    errors.push(unsupported(`spec.${member}`, policy, ['Cluster', 'Local']))
  }
  if (spec.externalTrafficPolicy !== undefined && !publishesNodePorts(spec)) {
    if ((spec.externalIPs ?? []).length > 0) return
    errors.push(
      invalid(
        'spec.externalTrafficPolicy',
        spec.externalTrafficPolicy,
        'may only be set for externally-accessible services',
      ),
    )
  }
  const isLocal = spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
  if (spec.healthCheckNodePort && !isLocal) {
    const why =
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, why))
  }
  const { trafficDistribution } = spec
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution))
    errors.push(unsupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS))
}

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
const FAMILIES = ['IPv4', 'IPv6']
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

function validateFamilies(spec: Draft, errors: FieldError[]): void {
  const seen = new Set<string>()
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    const field = `spec.ipFamilies[${index}]`
    if (!FAMILIES.includes(family)) errors.push(unsupported(field, family, FAMILIES))
    if (seen.has(family)) errors.push(duplicate(field, family))
    seen.add(family)
  }
  const { ipFamilyPolicy } = spec
  if (ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(ipFamilyPolicy))
    errors.push(unsupported('spec.ipFamilyPolicy', ipFamilyPolicy, FAMILY_POLICIES))
}

function validateClusterIPs(spec: Draft, errors: FieldError[]): void {
  if (!hasClusterIP(spec)) return
  const addresses: readonly string[] = spec.clusterIPs ?? []
  validateFamilies(spec, errors)
  if (addresses.length > 1 && isIPv4(addresses[0] ?? '') === isIPv4(addresses[1] ?? '')) {
    const why = 'may specify no more than one IP for each IP family'
    errors.push(invalid('spec.clusterIPs', addresses, why))
  }
  if (addresses[0] !== undefined && addresses[0] !== (spec.clusterIP ?? '')) {
    errors.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'))
  }
  for (const [index, address] of addresses.entries()) {
    if (address === 'None' && addresses.length === 1) continue
    if (!isIP(address)) validateIP(address, `spec.clusterIPs[${index}]`, errors)
  }
}

/** An address, once given, stays, except where the type changes to or from ExternalName. */
export function validateServiceUpdate(object: Draft, old: KubeObject, errors: FieldError[]): void {
  const oldSpec = memberOf(old, 'spec') ?? {}
  const { spec } = object
  if (oldSpec.type === 'ExternalName' || spec.type === 'ExternalName') return
  const before = oldSpec.clusterIPs?.[0]
  const after = spec.clusterIPs?.[0]
  if (before === undefined || before === after) return
  errors.push(invalid('spec.clusterIPs[0]', spec.clusterIPs ?? null, 'may not change once set'))
}
