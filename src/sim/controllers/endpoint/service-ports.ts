import type { Pod, Service } from '#sim/apimachinery/kinds.ts'

export type EndpointPort = {
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly appProtocol?: string
}

/**
 * The ports behind a Service's ports on one Pod. A port that is named, and that the Pod does not
 * have, is left out.
 */
export function endpointPorts(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const one of service.spec?.ports ?? []) {
    const { name = '', protocol = 'TCP', port, targetPort = port, appProtocol } = one
    const number =
      typeof targetPort === 'number' ? targetPort : containerPort(pod, targetPort, protocol)
    if (number === undefined) continue
    ports.push({
      name,
      protocol,
      port: number === 0 ? port : number,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    })
  }
  return ports
}

function containerPort(pod: Pod, name: string, protocol: string): number | undefined {
  // Sidecars stand among the init containers and serve like any other.
  for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
    const port = container.ports?.find(
      (one) => one.name === name && (one.protocol ?? 'TCP') === protocol,
    )
    if (port !== undefined) return port.containerPort
  }
  const number = Number(name)
  return Number.isInteger(number) && number > 0 ? number : undefined
}

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None'
}

/** The name an endpoint has in the zone of this Service: a Pod's, if it belongs under it. */
export function endpointHostname(service: Service, pod: Pod): string | undefined {
  const { hostname = '', subdomain = '' } = pod.spec ?? {}
  const belongs =
    hostname !== '' &&
    subdomain === service.metadata.name &&
    pod.metadata.namespace === service.metadata.namespace
  return belongs ? hostname : undefined
}

/** With an address, and not finished for good. */
export function hasEndpoint(pod: Pod): boolean {
  const { phase, podIP = '' } = pod.status ?? {}
  return podIP !== '' && phase !== 'Succeeded' && phase !== 'Failed'
}
