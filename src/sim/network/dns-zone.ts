import type { EndpointSlice, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'

/** One ready endpoint of a Service, as the DNS server publishes it. */
export type ZoneEndpoint = {
  readonly ip: string
  /** The endpoint's hostname, or its address with dashes. */
  readonly label: string
  readonly ports: readonly ZonePort[]
}

export type ZonePort = {
  readonly name: string
  /** Lower case. */
  readonly protocol: string
  readonly port: number
}

export type ZoneService = {
  readonly name: string
  readonly namespace: string
  readonly kind: 'clusterIP' | 'headless' | 'externalName'
  readonly clusterIp: string
  readonly externalName: string
  readonly ports: readonly ZonePort[]
}

/** The server heard of an object that names are made of. */
export type ZoneChange = {
  readonly type: 'put' | 'removed'
  readonly object: Service | EndpointSlice
}

/**
 * What the DNS server knows: Services, their ready endpoints and the namespaces, as its watches
 * brought them. Endpoints are read out of the slices when somebody asks, not on every change.
 */
export class DnsZone {
  readonly #services = new Map<string, ZoneService>()
  readonly #slices = new Map<string, Map<string, EndpointSlice>>()
  readonly #endpoints = new Map<string, readonly ZoneEndpoint[]>()
  readonly #namespaces = new Set<string>()
  readonly #byClusterIp = new Map<string, ZoneService>()
  readonly #reverse = new Map<string, Set<string>>()
  readonly #reverseOf = new Map<string, readonly string[]>()
  readonly #unindexed = new Set<string>()
  readonly #listeners: ((change: ZoneChange) => void)[] = []
  #version = 0

  onChange(listener: (change: ZoneChange) => void): void {
    this.#listeners.push(listener)
  }

  /** Grows with each change of what can be asked for. */
  get version(): number {
    return this.#version
  }

  putNamespace(name: string): void {
    this.#namespaces.add(name)
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name)
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name)
  }

  putService(service: Service): void {
    const key = objectKey(service)
    this.#forgetService(key)
    const known = newZoneService(service)
    this.#services.set(key, known)
    if (known.kind === 'clusterIP') this.#byClusterIp.set(known.clusterIp, known)
    this.#changed(key, { type: 'put', object: service })
  }

  removeService(service: Service): void {
    this.#forgetService(objectKey(service))
    this.#changed(objectKey(service), { type: 'removed', object: service })
  }

  putSlice(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice)
    if (key === undefined) return
    let slices = this.#slices.get(key)
    if (slices === undefined) this.#slices.set(key, (slices = new Map()))
    slices.set(slice.metadata.name, slice)
    this.#changed(key, { type: 'put', object: slice })
  }

  removeSlice(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice)
    if (key === undefined) return
    this.#slices.get(key)?.delete(slice.metadata.name)
    this.#changed(key, { type: 'removed', object: slice })
  }

  service(namespace: string, name: string): ZoneService | undefined {
    return this.#services.get(`${namespace}/${name}`)
  }

  services(): Iterable<ZoneService> {
    return this.#services.values()
  }

  serviceAt(clusterIp: string): ZoneService | undefined {
    return this.#byClusterIp.get(clusterIp)
  }

  endpoints(service: ZoneService): readonly ZoneEndpoint[] {
    const key = `${service.namespace}/${service.name}`
    let endpoints = this.#endpoints.get(key)
    if (endpoints === undefined) {
      endpoints = readyEndpoints([...(this.#slices.get(key)?.values() ?? [])])
      this.#endpoints.set(key, endpoints)
    }
    return endpoints
  }

  slices(service: ZoneService): Iterable<EndpointSlice> {
    return this.#slices.get(`${service.namespace}/${service.name}`)?.values() ?? []
  }

  /** `web-0.nginx.default` for the Services that publish this address. */
  namesOf(ip: string): readonly string[] {
    for (const key of this.#unindexed) this.#indexReverse(key)
    this.#unindexed.clear()
    return [...(this.#reverse.get(ip) ?? [])]
  }

  #forgetService(key: string): void {
    const old = this.#services.get(key)
    if (old === undefined) return
    this.#services.delete(key)
    if (this.#byClusterIp.get(old.clusterIp) === old) this.#byClusterIp.delete(old.clusterIp)
  }

  #changed(key: string, change: ZoneChange): void {
    this.#version++
    this.#endpoints.delete(key)
    this.#unindexed.add(key)
    for (const listener of this.#listeners) listener(change)
  }

  #indexReverse(key: string): void {
    for (const entry of this.#reverseOf.get(key) ?? []) {
      const [ip = '', name = ''] = entry.split(' ')
      this.#reverse.get(ip)?.delete(name)
    }
    const service = this.#services.get(key)
    const entries: string[] = []
    for (const { ip, label } of service === undefined ? [] : this.endpoints(service)) {
      const name = `${label}.${service?.name}.${service?.namespace}`
      const names = this.#reverse.get(ip)
      if (names === undefined) this.#reverse.set(ip, new Set([name]))
      else names.add(name)
      entries.push(`${ip} ${name}`)
    }
    this.#reverseOf.set(key, entries)
  }
}

function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.['kubernetes.io/service-name']
  return name === undefined ? undefined : `${slice.metadata.namespace}/${name}`
}

function newZoneService(service: Service): ZoneService {
  const spec = service.spec ?? {}
  const clusterIp = spec.clusterIP ?? ''
  return {
    name: service.metadata.name,
    namespace: service.metadata.namespace ?? '',
    kind:
      spec.type === 'ExternalName'
        ? 'externalName'
        : clusterIp === 'None' || clusterIp === ''
          ? 'headless'
          : 'clusterIP',
    clusterIp,
    externalName: spec.externalName ?? '',
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: (port.protocol ?? 'TCP').toLowerCase(),
      port: port.port,
    })),
  }
}

// An endpoint whose readiness is unknown counts as ready, as in the API's description.
function readyEndpoints(slices: readonly EndpointSlice[]): readonly ZoneEndpoint[] {
  const found = new Map<string, ZoneEndpoint>()
  for (const slice of slices) {
    const ports = (slice.ports ?? []).map((port) => ({
      name: port.name ?? '',
      protocol: (port.protocol ?? 'TCP').toLowerCase(),
      port: port.port ?? 0,
    }))
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0]
      if (ip === undefined || endpoint.conditions?.ready === false) continue
      const label = endpoint.hostname ?? ip.replaceAll('.', '-')
      found.set(ip, { ip, label, ports: [...(found.get(ip)?.ports ?? []), ...ports] })
    }
  }
  return [...found.values()]
}
