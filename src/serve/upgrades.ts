import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ApiReply, ApiRequest, RemoteStreams } from '#sim/apimachinery/request.ts'
import { encodeJson } from './encode-json.ts'
import { toApiRequest, urlOf } from './http-request.ts'
import type { HttpFrontOptions } from './http-server.ts'
import { EXEC_PROTOCOLS, serveExecChannels, serveForwardChannels } from './remote-channels.ts'
import {
  serveExecSpdy,
  serveForwardSpdy,
  SPDY_EXEC_PROTOCOLS,
  SPDY_FORWARD_PROTOCOL,
  TUNNEL_PROTOCOL,
} from './remote-spdy.ts'

const SOCKET_PROTOCOLS = [TUNNEL_PROTOCOL, ...EXEC_PROTOCOLS]

type Upgrade = {
  readonly message: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly request: ApiRequest
  readonly url: URL
  readonly isForward: boolean
}

/** Connections that leave HTTP: exec, attach and port-forward, over WebSocket or SPDY. */
export class Upgrades {
  readonly #options: HttpFrontOptions
  readonly #sockets: WebSocketServer
  readonly #connections = new Set<Duplex>()

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: (offered) => choose(SOCKET_PROTOCOLS, [...offered]) ?? false,
    })
  }

  /** Ends what has left HTTP: its server does not know these connections any more. */
  close(): void {
    for (const socket of this.#connections) socket.destroy()
  }

  handle(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#connections.add(socket)
    socket.on('close', () => this.#connections.delete(socket))
    socket.on('error', () => socket.destroy())
    const url = urlOf(message)
    const request = url === undefined ? undefined : toApiRequest(message, url, new Uint8Array())
    if (url === undefined || request === undefined) {
      refuse(socket, 400, 'Bad Request')
      return
    }
    const isForward = url.pathname.endsWith('/portforward')
    const upgrade = { message, socket, head, request, url, isForward }
    if (message.headers.upgrade?.toLowerCase() === 'websocket') this.#webSocket(upgrade)
    else if (message.headers.upgrade?.toLowerCase() === 'spdy/3.1') this.#spdy(upgrade)
    else refuse(socket, 400, 'unable to upgrade: unsupported protocol')
  }

  #call(request: ApiRequest): ApiReply {
    this.#options.catchUp()
    const reply = this.#options.call(request)
    this.#options.wake()
    return reply
  }

  /** The answer to a whole request, or to each of its ports; refusals end the connection. */
  #accepted({ request, url, socket, isForward }: Upgrade): (() => RemoteStreams)[] | undefined {
    const ports = isForward ? portsOf(url) : []
    const replies =
      ports.length === 0
        ? [this.#call(request)]
        : ports.map((port) => this.#call({ ...request, query: [['ports', String(port)]] }))
    const refused = replies.find((reply) => reply.type !== 'stream')
    if (refused !== undefined) {
      refuseWith(socket, refused)
      return undefined
    }
    return replies.flatMap((reply) => (reply.type === 'stream' ? [reply.start] : []))
  }

  #webSocket(upgrade: Upgrade): void {
    const { message, socket, head } = upgrade
    const offered = commaList(message.headers['sec-websocket-protocol'])
    const protocol = choose(SOCKET_PROTOCOLS, offered)
    const starts = this.#accepted(upgrade)
    if (starts === undefined) return
    if (protocol === undefined) {
      refuse(socket, 400, `unable to upgrade: no protocol of ${offered.join(', ')} is known`)
      return
    }
    this.#sockets.handleUpgrade(message, socket, head, (client) =>
      this.#serve(client, upgrade, starts),
    )
  }

  #serve(client: WebSocket, upgrade: Upgrade, starts: readonly (() => RemoteStreams)[]): void {
    const { simulation, wake } = this.#options
    if (client.protocol === TUNNEL_PROTOCOL) {
      const transport = {
        send: (bytes: Uint8Array) => client.send(bytes),
        end: () => client.close(1000),
      }
      const connection = this.#forward(upgrade, transport)
      client.on('message', (data: Buffer) => connection.feed(data))
      client.on('close', () => connection.drop())
      client.on('error', () => client.terminate())
      return
    }
    const streams = starts.map((start) => start())
    if (upgrade.isForward) {
      const ports = portsOf(upgrade.url)
      const forwarded = streams.map((one, index) => ({ port: ports[index] ?? 0, streams: one }))
      serveForwardChannels(client, forwarded, simulation, wake)
    } else if (streams[0] !== undefined) {
      serveExecChannels(client, streams[0], simulation, wake)
    }
    wake()
  }

  #spdy(upgrade: Upgrade): void {
    const { message, socket, head, url, isForward } = upgrade
    const offered = commaList(message.headers['x-stream-protocol-version'])
    const known = isForward ? [SPDY_FORWARD_PROTOCOL] : SPDY_EXEC_PROTOCOLS
    const protocol = choose(known, offered)
    const starts = this.#accepted(upgrade)
    if (starts === undefined) return
    const [start] = starts
    if (protocol === undefined || start === undefined) {
      const header = `X-Accepted-Stream-Protocol-Versions: ${known.join(', ')}`
      refuse(socket, 403, 'unable to upgrade: unable to negotiate protocol', 'text/plain', header)
      return
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    )
    const transport = {
      send: (bytes: Uint8Array) => {
        if (socket.writable) socket.write(bytes)
      },
      end: () => socket.end(),
    }
    const connection = isForward
      ? this.#forward(upgrade, transport)
      : serveExecSpdy(transport, url.searchParams, start, this.#options)
    socket.on('data', (bytes: Buffer) => connection.feed(bytes))
    socket.on('close', () => connection.drop())
    if (head.length > 0) connection.feed(head)
  }

  #forward(
    { request }: Upgrade,
    transport: { send: (bytes: Uint8Array) => void; end: () => void },
  ) {
    const open = (port: string) => this.#call({ ...request, query: [['ports', port]] })
    return serveForwardSpdy(transport, open, this.#options)
  }
}

function portsOf(url: URL): number[] {
  return url.searchParams.getAll('ports').flatMap((text) => text.split(',').map(Number))
}

function commaList(header: string | string[] | undefined): string[] {
  return [header ?? []].flat().flatMap((text) => text.split(',').map((one) => one.trim()))
}

function choose(known: readonly string[], offered: readonly string[]): string | undefined {
  return known.find((protocol) => offered.includes(protocol))
}

/** The same answer as without an upgrade, so that a client's second try is told the same. */
function refuseWith(socket: Duplex, reply: ApiReply): void {
  if (reply.type === 'object') {
    refuse(socket, reply.code, encodeJson(reply.body, false), 'application/json')
  } else {
    refuse(socket, reply.code, reply.type === 'text' ? Buffer.from(reply.body).toString() : '')
  }
}

function refuse(
  socket: Duplex,
  code: number,
  body: string,
  type = 'text/plain',
  ...headers: string[]
): void {
  socket.end(
    [
      `HTTP/1.1 ${code} Refused`,
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
