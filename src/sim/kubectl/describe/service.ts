import { at, type Manifest } from '../manifest.ts'
import { headLines, list, orNone, pairTexts, type Page } from './page.ts'

export function describeService(page: Page, service: Manifest, slices: readonly Manifest[]): void {
  const { spec = {}, status = {} } = service
  headLines(page, service)
  labelLinesInOne(page, 'Selector', spec.selector)
  page.field('Type', spec.type)
  if (!page.isOld) {
    page.optional('IP Family Policy', spec.ipFamilyPolicy)
    page.field('IP Families', orNone((spec.ipFamilies ?? []).join(',')))
  }
  page.field('IP', spec.clusterIP ?? '')
  if (!page.isOld)
    page.field('IPs', spec.clusterIPs === undefined ? '<none>' : spec.clusterIPs.join(','))
  if (spec.externalIPs !== undefined) page.field('External IPs', spec.externalIPs.join(','))
  page.optional('Desired LoadBalancer IP', spec.loadBalancerIP)
  page.optional('External Name', spec.externalName)
  const ingress = list(status.loadBalancer?.ingress)
  if (ingress.length > 0) {
    page.field('LoadBalancer Ingress', ingress.map(({ ip, hostname }) => ip ?? hostname).join(', '))
  }
  for (const port of list(spec.ports)) portLines(page, port, slices)
  page.field('Session Affinity', spec.sessionAffinity)
  page.optional('External Traffic Policy', spec.externalTrafficPolicy)
  if (!page.isOld) page.optional('Internal Traffic Policy', spec.internalTrafficPolicy)
  page.optional('Traffic Distribution', spec.trafficDistribution)
  if (Number(spec.healthCheckNodePort ?? 0) > 0)
    page.field('HealthCheck NodePort', spec.healthCheckNodePort)
  if (spec.loadBalancerSourceRanges !== undefined) {
    page.field('LoadBalancer Source Ranges', spec.loadBalancerSourceRanges.join(','))
  }
}

function labelLinesInOne(
  page: Page,
  title: string,
  labels: Record<string, string> | undefined,
): void {
  page.field(title, orNone(pairTexts(labels).join(',')))
}

function portLines(page: Page, port: Manifest, slices: readonly Manifest[]): void {
  const name = port['name'] ?? '<unset>'
  const protocol = port['protocol'] ?? 'TCP'
  page.field('Port', `${name}\t${port['port']}/${protocol}`)
  page.field('TargetPort', `${port['targetPort'] ?? port['port']}/${protocol}`)
  if (Number(port['nodePort'] ?? 0) > 0)
    page.field('NodePort', `${name}\t${port['nodePort']}/${protocol}`)
  page.field('Endpoints', endpointsText(slices, port['name'] ?? ''))
}

const ENDPOINTS_SHOWN = 3

export function endpointsText(slices: readonly Manifest[], portName: string): string {
  const all = slices.flatMap((slice) => {
    const port = list(slice['ports']).find(({ name }) => (name ?? '') === portName)
    if (port === undefined) return []
    return list(slice['endpoints'])
      .filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false)
      .flatMap(({ addresses }) =>
        (addresses as string[]).map((address) => `${address}:${port['port']}`),
      )
  })
  if (all.length === 0) return slices.length === 0 ? '<none>' : ''
  const rest = all.length - ENDPOINTS_SHOWN
  return all.slice(0, ENDPOINTS_SHOWN).join(',') + (rest > 0 ? ` + ${rest} more...` : '')
}

/** The addresses of a Service as they were told before there were slices. */
export function describeEndpoints(page: Page, endpoints: Manifest): void {
  headLines(page, endpoints)
  page.line(0, 'Subsets:')
  for (const subset of list(endpoints['subsets'])) {
    for (const [label, member] of [
      ['Addresses', 'addresses'],
      ['NotReadyAddresses', 'notReadyAddresses'],
    ] as const)
      page.field(
        label,
        orNone(
          list(subset[member])
            .map(({ ip }) => ip)
            .join(','),
        ),
        1,
      )
    if (list(subset['ports']).length > 0) portTable(page, list(subset['ports']), 1)
    page.line(0, '')
  }
}

function portTable(page: Page, ports: readonly Manifest[], level: number): void {
  page.line(level, 'Ports:')
  page.line(level + 1, 'Name\tPort\tProtocol')
  page.line(level + 1, '----\t----\t--------')
  for (const { name, port = '<unset>', protocol = 'TCP' } of ports)
    page.line(level + 1, `${name || '<unset>'}\t${port}\t${protocol}`)
}

export function describeEndpointSlice(page: Page, slice: Manifest): void {
  headLines(page, slice)
  page.field('AddressType', slice['addressType'])
  const ports = list(slice['ports'])
  if (ports.length === 0) page.line(0, 'Ports: <unset>')
  else portTable(page, ports, 0)
  const endpoints = list(slice['endpoints'])
  if (endpoints.length === 0) page.line(0, 'Endpoints: <none>')
  else page.line(0, 'Endpoints:')
  for (const endpoint of endpoints) endpointLines(page, endpoint)
}

function endpointLines(page: Page, endpoint: Manifest): void {
  page.line(1, `- Addresses:\t${(endpoint['addresses'] ?? []).join(', ')}`)
  page.line(2, 'Conditions:')
  const ready = at(endpoint, 'conditions', 'ready')
  page.field('Ready', ready === undefined || ready === null ? '<unset>' : ready, 3)
  page.field('Hostname', endpoint['hostname'] ?? '<unset>', 2)
  if (endpoint['targetRef'] !== undefined) {
    page.field('TargetRef', `${endpoint['targetRef'].kind}/${endpoint['targetRef'].name}`, 2)
  }
  page.field('NodeName', endpoint['nodeName'] ?? '<unset>', 2)
  page.field('Zone', endpoint['zone'] ?? '<unset>', 2)
}
