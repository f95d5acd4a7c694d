import type { DnsName } from '#worker/protocol.ts'

/** `web-0.nginx` for the full name of a record in this namespace; other names keep their end. */
export function shortDnsName(name: string, namespace: string): string {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  for (const end of [`.${namespace}.svc.cluster.local`, '.svc.cluster.local']) {
    if (bare.endsWith(end)) return bare.slice(0, -end.length)
  }
  return bare
}

/** The first address of every name, by the name as it is short in this namespace. */
export function addressesByName(
  dns: readonly DnsName[],
  namespace: string,
): ReadonlyMap<string, string> {
  const addresses = new Map<string, string>()
  for (const { name, type, data } of dns) {
    if (type !== 'A' && type !== 'AAAA') continue
    const short = shortDnsName(name, namespace)
    if (!addresses.has(short)) addresses.set(short, data)
  }
  return addresses
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
