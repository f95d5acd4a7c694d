import { WebSocket } from 'ws'
import type {
  ApiReply,
  ApiRequest,
  RemoteCall,
  RemoteStreams,
  WatchEvent,
} from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import { Channel, suspend } from '#sim/kernel/waits.ts'
import { ExitError } from '#sim/kubectl/errors.ts'

export type HttpCall = {
  readonly call: RemoteCall
  /** How far the server's clock is ahead of this machine's. */
  readonly clockSkewMs: () => number
}

/** HTTP dates have whole seconds, and a request takes time: less is no difference. */
const SKEW_MS_MIN = 3000

/** kubectl's way to a served cluster: each request over HTTP, sessions over WebSockets. */
export function createHttpCall(options: { server: string; wake: () => void }): HttpCall {
  let skewMs = 0
  const learnTime = (date: string | null): void => {
    const ahead = date === null ? Number.NaN : Date.parse(date) - Date.now()
    if (Math.abs(ahead) > SKEW_MS_MIN) skewMs = ahead
  }
  const call: RemoteCall = (request) =>
    suspend<ApiReply>((wake, fail) => {
      const canceller = new AbortController()
      const answer =
        request.headers?.['upgrade'] === 'websocket'
          ? openSocket(options, request)
          : send(options, request, canceller, learnTime)
      answer.then(
        (reply) => {
          wake(reply)
          options.wake()
        },
        (error: unknown) => {
          fail(connectionError(options.server, error))
          options.wake()
        },
      )
      return () => canceller.abort()
    })
  return { call, clockSkewMs: () => skewMs }
}

function connectionError(server: string, error: unknown): Error {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = (cause as { code?: string }).code
  const where = server.replace(/^https?:\/\//, '')
  if (code === 'ECONNREFUSED') {
    return new ExitError(
      1,
      `The connection to the server ${where} was refused - did you specify the right host or port?`,
    )
  }
  const text = cause instanceof Error ? cause.message : String(cause)
  return new ExitError(1, `Unable to connect to the server: ${text}`)
}

function urlOf(server: string, request: ApiRequest): URL {
  const url = new URL(server + request.path)
  for (const [key, value] of request.query ?? []) url.searchParams.append(key, value)
  return url
}

async function send(
  { server, wake }: { server: string; wake: () => void },
  request: ApiRequest,
  canceller: AbortController,
  learnTime: (date: string | null) => void,
): Promise<ApiReply> {
  const { body } = request
  const response = await fetch(urlOf(server, request), {
    method: request.method,
    headers: { ...request.headers, 'x-remote-user': request.user },
    signal: canceller.signal,
    ...(body === undefined
      ? {}
      : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
  })
  learnTime(response.headers.get('date'))
  const headers = Object.fromEntries(response.headers)
  const isStream = response.ok && hasFlag(request, 'watch')
  if (isStream) return watchReply(response, canceller, wake)
  if (response.ok && hasFlag(request, 'follow')) return logReply(response, canceller, wake)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if ((headers['content-type'] ?? '').includes('json') && bytes.length > 0) {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    return { type: 'object', code: response.status, headers, body: value }
  }
  return { type: 'text', code: response.status, headers, body: bytes }
}

function hasFlag({ query }: ApiRequest, name: string): boolean {
  return query?.some(([key, value]) => key === name && value === 'true') === true
}

function watchReply(response: Response, canceller: AbortController, wake: () => void): ApiReply {
  return {
    type: 'watch',
    code: 200,
    headers: Object.fromEntries(response.headers),
    start: (sink) => {
      const lines = new LineSplitter((line) => sink.event(JSON.parse(line) as WatchEvent))
      void readAll(response, (bytes) => lines.push(bytes), wake).then(() => {
        sink.end()
        wake()
      })
      return () => canceller.abort()
    },
  }
}

function logReply(response: Response, canceller: AbortController, wake: () => void): ApiReply {
  return {
    type: 'stream',
    code: 200,
    start: () => {
      const stdout = new Channel<Uint8Array>()
      void readAll(response, (bytes) => stdout.push(bytes), wake).then(() => {
        stdout.close()
        wake()
      })
      return {
        stdout: { read: () => stdout.take() },
        // oxlint-disable-next-line require-yield -- a log has no last word
        *done(): Task<Status> {
          return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
        },
        close: () => canceller.abort(),
      }
    },
  }
}

/** Reads a body to its end, or to where it was cancelled. */
async function readAll(
  response: Response,
  onBytes: (bytes: Uint8Array) => void,
  wake: () => void,
): Promise<void> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes(value)
      wake()
    }
  } catch (error) {
    // Cancelled by us, or cut: either way there is no more to read.
    if (!(error instanceof Error)) throw error
  }
}

class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  push(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.#onLine(line)
  }
}

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const RESIZE = 4
const CLOSE = 255

/** exec and attach: the channels of v5.channel.k8s.io. */
function openSocket(
  { server, wake }: { server: string; wake: () => void },
  request: ApiRequest,
): Promise<ApiReply> {
  const url = urlOf(server.replace(/^http/, 'ws'), request)
  const socket = new WebSocket(url, 'v5.channel.k8s.io', {
    headers: { 'x-remote-user': request.user },
  })
  const session = new SocketSession(socket, wake)
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ type: 'stream', code: 101, start: () => session.streams }))
    socket.on('error', reject)
    socket.on('unexpected-response', (_, response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const code = response.statusCode ?? 500
        const isJson = (response.headers['content-type'] ?? '').includes('json')
        resolve(
          isJson
            ? { type: 'object', code, body: JSON.parse(text) as unknown }
            : { type: 'text', code, body: text },
        )
      })
    })
  })
}

class SocketSession {
  readonly #socket: WebSocket
  readonly #stdout = new Channel<Uint8Array>()
  readonly #stderr = new Channel<Uint8Array>()
  readonly #status = new Channel<Status>()
  readonly streams: RemoteStreams

  constructor(socket: WebSocket, wake: () => void) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      this.#receive(data)
      wake()
    })
    socket.on('close', () => {
      for (const channel of [this.#stdout, this.#stderr, this.#status]) channel.close()
      wake()
    })
    this.streams = {
      stdin: {
        // oxlint-disable-next-line require-yield -- the socket keeps what it cannot send yet
        write: function* (this: SocketSession, bytes: Uint8Array): Task {
          this.#send(STDIN, bytes)
        }.bind(this),
        end: () => this.#socket.send(Buffer.of(CLOSE, STDIN)),
      },
      stdout: { read: () => this.#stdout.take() },
      stderr: { read: () => this.#stderr.take() },
      resize: (columns, rows) =>
        this.#send(RESIZE, Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`)),
      done: () => this.#done(),
      close: () => this.#socket.close(1000),
    }
  }

  #send(channel: number, bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(Buffer.concat([Buffer.of(channel), bytes]))
    }
  }

  #receive(data: Buffer): void {
    const bytes = new Uint8Array(data.subarray(1))
    if (data[0] === STDOUT) this.#stdout.push(bytes)
    else if (data[0] === STDERR) this.#stderr.push(bytes)
    else if (data[0] === STATUS) {
      this.#status.push(JSON.parse(Buffer.from(bytes).toString('utf8')) as Status)
    }
  }

  // A connection that ends without a word ended well.
  *#done(): Task<Status> {
    const status = yield* this.#status.take()
    return status ?? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  }
}
