import type { FieldError } from '#sim/apimachinery/field-error.ts'
import {
  duplicate,
  invalid,
  required,
  tooMany,
  unsupported,
} from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults, dnsSubdomainFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr } from './columns.ts'
import { bumpGeneration, defineResource, memberOf, startGeneration } from './define.ts'
import { shortList } from './endpoints.ts'
import { isIPv4, isIPv6, validateReachableIP } from './ip-addresses.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
import { listOf } from './pod-spec/defaults.ts'
import { PROTOCOLS } from './ports.ts'

const ENDPOINTS_MAX = 1000
const PORTS_MAX = 100
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']

function setDefaults(draft: Draft): void {
  for (const port of listOf(draft, 'ports')) {
    port.name ??= ''
    port.protocol ??= 'TCP'
  }
}

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  if (!object.addressType) errors.push(required('addressType'))
  else if (!ADDRESS_TYPES.includes(object.addressType)) {
    errors.push(unsupported('addressType', object.addressType, ADDRESS_TYPES))
  }
  validateEndpoints(listOf(object, 'endpoints'), object.addressType, errors)
  validatePorts(listOf(object, 'ports'), errors)
  return errors
}

function validateEndpoints(all: readonly Draft[], addressType: string, errors: FieldError[]): void {
  if (all.length > ENDPOINTS_MAX) errors.push(tooMany('endpoints', all.length, ENDPOINTS_MAX))
  for (const [index, endpoint] of all.entries()) {
    const addresses: readonly string[] = endpoint.addresses ?? []
    const field = `endpoints[${index}].addresses`
    if (addresses.length === 0) errors.push(required(field, 'must contain at least 1 address'))
    for (const [at, address] of addresses.entries()) {
      validateAddress(address, addressType, `${field}[${at}]`, errors)
    }
    for (const text of dnsLabelFaults(endpoint.hostname ?? 'none'))
      errors.push(invalid(`endpoints[${index}].hostname`, endpoint.hostname, text))
    for (const text of dnsSubdomainFaults(endpoint.nodeName ?? 'none'))
      errors.push(invalid(`endpoints[${index}].nodeName`, endpoint.nodeName, text))
  }
}

function validateAddress(address: string, type: string, field: string, errors: FieldError[]): void {
  if (type === 'IPv4' && !isIPv4(address)) {
    errors.push(invalid(field, address, isIPv6(address) ? 'must be an IPv4 address' : IP_TEXT))
  } else if (type === 'IPv6' && !isIPv6(address)) {
    errors.push(invalid(field, address, isIPv4(address) ? 'must be an IPv6 address' : IP_TEXT))
  } else if (type !== 'FQDN') validateReachableIP(address, field, errors)
}

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

function validatePorts(ports: readonly Draft[], errors: FieldError[]): void {
  if (ports.length > PORTS_MAX) errors.push(tooMany('ports', ports.length, PORTS_MAX))
  const seen = new Set<string>()
  for (const [index, port] of ports.entries()) {
    const name: string = port.name ?? ''
    if (seen.has(name)) errors.push(duplicate(`ports[${index}].name`, name))
    seen.add(name)
    if (name !== '') {
      for (const text of dnsLabelFaults(name)) {
        errors.push(invalid(`ports[${index}].name`, name, text))
      }
    }
    if (!PROTOCOLS.includes(port.protocol)) {
      errors.push(unsupported(`ports[${index}].protocol`, port.protocol, PROTOCOLS))
    }
  }
}

/** Everything but metadata counts as desired state, and so do the labels. */
function isChanged(draft: Draft, old: KubeObject): boolean {
  return (
    !semanticallyEqual(draft.endpoints, memberOf(old, 'endpoints')) ||
    !semanticallyEqual(draft.ports, memberOf(old, 'ports')) ||
    draft.addressType !== memberOf(old, 'addressType') ||
    !semanticallyEqual(draft.metadata.labels ?? {}, old.metadata.labels ?? {})
  )
}

function portsCell(object: KubeObject): string {
  const ports = listOf(object as unknown as Draft, 'ports').map((port) =>
    port.port === undefined || port.port === null ? textOr(port.name, '*') : String(port.port),
  )
  return textOr(shortList(ports), '<unset>')
}

function endpointsCell(object: KubeObject): string {
  const addresses = listOf(object as unknown as Draft, 'endpoints').flatMap(
    (endpoint) => endpoint.addresses ?? [],
  )
  return textOr(shortList(addresses), '<unset>')
}

export const endpointSlice = defineResource({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  keepsPartsWhole: true,
  setDefaults,
  prepareForCreate: startGeneration,
  prepareForUpdate: (draft, old) => bumpGeneration(draft, old, isChanged(draft, old)),
  validate,
  validateUpdate: (object, old) => {
    const errors = validateObjectMetaUpdate(object.metadata, old.metadata)
    errors.push(
      ...validateObjectMeta(object.metadata, true, 'subdomain', 'metadata', old.metadata),
      ...validate(object),
    )
    if (object.addressType !== memberOf(old, 'addressType')) {
      errors.push(invalid('addressType', object.addressType, 'field is immutable'))
    }
    return errors
  },
  columns: [
    NAME_COLUMN,
    column(
      'AddressType',
      'addressType specifies the type of address carried by this EndpointSlice. All addresses in this slice must be the same type. This field is immutable after creation. The following address types are currently supported: * IPv4: Represents an IPv4 Address. * IPv6: Represents an IPv6 Address. * FQDN: Represents a Fully Qualified Domain Name. (Deprecated) The EndpointSlice controller only generates, and kube-proxy only processes, slices of addressType "IPv4" and "IPv6". No semantics are defined for the "FQDN" type.',
    ),
    column(
      'Ports',
      'ports specifies the list of network ports exposed by each endpoint in this slice. Each port must have a unique name. Each slice may include a maximum of 100 ports. Services always have at least 1 port, so EndpointSlices generated by the EndpointSlice controller will likewise always have at least 1 port. EndpointSlices used for other purposes may have an empty ports list.',
    ),
    column(
      'Endpoints',
      'endpoints is a list of unique endpoints in this slice. Each slice may include a maximum of 1000 endpoints.',
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => [
    object.metadata.name,
    String(memberOf(object, 'addressType') ?? ''),
    portsCell(object),
    endpointsCell(object),
    age(object, unixMs),
  ],
})
