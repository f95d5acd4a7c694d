import type { PodSpec } from 'kubernetes-types/core/v1'

/** A port of the node that a Pod takes for itself. */
export type HostPort = { readonly protocol: string; readonly port: number; readonly ip: string }

const ANY_IP = '0.0.0.0'

export function hostPorts(spec: PodSpec): readonly HostPort[] {
  const ports: HostPort[] = []
  for (const container of spec.containers) {
    for (const { hostPort = 0, protocol = 'TCP', hostIP = ANY_IP } of container.ports ?? [])
      if (hostPort > 0) ports.push({ protocol, port: hostPort, ip: hostIP })
  }
  return ports
}

/** Whether both cannot be taken on one node: an address and all addresses get in each other's way. */
export function hostPortsConflict(one: HostPort, other: HostPort): boolean {
  return (
    one.port === other.port &&
    one.protocol === other.protocol &&
    (one.ip === other.ip || one.ip === ANY_IP || other.ip === ANY_IP)
  )
}
