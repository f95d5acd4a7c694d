import type { Connection } from '#sim/kernel/os/types.ts'
import { concatBytes, decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'

export type HttpRequest = {
  readonly method: string
  /** As it stands in the request line. */
  readonly target: string
  readonly version: string
  readonly headers: readonly HttpHeader[]
  readonly body: Uint8Array
}

export type HttpHeader = readonly [name: string, value: string]

export type HttpResponse = {
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly headers: readonly HttpHeader[]
  readonly body: Uint8Array
}

/** The other side does not speak HTTP, or stopped in the middle. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly problem: 'empty' | 'malformed' | 'truncated' | 'tooLarge'

  constructor(problem: 'empty' | 'malformed' | 'truncated' | 'tooLarge') {
    super(`HTTP message is ${problem}`)
    this.problem = problem
  }
}

const LINE_MAX = 8192
const HEADERS_MAX = 100

/** Reads lines and counted bytes off a connection. */
export class ByteReader {
  readonly #connection: Pick<Connection, 'read'>
  #buffer: Uint8Array = new Uint8Array(0)
  #hasEnded = false

  constructor(connection: Pick<Connection, 'read'>) {
    this.#connection = connection
  }

  /** A line without its line end; undefined if the stream ends before a byte of it. */
  *line(): Task<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf(0x0a)
      if (end >= 0) {
        const line = decodeUtf8(this.#take(end + 1).subarray(0, end))
        return line.endsWith('\r') ? line.slice(0, -1) : line
      }
      if (this.#buffer.length > LINE_MAX) throw new HttpError('tooLarge')
      if (!(yield* this.#fill())) {
        if (this.#buffer.length > 0) throw new HttpError('truncated')
        return undefined
      }
    }
  }

  *exactly(length: number): Task<Uint8Array> {
    while (this.#buffer.length < length) {
      if (!(yield* this.#fill())) throw new HttpError('truncated')
    }
    return this.#take(length)
  }

  *rest(): Task<Uint8Array> {
    while (yield* this.#fill());
    return this.#take(this.#buffer.length)
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return taken
  }

  *#fill(): Task<boolean> {
    if (this.#hasEnded) return false
    const chunk = yield* this.#connection.read()
    if (chunk === undefined) {
      this.#hasEnded = true
      return false
    }
    this.#buffer = this.#buffer.length === 0 ? chunk : concatBytes([this.#buffer, chunk])
    return true
  }
}

/** The next request of a connection; undefined when the client has closed it. */
export function* readRequest(reader: ByteReader): Task<HttpRequest | undefined> {
  const line = yield* reader.line()
  if (line === undefined) return undefined
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+)(?: (HTTP\/\d\.\d))?$/.exec(line)
  if (match === null) throw new HttpError('malformed')
  const [, method = '', target = '', version = 'HTTP/0.9'] = match
  const headers = yield* readHeaders(reader)
  const body = yield* readBody(reader, headers, false)
  return { method, target, version, headers, body }
}

/** The answer to `method`; those to HEAD have no body whatever their headers say. */
export function* readResponse(reader: ByteReader, method: string): Task<HttpResponse> {
  const line = yield* reader.line()
  if (line === undefined) throw new HttpError('empty')
  const match = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(line)
  if (match === null) throw new HttpError('malformed')
  const [, version = '', code = '', reason = ''] = match
  const headers = yield* readHeaders(reader)
  const status = Number(code)
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304 && status >= 200
  const body = hasBody ? yield* readBody(reader, headers, true) : new Uint8Array(0)
  return { version, status, reason, headers, body }
}

function* readHeaders(reader: ByteReader): Task<readonly HttpHeader[]> {
  const headers: HttpHeader[] = []
  for (;;) {
    const line = yield* reader.line()
    if (line === undefined) throw new HttpError('truncated')
    if (line === '') return headers
    const colon = line.indexOf(':')
    if (colon <= 0 || headers.length >= HEADERS_MAX) throw new HttpError('malformed')
    headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
  }
}

function* readBody(
  reader: ByteReader,
  headers: readonly HttpHeader[],
  untilClose: boolean,
): Task<Uint8Array> {
  if (headerOf(headers, 'transfer-encoding')?.toLowerCase() === 'chunked') {
    return yield* readChunks(reader)
  }
  const length = headerOf(headers, 'content-length')
  if (length !== undefined) {
    if (!/^\d+$/.test(length)) throw new HttpError('malformed')
    return yield* reader.exactly(Number(length))
  }
  return untilClose ? yield* reader.rest() : new Uint8Array(0)
}

function* readChunks(reader: ByteReader): Task<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const size = Number.parseInt((yield* reader.line()) ?? '', 16)
    if (Number.isNaN(size)) throw new HttpError('malformed')
    if (size > 0) chunks.push(yield* reader.exactly(size))
    else while ((yield* reader.line()) !== '');
    if (size === 0) return concatBytes(chunks)
    yield* reader.line()
  }
}

export function headerOf(headers: readonly HttpHeader[], name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1]
}

export function encodeRequest(request: Omit<HttpRequest, 'version'>): Uint8Array {
  const lines = [`${request.method} ${request.target} HTTP/1.1`, ...headerLines(request.headers)]
  return concatBytes([encodeUtf8(`${lines.join('\r\n')}\r\n\r\n`), request.body])
}

export function encodeResponse(response: HttpResponse): Uint8Array {
  return concatBytes([encodeUtf8(responseHead(response)), response.body])
}

export function responseHead(response: Omit<HttpResponse, 'body'>): string {
  const { version, status, reason, headers } = response
  const first = `${version} ${status}${reason === '' ? '' : ` ${reason}`}`
  return `${[first, ...headerLines(headers)].join('\r\n')}\r\n\r\n`
}

function headerLines(headers: readonly HttpHeader[]): string[] {
  return headers.map(([name, value]) => `${name}: ${value}`)
}

export type HttpUrl = {
  readonly scheme: string
  readonly host: string
  readonly port: number
  /** Path and query, at least `/`. */
  readonly target: string
  /** As a Host header has it: with the port unless it is the scheme's own. */
  readonly authority: string
}

/** A URL as wget and curl take it: the scheme may be missing. Undefined if there is no host. */
export function parseUrl(text: string): HttpUrl | undefined {
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:[^/@?#]*@)?([^/:?#]+)(?::(\d*))?([/?][^#]*)?/.exec(text)
  if (match === null) return undefined
  const [, scheme = 'http', host = '', portText = '', rest = '/'] = match
  const standard = scheme.toLowerCase() === 'https' ? 443 : 80
  const port = portText === '' ? standard : Number(portText)
  return {
    scheme: scheme.toLowerCase(),
    host,
    port,
    target: rest.startsWith('/') ? rest : `/${rest}`,
    authority: port === standard ? host : `${host}:${port}`,
  }
}

/** Where a Location header leads from `base`. */
export function resolveUrl(base: HttpUrl, location: string): HttpUrl | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return parseUrl(location)
  if (location.startsWith('/')) return { ...base, target: location }
  const directory = base.target.replace(/[?].*$/, '').replace(/[^/]*$/, '')
  return { ...base, target: directory + location }
}

export function urlText(url: HttpUrl): string {
  return `${url.scheme}://${url.authority}${url.target}`
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `Mon, 08 Jan 2024 10:15:30 GMT` */
export function httpDate(unixMs: number): string {
  const date = new Date(unixMs)
  const day = two(date.getUTCDate())
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${DAYS[date.getUTCDay()]}, ${day} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} GMT`
}

/** `08/Jan/2024:10:15:30 +0000`, as access logs have it. */
export function logDate(unixMs: number): string {
  const date = new Date(unixMs)
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
