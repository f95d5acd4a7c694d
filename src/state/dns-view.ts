import type { DnsName } from '#worker/protocol.ts'

/** `web-0.nginx` for the full name of a record in this namespace; other names keep their end. */
export function shortDnsName(name: string, namespace: string): string {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  for (const end of [`.${namespace}.svc.cluster.local`, '.svc.cluster.local']) {
    if (bare.endsWith(end)) return bare.slice(0, -end.length)
  }
  return bare
}

/** The namespaces that have a zone among the records, in order. */
export function zonesOf(
  dns: readonly DnsName[],
): readonly { namespace: string; service: string }[] {
  const zones = new Map<string, { namespace: string; service: string }>()
  for (const { name } of dns) {
    const match = /([^.]+)\.([^.]+)\.svc\.cluster\.local\.?$/.exec(name)
    const [, service, namespace] = match ?? []
    if (service !== undefined && namespace !== undefined) {
      zones.set(`${service}.${namespace}`, { service, namespace })
    }
  }
  return [...zones.values()]
}

/** The records of one Service: its own name, its Pods' names, its SRV names, and their PTRs. */
export function recordsOfService(
  dns: readonly DnsName[],
  service: string,
  namespace: string,
): readonly DnsName[] {
  const end = `${service}.${namespace}.svc.cluster.local`
  const bare = (name: string) => (name.endsWith('.') ? name.slice(0, -1) : name)
  const isUnder = (name: string) => bare(name) === end || bare(name).endsWith(`.${end}`)
  return dns.filter(({ name, data, type }) => isUnder(name) || (type === 'PTR' && isUnder(data)))
}
