import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ApiReply, ApiRequest, Call } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { badRequest, methodNotAllowed } from '#sim/apimachinery/statuses.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { encodeJson, wantsPretty } from './encode-json.ts'
import { readBody, toApiRequest, urlOf } from './http-request.ts'
import { pumpOut } from './stream-pump.ts'
import { Upgrades } from './upgrades.ts'
import { WatchWriter } from './watch-writer.ts'

export type HttpFrontOptions = {
  readonly call: Call
  readonly simulation: Simulation
  /** Brings the simulated clock up to now, before a request is answered. */
  readonly catchUp: () => void
  /** Lets the simulation run what a request has set in motion. */
  readonly wake: () => void
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-expose-headers': 'Warning, Audit-Id, Retry-After',
}
const CACHE_CONTROL = 'no-cache, private'

/** The API server behind node:http: bytes in, bytes out, nothing decided here. */
export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #server: Server
  readonly #upgrades: Upgrades
  readonly #watchWriter = new WatchWriter()

  constructor(options: HttpFrontOptions) {
    this.#options = options
    this.#upgrades = new Upgrades(options)
    this.#server = createServer((message, response) => {
      this.#handle(message, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined)
      })
    })
    this.#server.keepAliveTimeout = 60_000
    this.#server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrades.handle(message, socket, head),
    )
  }

  /** Listens on 127.0.0.1; resolves to the port. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** Connections that are open, watched over or not. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => {
        if (error === null) resolve(count)
        else reject(error)
      })
    })
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
      this.#upgrades.close()
    })
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(message)
    const body = await readBody(message)
    if (url === undefined) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('Bad Request')
      return
    }
    const request = toApiRequest(message, url, body)
    if (request === undefined) {
      refuse(response, methodNotAllowed().status)
      return
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, CORS).end()
      return
    }
    this.#options.catchUp()
    const timeoutMs = wallTimeout(url)
    const reply = this.#options.call(withoutTimeout(request))
    this.#options.wake()
    const isPretty = wantsPretty(
      message.headers['user-agent'] ?? '',
      url.searchParams.get('pretty'),
    )
    this.#reply(reply, response, {
      isPretty: isPretty || url.pathname === '/version',
      timeoutMs,
      isHead: request.method === 'HEAD',
    })
  }

  #reply(
    reply: ApiReply,
    response: ServerResponse,
    how: { isPretty: boolean; timeoutMs: number | undefined; isHead: boolean },
  ): void {
    const headers = {
      ...CORS,
      'audit-id': randomUUID(),
      'cache-control': CACHE_CONTROL,
      ...(reply.type === 'stream' ? {} : reply.headers),
    }
    switch (reply.type) {
      case 'object': {
        const text = encodeJson(reply.body, how.isPretty)
        const length = Buffer.byteLength(text)
        response.writeHead(reply.code, {
          'content-type': 'application/json',
          'content-length': length,
          ...headers,
        })
        response.end(how.isHead ? undefined : text)
        return
      }
      case 'text':
        response.writeHead(reply.code, { 'content-type': 'text/plain', ...headers })
        response.end(how.isHead ? undefined : reply.body)
        return
      case 'watch':
        this.#watch(reply, response, headers, how.timeoutMs)
        return
      case 'stream':
        if (reply.code === 101)
          refuse(response, badRequest('Upgrade request required').status, headers)
        else this.#follow(reply, response, headers)
    }
  }

  #watch(
    reply: Extract<ApiReply, { type: 'watch' }>,
    response: ServerResponse,
    headers: Record<string, string>,
    timeoutMs: number | undefined,
  ): void {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.flushHeaders()
    const stop = reply.start({
      event: (event) => this.#watchWriter.write(response, event),
      end: () => this.#watchWriter.end(response),
    })
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            stop()
            this.#watchWriter.end(response)
          }, timeoutMs)
    whenOver(response, () => {
      clearTimeout(timer)
      stop()
      this.#watchWriter.forget(response)
    })
    this.#options.wake()
  }

  /** Logs that are followed: bytes until the container, or the client, is done. */
  #follow(
    reply: Extract<ApiReply, { type: 'stream' }>,
    response: ServerResponse,
    headers: Record<string, string>,
  ): void {
    response.writeHead(200, { 'content-type': 'text/plain', ...headers })
    response.flushHeaders()
    const streams = reply.start()
    if (streams.stdout === undefined) {
      response.end()
      return
    }
    pumpOut(
      this.#options.simulation,
      streams.stdout,
      (bytes) => response.write(bytes),
      () => response.end(),
    )
    whenOver(response, () => {
      streams.close()
      this.#options.wake()
    })
    this.#options.wake()
  }
}

/**
 * Once a response is sent or its connection is gone. One that waits behind another of the same
 * connection is not told of that itself.
 */
function whenOver(response: ServerResponse, then: () => void): void {
  const { socket } = response.req
  const end = () => {
    socket.off('close', end)
    response.off('close', end)
    then()
  }
  // Any number may wait, and each of them listens.
  socket.setMaxListeners(0)
  socket.on('close', end)
  response.on('close', end)
}

/** What the core is not even asked. */
function refuse(
  response: ServerResponse,
  status: Status,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status.code ?? 500, { 'content-type': 'application/json', ...headers })
  response.end(encodeJson(status, false))
}

/** A watch's timeout is the client's patience, and that is measured by the client's clock. */
function wallTimeout(url: URL): number | undefined {
  const text = url.searchParams.get('timeoutSeconds') ?? ''
  const seconds = Number(text)
  return /^\d+$/.test(text) && seconds > 0 ? seconds * 1000 : undefined
}

function withoutTimeout(request: ApiRequest): ApiRequest {
  const isWatch = request.query?.some(([key]) => key === 'watch') === true
  const isNumber = request.query?.some(
    ([key, value]) => key === 'timeoutSeconds' && /^\d+$/.test(value),
  )
  if (!isWatch || isNumber !== true) return request
  return { ...request, query: (request.query ?? []).filter(([key]) => key !== 'timeoutSeconds') }
}
