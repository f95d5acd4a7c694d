import type { Random } from '#sim/kernel/random.ts'
import type { DnsZone } from './dns-zone.ts'

export type Route =
  /** Not an address of a Service. */
  | { readonly type: 'direct' }
  | { readonly type: 'endpoint'; readonly ip: string; readonly port: number }
  /** A port of a Service without endpoints: rejected at once. */
  | { readonly type: 'reject' }
  /** A Service, but not one of its ports: nobody answers. */
  | { readonly type: 'drop' }

/**
 * Where a connection to a ClusterIP goes: to a ready endpoint, drawn by lot; to one that is
 * still serving while it terminates if there is no other.
 *
 * Upstream: kube-proxy in its iptables mode. Simplified: no session affinity.
 */
export function routeService(zone: DnsZone, random: Random, ip: string, port: number): Route {
  const service = zone.serviceAt(ip)
  if (service === undefined) return { type: 'direct' }
  const servicePort = service.ports.find((one) => one.port === port && one.protocol === 'tcp')
  if (servicePort === undefined) return { type: 'drop' }
  const ready: { ip: string; port: number }[] = []
  const terminating: { ip: string; port: number }[] = []
  for (const slice of zone.slices(service)) {
    const target = slice.ports?.find((one) => (one.name ?? '') === servicePort.name)?.port
    if (target === undefined) continue
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      const address = addresses[0]
      if (address === undefined) continue
      if (conditions?.ready !== false) ready.push({ ip: address, port: target })
      else if (conditions.serving === true && conditions.terminating === true) {
        terminating.push({ ip: address, port: target })
      }
    }
  }
  const candidates = ready.length > 0 ? ready : terminating
  if (candidates.length === 0) return { type: 'reject' }
  return { type: 'endpoint', ...random.pick(candidates) }
}
