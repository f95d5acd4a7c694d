import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid, required, unsupported } from '#sim/apimachinery/field-errors.ts'
import { dnsLabelFaults, dnsSubdomainFaults } from '#sim/apimachinery/names.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN } from './columns.ts'
import { defineResource } from './define.ts'
import { validateReachableIP } from './ip-addresses.ts'
import { isPort, PORT_TEXT, PROTOCOLS } from './ports.ts'
import { listOf } from './pod-spec/defaults.ts'

function setDefaults(draft: Draft): void {
  for (const subset of listOf(draft, 'subsets')) {
    for (const port of listOf(subset, 'ports')) port.protocol ||= 'TCP'
  }
}

function validate(object: Draft): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, subset] of listOf(object, 'subsets').entries()) {
    validateSubset(subset, `subsets[${index}]`, errors)
  }
  return errors
}

function validateSubset(subset: Draft, field: string, errors: FieldError[]): void {
  const [ready, notReady] = [listOf(subset, 'addresses'), listOf(subset, 'notReadyAddresses')]
  if (ready.length + notReady.length === 0) {
    errors.push(required(field, 'must specify `addresses` or `notReadyAddresses`'))
  }
  for (const member of ['addresses', 'notReadyAddresses']) {
    for (const [index, address] of listOf(subset, member).entries()) {
      const path = `${field}.${member}[${index}]`
      validateReachableIP(address.ip ?? '', `${path}.ip`, errors)
      if (address.hostname) {
        for (const text of dnsLabelFaults(address.hostname))
          errors.push(invalid(`${path}.hostname`, address.hostname, text))
      }
      if (address.nodeName) {
        for (const text of dnsSubdomainFaults(address.nodeName))
          errors.push(invalid(`${path}.nodeName`, address.nodeName, text))
      }
    }
  }
  const ports = listOf(subset, 'ports')
  for (const [index, port] of ports.entries()) {
    validatePort(port, ports.length > 1, `${field}.ports[${index}]`, errors)
  }
}

function validatePort(port: Draft, isNameRequired: boolean, field: string, errors: FieldError[]) {
  if (port.name) {
    for (const text of dnsLabelFaults(port.name)) {
      errors.push(invalid(`${field}.name`, port.name, text))
    }
  } else if (isNameRequired) errors.push(required(`${field}.name`))
  if (!isPort(port.port)) errors.push(invalid(`${field}.port`, port.port ?? 0, PORT_TEXT))
  if (!PROTOCOLS.includes(port.protocol)) {
    errors.push(unsupported(`${field}.protocol`, port.protocol, PROTOCOLS))
  }
}

const SHOWN_MAX = 3

/** The first three, and how many more there are. */
export function shortList(items: readonly string[]): string {
  const shown = items.slice(0, SHOWN_MAX).join(',')
  const more = items.length - SHOWN_MAX
  return more > 0 ? `${shown} + ${more} more...` : shown
}

function endpointsCell(object: KubeObject): string {
  const subsets = listOf(object as unknown as Draft, 'subsets')
  if (subsets.length === 0) return '<none>'
  const shown: string[] = []
  for (const subset of subsets) {
    const addresses = listOf(subset, 'addresses')
    const ports = listOf(subset, 'ports')
    if (ports.length === 0) for (const { ip } of addresses) shown.push(ip)
    for (const { port } of ports) for (const { ip } of addresses) shown.push(hostPort(ip, port))
  }
  return shortList(shown)
}

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

export const endpoints = defineResource({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  keepsPartsWhole: true,
  setDefaults,
  validate,
  columns: [
    NAME_COLUMN,
    column(
      'Endpoints',
      'The set of all endpoints is the union of all subsets. Addresses are placed into subsets according to the IPs they share. A single address with multiple ports, some of which are ready and some of which are not (because they come from different containers) will result in the address being displayed in different subsets for the different ports. No address will appear in both Addresses and NotReadyAddresses in the same subset. Sets of addresses and ports that comprise a service.',
    ),
    AGE_COLUMN,
  ],
  row: (object, unixMs) => [object.metadata.name, endpointsCell(object), age(object, unixMs)],
})
