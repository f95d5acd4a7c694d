import type { Task } from '#sim/kernel/process.ts'
import { type Connection, OsError } from '#sim/kernel/os/types.ts'
import { suspend } from '#sim/kernel/waits.ts'

/** What a connection asks of the network: to bring something over to the other side, in order. */
export type Carry = (from: SocketSide, arrive: () => void) => void

type Address = { readonly ip: string; readonly port: number }

const WINDOW_BYTES = 256 * 1024

/** One end of a TCP connection. What it writes reaches the other end after the network's latency. */
export class SocketSide implements Connection {
  readonly localIp: string
  readonly localPort: number
  readonly remoteIp: string
  readonly remotePort: number
  /** Set by the time of delivery: no packet overtakes another. */
  lastDueAt = 0
  readonly #carry: Carry
  readonly #inbox: Uint8Array[] = []
  readonly #waiters = new Set<() => void>()
  #peer: SocketSide | undefined
  #unreadByPeer = 0
  #hasEnded = false
  #peerHasEnded = false
  #isReset = false
  #closeListener: (() => void) | undefined

  constructor(local: Address, remote: Address, carry: Carry) {
    this.localIp = local.ip
    this.localPort = local.port
    this.remoteIp = remote.ip
    this.remotePort = remote.port
    this.#carry = carry
  }

  static join(a: SocketSide, b: SocketSide): void {
    a.#peer = b
    b.#peer = a
  }

  onClose(listener: () => void): void {
    this.#closeListener = listener
  }

  *read(): Task<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#inbox.shift()
      if (chunk !== undefined) {
        this.#acknowledge(chunk.length)
        return chunk
      }
      if (this.#isReset) throw new OsError('ECONNRESET')
      if (this.#peerHasEnded) return undefined
      yield* this.#changed()
    }
  }

  *write(bytes: Uint8Array): Task {
    while (this.#unreadByPeer > WINDOW_BYTES && !this.#isReset) yield* this.#changed()
    if (this.#isReset) throw new OsError('ECONNRESET')
    if (this.#hasEnded) throw new OsError('EPIPE')
    if (bytes.length === 0) return
    const copy = bytes.slice()
    this.#unreadByPeer += copy.length
    this.#send((peer) => peer.#arrived(copy))
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#send((peer) => {
      peer.#peerHasEnded = true
      peer.#wakeAll()
      if (peer.#hasEnded) peer.#closed()
    })
    if (this.#peerHasEnded) this.#closed()
  }

  destroy(): void {
    if (this.#isReset) return
    this.#hasEnded = true
    this.#isReset = true
    this.#inbox.length = 0
    this.#send((peer) => peer.#reset())
    this.#wakeAll()
    this.#closed()
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#isReset) return
    this.#inbox.push(bytes)
    this.#wakeAll()
  }

  #reset(): void {
    // A finished conversation has nothing left to lose; what has arrived can still be read.
    if (this.#peerHasEnded && this.#hasEnded) return
    this.#isReset = true
    this.#wakeAll()
    this.#closed()
  }

  #acknowledge(length: number): void {
    const peer = this.#peer
    if (peer === undefined) return
    const wasFull = peer.#unreadByPeer > WINDOW_BYTES
    peer.#unreadByPeer -= length
    if (wasFull && peer.#unreadByPeer <= WINDOW_BYTES) peer.#wakeAll()
  }

  #send(arrive: (peer: SocketSide) => void): void {
    const peer = this.#peer
    if (peer !== undefined) this.#carry(this, () => arrive(peer))
  }

  #changed(): Task {
    return suspend<void>((wake) => {
      this.#waiters.add(wake)
      return () => this.#waiters.delete(wake)
    })
  }

  #wakeAll(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }

  #closed(): void {
    const listener = this.#closeListener
    this.#closeListener = undefined
    listener?.()
  }
}
