import { reverseName } from './addresses.ts'
import type { DnsZone, ZoneService } from './dns-zone.ts'

export type NamedRecord = { readonly name: string; readonly type: string; readonly data: string }

/** Everything headless Services publish, sorted by Service: A, SRV and PTR records. */
export function zoneRecords(zone: DnsZone, domain: string): readonly NamedRecord[] {
  const headless = [...zone.services()].filter((service) => service.kind === 'headless')
  headless.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return headless.flatMap((service) => serviceRecords(zone, service, domain))
}

function serviceRecords(zone: DnsZone, service: ZoneService, domain: string): NamedRecord[] {
  const base = `${service.name}.${service.namespace}.svc.${domain}.`
  const endpoints = [...zone.endpoints(service)].sort((a, b) => compareLabels(a.label, b.label))
  const targets = endpoints.reduce((sum, endpoint) => sum + endpoint.ports.length, 0)
  const weight = Math.max(1, Math.floor(100 / Math.max(1, targets)))
  const addresses = endpoints.map(({ ip }) => ({ name: base, type: 'A', data: ip }))
  const own = endpoints.map(({ ip, label }) => ({ name: `${label}.${base}`, type: 'A', data: ip }))
  const services = endpoints.flatMap(({ label, ports }) =>
    ports.map(({ name, protocol, port }) => ({
      name: name === '' ? base : `_${name}._${protocol}.${base}`,
      type: 'SRV',
      data: `0 ${weight} ${port} ${label}.${base}`,
    })),
  )
  const pointers = endpoints.map(({ ip, label }) => ({
    name: `${reverseName(ip)}.`,
    type: 'PTR',
    data: `${label}.${base}`,
  }))
  return [...addresses, ...own, ...services, ...pointers]
}

// web-2 before web-10: ordinals are numbers.
function compareLabels(a: string, b: string): number {
  const [, aStem = a, aNumber = ''] = /^(.*?)(\d*)$/.exec(a) ?? []
  const [, bStem = b, bNumber = ''] = /^(.*?)(\d*)$/.exec(b) ?? []
  if (aStem !== bStem) return aStem < bStem ? -1 : 1
  return Number(aNumber) - Number(bNumber)
}

function keyOf(service: ZoneService): string {
  return `${service.namespace}/${service.name}`
}
