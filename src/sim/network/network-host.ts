import type { Task } from '#sim/kernel/process.ts'
import {
  type Connection,
  type DnsAnswer,
  type DnsQuestion,
  type HostNetwork,
  type Listener,
  OsError,
} from '#sim/kernel/os/types.ts'
import { Channel } from '#sim/kernel/waits.ts'
import { isLoopback } from './addresses.ts'
import type { SocketSide } from './connection.ts'
import { resolveHost, type ResolverFiles } from './resolver.ts'

/** What a host asks of the network it is attached to. */
export type Wires = {
  connect(
    from: NetworkHost,
    ip: string,
    port: number,
    timeoutMs: number | undefined,
  ): Task<Connection>
  query(from: NetworkHost, server: string, question: DnsQuestion): Task<DnsAnswer>
}

export type HostPlace = {
  readonly ip: string
  readonly hostname: string
  /** Undefined for what is on no node: the control plane's side. */
  readonly node?: string
  /** Where resolv.conf and hosts are read. */
  readonly files: ResolverFiles
  /** Not on the cluster's network: neither Pods nor Services can be reached from here. */
  readonly isOutside?: boolean
}

const EPHEMERAL_FIRST = 32768
const EPHEMERAL_LAST = 60999

/** The sockets of one network namespace: a Pod's, a node's or the workstation's. */
export class NetworkHost implements HostNetwork {
  readonly ip: string
  readonly hostname: string
  readonly node: string | undefined
  readonly files: ResolverFiles
  readonly isOutside: boolean
  readonly #wires: Wires
  readonly #listeners = new Map<number, PortListener>()
  readonly #connections = new Set<SocketSide>()
  #lastPort = EPHEMERAL_FIRST

  constructor(place: HostPlace, wires: Wires) {
    this.ip = place.ip
    this.hostname = place.hostname
    this.node = place.node
    this.files = place.files
    this.isOutside = place.isOutside === true
    this.#wires = wires
  }

  listen(port: number, options: { readonly address?: string } = {}): Listener {
    if (this.#listeners.has(port)) throw new OsError('EADDRINUSE')
    const listener = new PortListener(port, options.address ?? '0.0.0.0', () => {
      this.#listeners.delete(port)
    })
    this.#listeners.set(port, listener)
    return listener
  }

  connect(
    ip: string,
    port: number,
    options: { readonly timeoutMs?: number } = {},
  ): Task<Connection> {
    return this.#wires.connect(this, ip, port, options.timeoutMs)
  }

  *lookup(name: string): Task<readonly string[]> {
    const found = yield* resolveHost(name, this.files, (server, question) =>
      this.query(server, question),
    )
    return found?.addresses ?? []
  }

  query(server: string, question: DnsQuestion): Task<DnsAnswer> {
    return this.#wires.query(this, server, question)
  }

  /** The listener that takes connections to `ip` on this port. */
  listenerFor(ip: string, port: number): PortListener | undefined {
    const listener = this.#listeners.get(port)
    if (listener === undefined) return undefined
    const { address } = listener
    if (address === '0.0.0.0' || address === '::') return listener
    const isMatch = isLoopback(address) ? isLoopback(ip) : address === ip
    return isMatch ? listener : undefined
  }

  get listeningPorts(): readonly number[] {
    return [...this.#listeners.keys()].sort((a, b) => a - b)
  }

  ephemeralPort(): number {
    this.#lastPort = this.#lastPort >= EPHEMERAL_LAST ? EPHEMERAL_FIRST : this.#lastPort + 1
    return this.#lastPort
  }

  track(side: SocketSide): void {
    this.#connections.add(side)
    side.onClose(() => this.#connections.delete(side))
  }

  /** The namespace goes: its listeners and connections with it. */
  close(): void {
    for (const listener of [...this.#listeners.values()]) listener.close()
    for (const side of [...this.#connections]) side.destroy()
  }
}

export class PortListener implements Listener {
  readonly port: number
  readonly address: string
  readonly #accepted = new Channel<SocketSide>()
  readonly #onClose: () => void

  constructor(port: number, address: string, onClose: () => void) {
    this.port = port
    this.address = address
    this.#onClose = onClose
  }

  accept(): Task<Connection | undefined> {
    return this.#accepted.take()
  }

  offer(side: SocketSide): void {
    if (this.#accepted.isClosed) side.destroy()
    else this.#accepted.push(side)
  }

  close(): void {
    if (this.#accepted.isClosed) return
    this.#onClose()
    this.#accepted.close()
  }
}
