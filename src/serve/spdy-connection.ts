import { createInflate, type Inflate } from 'node:zlib'
import { SPDY_DICTIONARY } from './spdy-dictionary.ts'

const SYN_STREAM = 1
const SYN_REPLY = 2
const RST_STREAM = 3
const PING = 6
const GOAWAY = 7
const FLAG_FIN = 1
const FRAME_HEAD_BYTES = 8
const DATA_BYTES_MAX = 32 * 1024

/**
 * An empty header block in an uncompressed zlib stream: the head once, then a stored block each,
 * and an empty one as a flush ends, without which some readers wait for more.
 */
const ZLIB_HEAD = Buffer.of(0x78, 0x01)
const EMPTY_HEADERS = Buffer.from('000400fbff00000000000000ffff', 'hex')

export type SpdyTransport = {
  readonly send: (bytes: Uint8Array) => void
  readonly end: () => void
}

/** One stream that the client opened. */
export class SpdyStream {
  readonly id: number
  readonly headers: ReadonlyMap<string, string>
  onData: (bytes: Uint8Array) => void = () => {}
  onEnd: () => void = () => {}
  readonly #transport: SpdyTransport
  #isEnded = false

  constructor(id: number, headers: ReadonlyMap<string, string>, transport: SpdyTransport) {
    this.id = id
    this.headers = headers
    this.#transport = transport
  }

  write(bytes: Uint8Array): void {
    if (this.#isEnded) return
    for (let at = 0; at < bytes.length; at += DATA_BYTES_MAX)
      this.#transport.send(dataFrame(this.id, 0, bytes.subarray(at, at + DATA_BYTES_MAX)))
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#transport.send(dataFrame(this.id, FLAG_FIN, Buffer.alloc(0)))
  }
}

/**
 * The server's side of SPDY/3.1, as far as remote commands and forwarded ports use it: no
 * priorities and no flow control. Upstream: github.com/moby/spdystream.
 */
export class SpdyConnection {
  readonly #transport: SpdyTransport
  readonly #onStream: (stream: SpdyStream) => void
  readonly #streams = new Map<number, SpdyStream>()
  readonly #inflate: Inflate
  #inflated: Buffer[] = []
  #pending: Buffer = Buffer.alloc(0)
  // Headers are inflated asynchronously; frames behind them wait in line.
  #line: Promise<void> = Promise.resolve()
  #lastId = 0
  #hasSentHead = false

  constructor(transport: SpdyTransport, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport
    this.#onStream = onStream
    this.#inflate = createInflate({ dictionary: SPDY_DICTIONARY })
    this.#inflate.on('data', (chunk: Buffer) => this.#inflated.push(chunk))
    this.#inflate.on('error', () => this.#transport.end())
  }

  /** Bytes from the client, in pieces of any size. */
  feed(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, bytes])
    for (;;) {
      if (this.#pending.length < FRAME_HEAD_BYTES) return
      const length = this.#pending.readUIntBE(5, 3)
      if (this.#pending.length < FRAME_HEAD_BYTES + length) return
      const frame = this.#pending.subarray(0, FRAME_HEAD_BYTES + length)
      this.#pending = this.#pending.subarray(FRAME_HEAD_BYTES + length)
      this.#line = this.#line.then(() => this.#frame(frame)).catch(() => this.#transport.end())
    }
  }

  /** Ends every stream and says goodbye. */
  close(): void {
    for (const stream of this.#streams.values()) stream.end()
    const payload = Buffer.alloc(8)
    payload.writeUInt32BE(this.#lastId)
    this.#transport.send(controlFrame(GOAWAY, 0, payload))
    this.#transport.end()
  }

  /** The client is gone. */
  drop(): void {
    this.#inflate.close()
    for (const stream of this.#streams.values()) stream.onEnd()
    this.#streams.clear()
  }

  async #frame(frame: Buffer): Promise<void> {
    const head = frame.readUInt32BE(0)
    const flags = frame.readUInt8(4)
    const payload = frame.subarray(FRAME_HEAD_BYTES)
    if (head < 0x8000_0000) {
      this.#data(head, flags, payload)
      return
    }
    switch (head & 0xffff) {
      case SYN_STREAM:
        await this.#open(payload, flags)
        return
      case RST_STREAM:
        this.#reset(payload.readUInt32BE(0))
        return
      case PING:
        this.#transport.send(controlFrame(PING, 0, payload))
        return
      case GOAWAY:
        this.#transport.end()
        return
      default:
        // Settings, windows and further headers mean nothing here.
        return
    }
  }

  #data(id: number, flags: number, payload: Buffer): void {
    const stream = this.#streams.get(id)
    if (stream === undefined) return
    if (payload.length > 0) stream.onData(payload)
    if ((flags & FLAG_FIN) !== 0) stream.onEnd()
  }

  #reset(id: number): void {
    const stream = this.#streams.get(id)
    this.#streams.delete(id)
    stream?.onEnd()
  }

  async #open(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fff_ffff
    this.#lastId = id
    const headers = readHeaders(await this.#inflateBlock(payload.subarray(10)))
    const stream = new SpdyStream(id, headers, this.#transport)
    this.#streams.set(id, stream)
    const reply = Buffer.alloc(4)
    reply.writeUInt32BE(id)
    const block = this.#hasSentHead ? EMPTY_HEADERS : Buffer.concat([ZLIB_HEAD, EMPTY_HEADERS])
    this.#hasSentHead = true
    this.#transport.send(controlFrame(SYN_REPLY, 0, Buffer.concat([reply, block])))
    this.#onStream(stream)
    if ((flags & FLAG_FIN) !== 0) stream.onEnd()
  }

  /** Blocks are flushed by the sender, so what a block holds is out once it was written. */
  #inflateBlock(block: Buffer): Promise<Buffer> {
    this.#inflated = []
    return new Promise((resolve, reject) => {
      this.#inflate.write(block, (error) => {
        if (error !== undefined && error !== null) reject(error)
        else resolve(Buffer.concat(this.#inflated))
      })
    })
  }
}

function readHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 4
  const text = (): string => {
    const length = block.readUInt32BE(at)
    const value = block.toString('utf8', at + 4, at + 4 + length)
    at += 4 + length
    return value
  }
  for (let count = block.readUInt32BE(0); count > 0; count--) {
    const name = text().toLowerCase()
    headers.set(name, text())
  }
  return headers
}

function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt16BE(0x8003, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt8(flags, 4)
  head.writeUIntBE(payload.length, 5, 3)
  return Buffer.concat([head, payload])
}

function dataFrame(id: number, flags: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt32BE(id, 0)
  head.writeUInt8(flags, 4)
  head.writeUIntBE(data.length, 5, 3)
  return Buffer.concat([head, data])
}
