import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { ApiReply, ApiRequest, RemoteStreams } from '#sim/apimachinery/request.ts'
import { encodeJson } from './encode-json.ts'
import { toApiRequest, urlOf } from './http-request.ts'
import type { HttpFrontOptions } from './http-server.ts'
import { EXEC_PROTOCOLS, serveExecChannels, serveForwardChannels } from './remote-channels.ts'

/** Connections that leave HTTP: exec, attach and port-forward over WebSocket. */
export class Upgrades {
  readonly #options: HttpFrontOptions
  readonly #sockets: WebSocketServer

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      handleProtocols: (offered) => choose([...offered]) ?? false,
    })
  }

  handle(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const url = urlOf(message)
    const request = url === undefined ? undefined : toApiRequest(message, url, new Uint8Array())
    if (url === undefined || request === undefined) {
      refuse(socket, 400, 'Bad Request')
      return
    }
    const isWebSocket = message.headers.upgrade?.toLowerCase() === 'websocket'
    const offered = (message.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((one) => one.trim())
    this.#options.catchUp()
    const isForward = url.pathname.endsWith('/portforward')
    const replies = isForward ? this.#forwards(request, url) : [this.#options.call(request)]
    this.#options.wake()
    const refused = replies.find((reply) => reply.type !== 'stream')
    if (refused !== undefined) {
      refuseWith(socket, refused)
    } else if (!isWebSocket || choose(offered) === undefined) {
      refuse(
        socket,
        400,
        `unable to upgrade: unsupported protocol ${message.headers.upgrade ?? ''}`,
      )
    } else {
      this.#sockets.handleUpgrade(message, socket, head, (client) =>
        this.#serve(client, replies, url, isForward),
      )
    }
  }

  #forwards(request: ApiRequest, url: URL): ApiReply[] {
    const ports = url.searchParams.getAll('ports').flatMap((text) => text.split(','))
    if (ports.length === 0) return [this.#options.call(request)]
    return ports.map((port) => this.#options.call({ ...request, query: [['ports', port]] }))
  }

  #serve(client: WebSocket, replies: readonly ApiReply[], url: URL, isForward: boolean): void {
    const { simulation, wake } = this.#options
    const streams = replies.flatMap((reply): RemoteStreams[] =>
      reply.type === 'stream' ? [reply.start()] : [],
    )
    if (isForward) {
      const ports = url.searchParams.getAll('ports').flatMap((text) => text.split(','))
      const forwarded = streams.map((one, index) => ({ port: Number(ports[index]), streams: one }))
      serveForwardChannels(client, forwarded, simulation, wake)
    } else if (streams[0] !== undefined) {
      serveExecChannels(client, streams[0], simulation, wake)
    }
    wake()
  }
}

function choose(offered: readonly string[]): string | undefined {
  return EXEC_PROTOCOLS.find((protocol) => offered.includes(protocol))
}

/** The same answer as without an upgrade, so that a client's second try is told the same. */
function refuseWith(socket: Duplex, reply: ApiReply): void {
  const body =
    reply.type === 'object'
      ? encodeJson(reply.body, false)
      : reply.type === 'text'
        ? Buffer.from(reply.body).toString()
        : ''
  refuse(socket, reply.code, body, reply.type === 'object' ? 'application/json' : 'text/plain')
}

function refuse(socket: Duplex, code: number, body: string, type = 'text/plain'): void {
  socket.end(
    [
      `HTTP/1.1 ${code} Refused`,
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
