import type { DnsAnswer, DnsQuestion, DnsRecord, DnsType } from '#sim/kernel/os/types.ts'
import type { Random } from '#sim/kernel/random.ts'
import { isIpAddress } from './addresses.ts'
import type { DnsZone, ZoneEndpoint, ZonePort, ZoneService } from './dns-zone.ts'

export type DnsServerOptions = {
  readonly zone: DnsZone
  readonly random: Random
  readonly unixMs: () => number
  /** `cluster.local` */
  readonly domain: string
  readonly serviceIp: string
}

const TTL_SECONDS = 30
const DNS_SCHEMA_VERSION = '1.1.0'

/** `name` exists: records to answer with, perhaps none of the asked type. */
type Found = { readonly records: readonly DnsRecord[]; readonly additional?: readonly DnsRecord[] }
type Lookup = Found | 'nxdomain'

/**
 * The cluster's DNS server: what it answers, from the zone alone.
 *
 * Upstream: CoreDNS plugin/kubernetes and backend_lookup.go; the names are those of the
 * Kubernetes DNS specification 1.1.0. Simplified: names outside the cluster do not exist.
 */
export class DnsServer {
  readonly #options: DnsServerOptions
  readonly #cache = new Map<string, { readonly answer: DnsAnswer; readonly expiresAtMs: number }>()
  /** Whether answers, denials above all, are kept for their time to live. */
  cachesAnswers = false

  constructor(options: DnsServerOptions) {
    this.#options = options
  }

  answer(question: DnsQuestion): DnsAnswer {
    const key = `${question.type} ${question.name.toLowerCase()}`
    const nowMs = this.#options.unixMs()
    const cached = this.cachesAnswers ? this.#cache.get(key) : undefined
    if (cached !== undefined && cached.expiresAtMs > nowMs) {
      return aged(cached.answer, Math.ceil((cached.expiresAtMs - nowMs) / 1000))
    }
    const answer = this.#compute(question)
    if (this.cachesAnswers) {
      if (this.#cache.size > 10_000) this.#cache.clear()
      this.#cache.set(key, { answer, expiresAtMs: nowMs + TTL_SECONDS * 1000 })
    }
    return answer
  }

  clearCache(): void {
    this.#cache.clear()
  }

  #compute(question: DnsQuestion): DnsAnswer {
    const name = trimDot(question.name)
    const lower = name.toLowerCase()
    const { domain } = this.#options
    if (lower === domain || lower.endsWith(`.${domain}`)) {
      const labels = lower === domain ? [] : lower.slice(0, -domain.length - 1).split('.')
      return this.#reply(this.#lookUp(labels, question.type, `${name}.`))
    }
    const reversed = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(lower)
    if (reversed !== null) {
      const [, d, c, b, a] = reversed
      return this.#reply(this.#lookUpReverse(`${a}.${b}.${c}.${d}`, question.type, `${name}.`))
    }
    return { code: 'NXDOMAIN', isAuthoritative: false, answers: [], authority: [], additional: [] }
  }

  #reply(found: Lookup): DnsAnswer {
    if (found === 'nxdomain') return this.#negative('NXDOMAIN')
    if (found.records.length === 0) return this.#negative('NOERROR')
    const { records, additional = [] } = found
    return {
      code: 'NOERROR',
      isAuthoritative: true,
      answers: this.#shuffled(records),
      authority: [],
      additional,
    }
  }

  #negative(code: 'NOERROR' | 'NXDOMAIN'): DnsAnswer {
    const authority = [this.#soa(`${this.#options.domain}.`)]
    return { code, isAuthoritative: true, answers: [], authority, additional: [] }
  }

  #soa(name: string): DnsRecord {
    const { domain } = this.#options
    const serial = Math.floor(this.#options.unixMs() / 1000)
    const data = `ns.dns.${domain}. hostmaster.${domain}. ${serial} 7200 1800 86400 ${TTL_SECONDS}`
    return record(name, 'SOA', data)
  }

  // Clients that take the first address should not all take the same one.
  #shuffled(records: readonly DnsRecord[]): readonly DnsRecord[] {
    if (records.length < 2 || records.some((one) => one.type !== 'A')) return records
    const shuffled = [...records]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.#options.random.int(0, i)
      const moved = shuffled[i] as DnsRecord // Both indexes are within bounds.
      shuffled[i] = shuffled[j] as DnsRecord
      shuffled[j] = moved
    }
    return shuffled
  }

  #lookUp(labels: readonly string[], type: DnsType, name: string): Lookup {
    const root = labels.at(-1)
    if (root === undefined) {
      return { records: type === 'SOA' ? [this.#soa(name)] : this.#nameServers(type, name) }
    }
    const below = labels.slice(0, -1)
    if (root === 'svc') return this.#lookUpService(below, type, name)
    if (root === 'pod') return this.#lookUpPod(below, type, name)
    if (root === 'dns-version' && below.length === 0) {
      return { records: type === 'TXT' ? [record(name, 'TXT', `"${DNS_SCHEMA_VERSION}"`)] : [] }
    }
    if (root === 'dns' && below.length === 1 && below[0] === 'ns') {
      return { records: type === 'A' ? [record(name, 'A', this.#options.serviceIp)] : [] }
    }
    return 'nxdomain'
  }

  #nameServers(type: DnsType, name: string): readonly DnsRecord[] {
    return type === 'NS' ? [record(name, 'NS', `ns.dns.${this.#options.domain}.`)] : []
  }

  #lookUpPod(labels: readonly string[], type: DnsType, name: string): Lookup {
    const namespace = labels.at(-1)
    if (namespace === undefined) return { records: [] }
    if (!this.#options.zone.hasNamespace(namespace)) return 'nxdomain'
    if (labels.length === 1) return { records: [] }
    const ip = labels[0]?.replaceAll('-', '.') ?? ''
    if (labels.length > 2 || !isIpAddress(ip)) return 'nxdomain'
    return { records: type === 'A' ? [record(name, 'A', ip)] : [] }
  }

  #lookUpService(labels: readonly string[], type: DnsType, name: string): Lookup {
    const namespace = labels.at(-1)
    if (namespace === undefined) return { records: [] }
    if (!this.#options.zone.hasNamespace(namespace)) return 'nxdomain'
    if (labels.length === 1) return { records: [] }
    const service = this.#options.zone.service(namespace, labels.at(-2) ?? '')
    if (service === undefined || labels.length > 4) return 'nxdomain'
    const before = labels.slice(0, -2)
    if (service.kind === 'externalName') return this.#externalName(service, before, name)
    const targets = this.#targets(service, before)
    if (targets.length === 0) return 'nxdomain'
    return recordsFor(targets, type, name)
  }

  #externalName(service: ZoneService, before: readonly string[], name: string): Lookup {
    if (before.length > 0) return 'nxdomain'
    const alias = record(name, 'CNAME', `${trimDot(service.externalName)}.`)
    const target = this.#compute({ name: service.externalName, type: 'A' })
    return { records: [alias, ...target.answers] }
  }

  /** What the labels left of the Service's name select: all of it, one endpoint, or one port. */
  #targets(service: ZoneService, before: readonly string[]): readonly Target[] {
    const base = `${service.name}.${service.namespace}.svc.${this.#options.domain}.`
    const [first = '', second = ''] = before
    const endpoints = this.#options.zone.endpoints(service)
    if (before.length === 1) {
      const chosen = endpoints.filter((endpoint) => endpoint.label === first)
      return chosen.flatMap((endpoint) => endpointTargets(endpoint, base))
    }
    const all =
      service.kind === 'clusterIP'
        ? serviceTargets(service, base)
        : endpoints.flatMap((endpoint) => endpointTargets(endpoint, base))
    if (before.length === 0) return all
    const port = first.replace(/^_/, '')
    const protocol = second.replace(/^_/, '')
    return all.filter((target) => target.port?.name === port && target.port.protocol === protocol)
  }

  #lookUpReverse(ip: string, type: DnsType, name: string): Lookup {
    const { zone, domain } = this.#options
    const service = zone.serviceAt(ip)
    const names =
      service === undefined ? zone.namesOf(ip) : [`${service.name}.${service.namespace}`]
    // Addresses that are not the cluster's are asked upstream, where nobody knows them.
    if (names.length === 0) return 'nxdomain'
    if (type !== 'PTR') return { records: [] }
    return { records: names.map((one) => record(name, 'PTR', `${one}.svc.${domain}.`)) }
  }
}

type Target = {
  readonly ip: string
  readonly name: string
  /** Undefined where no port is declared: such a target has an address, but no SRV record. */
  readonly port: ZonePort | undefined
}

function endpointTargets(endpoint: ZoneEndpoint, base: string): readonly Target[] {
  const { ip, ports } = endpoint
  const name = `${endpoint.label}.${base}`
  if (ports.length === 0) return [{ ip, name, port: undefined }]
  return ports.map((port) => ({ ip, name, port }))
}

function serviceTargets(service: ZoneService, base: string): readonly Target[] {
  const ip = service.clusterIp
  if (service.ports.length === 0) return [{ ip, name: base, port: undefined }]
  return service.ports.map((port) => ({ ip, name: base, port }))
}

function recordsFor(targets: readonly Target[], type: DnsType, name: string): Found {
  if (type === 'A') {
    const ips = [...new Set(targets.map((target) => target.ip))]
    return { records: ips.map((ip) => record(name, 'A', ip)) }
  }
  if (type !== 'SRV') return { records: [] }
  const weight = Math.max(1, Math.floor(100 / targets.length))
  const records: DnsRecord[] = []
  const additional = new Map<string, DnsRecord>()
  for (const { ip, name: target, port } of targets) {
    if (port === undefined) continue
    records.push(record(name, 'SRV', `0 ${weight} ${port.port} ${target}`))
    additional.set(target, record(target, 'A', ip))
  }
  return { records, additional: [...additional.values()] }
}

function record(name: string, type: DnsType, data: string): DnsRecord {
  return { name, type, ttlSeconds: TTL_SECONDS, data }
}

function aged(answer: DnsAnswer, ttlSeconds: number): DnsAnswer {
  const age = (records: readonly DnsRecord[]) => records.map((one) => ({ ...one, ttlSeconds }))
  return {
    ...answer,
    answers: age(answer.answers),
    authority: age(answer.authority),
    additional: age(answer.additional),
  }
}

function trimDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}
