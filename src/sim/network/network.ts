import type { Call } from '#sim/apimachinery/request.ts'
import { Client } from '#sim/client/client.ts'
import { InformerFactory } from '#sim/client/informer.ts'
import type { Timings } from '#sim/client/timings.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import { type Connection, type DnsAnswer, type DnsQuestion, OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { currentProcess, sleep } from '#sim/kernel/waits.ts'
import {
  AddressPool,
  isLoopback,
  nodeAddress,
  NETWORK_PLANS,
  type NetworkPlan,
  podSubnet,
} from './addresses.ts'
import { SocketSide } from './connection.ts'
import { DnsServer } from './dns-server.ts'
import { DnsZone } from './dns-zone.ts'
import { type HostPlace, NetworkHost, type Wires } from './network-host.ts'
import { type NamedRecord, zoneRecords } from './records.ts'
import { type Route, routeService } from './service-proxy.ts'

export type NetworkOptions = {
  readonly simulation: Simulation
  readonly call: Call
  readonly timings: Timings
  readonly plan?: NetworkPlan
  /** The node that the DNS server runs on; without one it stays with the control plane. */
  readonly dnsNode?: string
}

export type NodeNetwork = {
  readonly name: string
  readonly ip: string
  readonly podCidr: string
  readonly pods: AddressPool
  /** The node's own sockets, from which its kubelet probes. */
  readonly host: NetworkHost
}

const SYN_TIMEOUT_MS = 127_000
/** Three ARP requests without an answer. */
const NO_ROUTE_MS = 3050
const DNS_TIMEOUT_MS = 5000
const DNS_ATTEMPTS = 2

/**
 * The network of one cluster: who has which address, who reaches whom and how long it takes, the
 * Services' addresses and the DNS server. Both know Services and endpoints from their own watches.
 */
export class Network {
  readonly plan: NetworkPlan
  readonly dns: DnsServer
  readonly zone = new DnsZone()
  readonly #simulation: Simulation
  readonly #random: Random
  readonly #dnsNode: string | undefined
  readonly #informers: InformerFactory
  readonly #hosts = new Map<string, NetworkHost>()
  readonly #nodes = new Map<string, NodeNetwork>()
  readonly #partitioned = new Set<string>()
  readonly #powerless = new Set<string>()
  readonly #healListeners = new Map<string, Set<() => void>>()
  readonly #stalled: { readonly nodes: readonly string[]; readonly arrive: () => void }[] = []
  readonly #wires: Wires
  #nextNode = 1
  #hasControlPlane = false

  constructor(options: NetworkOptions) {
    const { simulation } = options
    this.plan = options.plan ?? NETWORK_PLANS['1.36']
    this.#simulation = simulation
    this.#random = simulation.random.fork('network')
    this.#dnsNode = options.dnsNode
    this.dns = new DnsServer({
      zone: this.zone,
      random: simulation.random.fork('dns'),
      unixMs: () => simulation.unixMs,
      domain: this.plan.clusterDomain,
      serviceIp: this.plan.dnsServiceIp,
    })
    const client = new Client({
      call: options.call,
      user: 'system:serviceaccount:kube-system:coredns',
      userAgent: 'coredns/1.14',
    })
    this.#informers = new InformerFactory(simulation, client, {
      latencyMs: options.timings.endpointsToDnsMs,
    })
    this.#wires = {
      connect: (from, ip, port, timeoutMs) => this.#connect(from, ip, port, timeoutMs),
      query: (from, server, question) => this.#query(from, server, question),
    }
    this.#watch()
  }

  /** Lists and watches what Services and names are made of. */
  start(): void {
    this.#informers.start()
  }

  /** Control planes come first, in the first subnet, as kind numbers them. */
  addNode(name: string, options: { readonly isControlPlane?: boolean } = {}): NodeNetwork {
    invariant(!this.#nodes.has(name), `node ${name} has a network already`)
    const isFirst = options.isControlPlane === true && !this.#hasControlPlane
    if (isFirst) this.#hasControlPlane = true
    const index = isFirst ? 0 : this.#nextNode++
    const pods = new AddressPool(podSubnet(this.plan.podPrefix, index))
    const ip = nodeAddress(this.plan.nodePrefix, index)
    const files = { read: () => undefined }
    const host = this.attach({ ip, hostname: name, node: name, files })
    const node = { name, ip, podCidr: `${pods.subnet}.0/24`, pods, host }
    this.#nodes.set(name, node)
    return node
  }

  node(name: string): NodeNetwork | undefined {
    return this.#nodes.get(name)
  }

  attach(place: HostPlace): NetworkHost {
    const host = new NetworkHost(place, this.#wires)
    this.#hosts.set(place.ip, host)
    return host
  }

  detach(host: NetworkHost): void {
    host.close()
    if (this.#hosts.get(host.ip) === host) this.#hosts.delete(host.ip)
  }

  hostAt(ip: string): NetworkHost | undefined {
    return this.#hosts.get(ip)
  }

  /** Cuts a node off from all others and from the control plane. */
  partition(node: string): void {
    this.#partitioned.add(node)
  }

  heal(node: string): void {
    if (!this.#partitioned.delete(node) || this.#isCutOff(node)) return
    this.#deliverStalled(node)
  }

  /** The machine is gone from the network, with whatever was on its way to it. */
  powerOff(node: string): void {
    this.#powerless.add(node)
  }

  powerOn(node: string): void {
    if (!this.#powerless.delete(node) || this.#isCutOff(node)) return
    this.#deliverStalled(node)
  }

  #deliverStalled(node: string): void {
    const stalled = this.#stalled.splice(0)
    for (const packet of stalled) {
      if (packet.nodes.some((one) => this.#isCutOff(one))) this.#stalled.push(packet)
      else packet.arrive()
    }
    for (const listener of [...(this.#healListeners.get(node) ?? [])]) listener()
  }

  isPartitioned(node: string): boolean {
    return this.#partitioned.has(node)
  }

  onHeal(node: string, listener: () => void): () => void {
    const listeners = this.#healListeners.get(node) ?? new Set()
    this.#healListeners.set(node, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** One question as the DNS server answers it, without the way there. */
  ask(question: DnsQuestion): DnsAnswer {
    return this.dns.answer(question)
  }

  /** Names of headless Services as they resolve now. `recordsVersion` tells when they may differ. */
  records(): readonly NamedRecord[] {
    return zoneRecords(this.zone, this.plan.clusterDomain)
  }

  get recordsVersion(): number {
    return this.zone.version
  }

  /** The time one packet takes between two places. */
  latencyMs(from: string | undefined, to: string | undefined): number {
    return from === to ? this.#random.uniform(0.02, 0.06) : this.#random.uniform(0.1, 0.2)
  }

  canReach(from: string | undefined, to: string | undefined): boolean {
    if (from === to) return from === undefined || !this.#powerless.has(from)
    return !this.#isCutOff(from) && !this.#isCutOff(to)
  }

  #isCutOff(node: string | undefined): boolean {
    return node !== undefined && (this.#partitioned.has(node) || this.#powerless.has(node))
  }

  #watch(): void {
    const { zone } = this
    this.#informers.for('namespaces').onChange({
      added: (namespace) => zone.putNamespace(namespace.metadata.name),
      deleted: (namespace) => zone.removeNamespace(namespace.metadata.name),
    })
    this.#informers.for('services').onChange({
      added: (service) => zone.putService(service),
      updated: (_old, service) => zone.putService(service),
      deleted: (service) => zone.removeService(service),
    })
    this.#informers.for('endpointslices').onChange({
      added: (slice) => zone.putSlice(slice),
      updated: (_old, slice) => zone.putSlice(slice),
      deleted: (slice) => zone.removeSlice(slice),
    })
  }

  *#connect(
    from: NetworkHost,
    ip: string,
    port: number,
    timeoutMs = SYN_TIMEOUT_MS,
  ): Task<Connection> {
    const target = this.#route(from, ip, port)
    if (target.type === 'drop') return yield* fail(timeoutMs)
    const { host } = target
    if (target.type === 'noRoute') {
      if (timeoutMs < NO_ROUTE_MS) return yield* fail(timeoutMs)
      yield* sleep(NO_ROUTE_MS)
      throw new OsError('EHOSTUNREACH')
    }
    if (host !== undefined && !this.canReach(from.node, host.node)) return yield* fail(timeoutMs)
    const to = host?.node ?? from.node
    yield* sleep(this.latencyMs(from.node, to) + this.latencyMs(to, from.node))
    const listener = host?.listenerFor(isLoopback(ip) ? ip : host.ip, target.port)
    if (host === undefined || listener === undefined) throw new OsError('ECONNREFUSED')
    const process = yield* currentProcess()
    const sourceIp = host === from ? (isLoopback(ip) ? '127.0.0.1' : from.ip) : from.ip
    const source = { ip: sourceIp, port: from.ephemeralPort() }
    const carry = this.#carrier(from, host, process.periodic)
    const client = new SocketSide(source, { ip, port }, carry)
    const localIp = isLoopback(ip) ? '127.0.0.1' : host.ip
    const server = new SocketSide({ ip: localIp, port: target.port }, source, carry)
    SocketSide.join(client, server)
    from.track(client)
    host.track(server)
    listener.offer(server)
    return client
  }

  #route(from: NetworkHost, ip: string, port: number): Target {
    if (isLoopback(ip) || ip === from.ip || ip === '0.0.0.0')
      return { type: 'host', host: from, port }
    if (from.isOutside) return { type: 'drop', host: undefined, port }
    const route: Route = routeService(this.zone, this.#random, ip, port)
    if (route.type === 'drop') return { type: 'drop', host: undefined, port }
    if (route.type === 'reject') return { type: 'host', host: undefined, port }
    const address = route.type === 'endpoint' ? route.ip : ip
    const targetPort = route.type === 'endpoint' ? route.port : port
    const host = this.#hosts.get(address)
    if (host !== undefined && !host.isOutside) return { type: 'host', host, port: targetPort }
    // The node of a Pod address that is free says so; a node that is away says nothing.
    const node = [...this.#nodes.values()].find((one) => one.pods.contains(address))
    const isAnswered =
      node !== undefined &&
      this.#hosts.get(node.ip) === node.host &&
      this.canReach(from.node, node.name)
    return { type: isAnswered ? 'noRoute' : 'drop', host: undefined, port: targetPort }
  }

  #carrier(a: NetworkHost, b: NetworkHost, periodic: boolean) {
    return (from: SocketSide, arrive: () => void): void => {
      const delay = a === b ? 0.01 : this.latencyMs(a.node, b.node)
      from.lastDueAt = Math.max(from.lastDueAt, this.#simulation.now + delay)
      const deliver = () => {
        if (this.canReach(a.node, b.node)) return arrive()
        const nodes = [a.node, b.node].filter((node) => node !== undefined)
        this.#stalled.push({ nodes, arrive })
      }
      this.#simulation.after(from.lastDueAt - this.#simulation.now, deliver, {
        label: 'network',
        periodic,
      })
    }
  }

  *#query(from: NetworkHost, server: string, question: DnsQuestion): Task<DnsAnswer> {
    const isServer = server === this.plan.dnsServiceIp
    if (!isServer || from.isOutside || !this.canReach(from.node, this.#dnsNode)) {
      yield* sleep(DNS_TIMEOUT_MS * DNS_ATTEMPTS)
      return { code: 'TIMEOUT', isAuthoritative: false, answers: [], authority: [], additional: [] }
    }
    yield* sleep(this.latencyMs(from.node, this.#dnsNode))
    const answer = this.dns.answer(question)
    yield* sleep(this.latencyMs(this.#dnsNode, from.node))
    return answer
  }
}

type Target = {
  readonly type: 'host' | 'noRoute' | 'drop'
  /** Undefined where the connection is rejected at once. */
  readonly host: NetworkHost | undefined
  readonly port: number
}

function* fail(timeoutMs: number): Task<never> {
  yield* sleep(timeoutMs)
  throw new OsError('ETIMEDOUT')
}

export function createNetwork(options: NetworkOptions): Network {
  return new Network(options)
}
