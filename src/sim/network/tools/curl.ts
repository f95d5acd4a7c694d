import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import {
  headerOf,
  HttpError,
  type HttpHeader,
  type HttpResponse,
  type HttpUrl,
  parseUrl,
  resolveUrl,
  responseHead,
  urlText,
} from '../http.ts'
import { networkOf } from './host-files.ts'
import { exchange, within } from './http-client.ts'
import { lastOf, type ParsedOptions, parseOptions } from './options.ts'

export type CurlEra = {
  readonly version: string
  /** From 7.80 on: `after 0 ms: Couldn't connect to server`. */
  readonly tellsConnectTime: boolean
}

const REDIRECTS_MAX = 50
const LONG_OPTIONS = {
  silent: { as: 's' },
  'show-error': { as: 'S' },
  include: { as: 'i' },
  head: { as: 'I' },
  verbose: { as: 'v' },
  location: { as: 'L' },
  fail: { as: 'f' },
  get: { as: 'G' },
  insecure: { as: 'k' },
  'no-progress-meter': { as: 'no-progress-meter' },
  version: { as: 'V' },
  output: { as: 'o', valued: true },
  'write-out': { as: 'w', valued: true },
  'connect-timeout': { as: 'connect-timeout', valued: true },
  'max-time': { as: 'm', valued: true },
  request: { as: 'X', valued: true },
  header: { as: 'H', valued: true },
  data: { as: 'd', valued: true },
  'data-raw': { as: 'd', valued: true },
  'user-agent': { as: 'A', valued: true },
  retry: { as: 'retry', valued: true },
} as const

/** What ends one transfer: curl's number for it, and its words. */
class CurlError extends Error {
  override readonly name = 'CurlError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

type Transfer = {
  readonly response: HttpResponse
  readonly url: HttpUrl
  readonly ip: string
  readonly startedAt: number
}

export function newCurl(era: CurlEra): Program {
  return function* curl(proc) {
    const options = parseOptions(proc.argv.slice(1), {
      flags: 'sSiIvLfGkgnN46OV',
      valued: 'owmXHdA',
      long: LONG_OPTIONS,
    })
    const complaint = options.unknown ?? options.missing
    if (complaint !== undefined) {
      const problem = options.unknown === undefined ? 'requires parameter' : 'is unknown'
      yield* proc.write(2, `curl: option ${complaint}: ${problem}\n${TRY_HELP}`)
      return 2
    }
    if (options.values.has('V')) {
      yield* proc.write(1, `curl ${era.version} (x86_64-pc-linux-gnu)\nProtocols: http\n`)
      return 0
    }
    if (options.operands.length === 0) {
      yield* proc.write(2, `curl: no URL specified!\n${TRY_HELP}`)
      return 2
    }
    let status = 0
    for (const address of options.operands) status = yield* transfer(proc, address, options, era)
    return status
  }
}

const TRY_HELP = "curl: try 'curl --help' or 'curl --manual' for more information\n"

function* transfer(
  proc: OsProcess,
  address: string,
  options: ParsedOptions,
  era: CurlEra,
): Task<number> {
  const isSilent = options.values.has('s')
  const output = lastOf(options, 'o')
  // The meter would garble a body that goes to the terminal.
  const showsMeter =
    !isSilent &&
    !options.values.has('no-progress-meter') &&
    !options.values.has('I') &&
    (output !== undefined || proc.files.get(1)?.kind !== 'tty')
  if (showsMeter) yield* proc.write(2, METER_HEAD + meterLine(0, 0))
  try {
    const done = yield* followRedirects(proc, address, options, era)
    yield* deliver(proc, done, options)
    if (showsMeter) {
      const tookMs = proc.host.simulation.now - done.startedAt
      yield* proc.write(2, `${meterLine(done.response.body.length, tookMs)}\n`)
    }
    if (options.values.has('f') && done.response.status >= 400) {
      throw new CurlError(22, `The requested URL returned error: ${failText(done.response, era)}`)
    }
    return 0
  } catch (error) {
    if (!(error instanceof CurlError)) throw error
    if (showsMeter && error.code !== 22) yield* proc.write(2, '\n')
    if (!isSilent || options.values.has('S')) {
      yield* proc.write(2, `curl: (${error.code}) ${error.message}\n`)
    }
    const format = lastOf(options, 'w')
    if (format !== undefined) yield* proc.write(1, writeOut(format, undefined, proc))
    return error.code
  }
}

function failText(response: HttpResponse, era: CurlEra): string {
  return era.tellsConnectTime ? String(response.status) : `${response.status} ${response.reason}`
}

const METER_HEAD =
  '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n' +
  '                                 Dload  Upload   Total   Spent    Left  Speed\n'

function meterLine(bytes: number, tookMs: number): string {
  const percent = bytes === 0 ? '  0' : '100'
  const speed = tookMs === 0 ? 0 : Math.round(bytes / (tookMs / 1000))
  const size = String(bytes).padStart(5)
  return `\r${percent} ${size}  ${percent} ${size}    0     0  ${String(speed).padStart(5)}      0 --:--:-- --:--:-- --:--:-- ${String(speed).padStart(5)}`
}

function* followRedirects(
  proc: OsProcess,
  address: string,
  options: ParsedOptions,
  era: CurlEra,
): Task<Transfer> {
  let url = parseUrl(address)
  const startedAt = proc.host.simulation.now
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    if (url === undefined) throw new CurlError(3, 'URL using bad/illegal format or missing URL')
    if (url.scheme !== 'http') {
      throw new CurlError(1, `Protocol "${url.scheme}" not supported or disabled in libcurl`)
    }
    const done: Transfer = yield* fetchOnce(proc, url, options, era, startedAt)
    const location = headerOf(done.response.headers, 'location')
    const isRedirect = done.response.status >= 300 && done.response.status < 400
    if (!options.values.has('L') || !isRedirect || location === undefined) return done
    yield* writeHead(proc, done.response, options)
    url = resolveUrl(url, location)
  }
  throw new CurlError(47, `Maximum (${REDIRECTS_MAX}) redirects followed`)
}

function* fetchOnce(
  proc: OsProcess,
  url: HttpUrl,
  options: ParsedOptions,
  era: CurlEra,
  startedAt: number,
): Task<Transfer> {
  const network = networkOf(proc)
  const verbose = options.values.has('v')
  const [ip] = yield* network.lookup(url.host)
  if (ip === undefined) {
    if (verbose)
      yield* proc.write(2, `* Could not resolve host: ${url.host}\n* Closing connection 0\n`)
    throw new CurlError(6, `Could not resolve host: ${url.host}`)
  }
  if (verbose) {
    const trying = era.tellsConnectTime ? `${ip}:${url.port}` : ip
    yield* proc.write(2, `*   Trying ${trying}...\n`)
  }
  const connection = yield* connect(proc, ip, url, options, era)
  if (verbose) yield* proc.write(2, `* Connected to ${url.host} (${ip}) port ${url.port} (#0)\n`)
  const request = newRequest(url, options, era)
  if (verbose) yield* proc.write(2, quoted('> ', requestText(request)))
  const limit = maxTimeMs(options)
  try {
    const response = yield* within(
      proc,
      exchange(connection, request),
      limit === undefined ? undefined : Math.max(1, limit - (proc.host.simulation.now - startedAt)),
    )
    if (response === undefined) {
      throw new CurlError(
        28,
        `Operation timed out after ${limit} milliseconds with 0 bytes received`,
      )
    }
    if (verbose) yield* proc.write(2, quoted('< ', responseHead(response)))
    if (verbose) {
      yield* proc.write(2, `* Connection #0 to host ${url.host} left intact\n`)
    }
    return { response, url, ip, startedAt }
  } catch (error) {
    if (error instanceof HttpError) {
      if (error.problem === 'empty') throw new CurlError(52, 'Empty reply from server')
      if (error.problem === 'truncated') {
        throw new CurlError(18, 'transfer closed with outstanding read data remaining')
      }
      throw new CurlError(1, 'Received HTTP/0.9 when not allowed')
    }
    if (error instanceof OsError) {
      throw new CurlError(56, `Recv failure: ${error.message}`)
    }
    throw error
  }
}

function maxTimeMs(options: ParsedOptions): number | undefined {
  const text = lastOf(options, 'm')
  return text === undefined ? undefined : Math.round(Number(text) * 1000)
}

function* connect(proc: OsProcess, ip: string, url: HttpUrl, options: ParsedOptions, era: CurlEra) {
  const limits = [lastOf(options, 'connect-timeout'), lastOf(options, 'm')]
  const seconds = limits.filter((text) => text !== undefined).map(Number)
  const timeoutMs = seconds.length === 0 ? undefined : Math.min(...seconds) * 1000
  const started = proc.host.simulation.now
  try {
    return yield* networkOf(proc).connect(
      ip,
      url.port,
      timeoutMs === undefined ? {} : { timeoutMs },
    )
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const tookMs = Math.round(proc.host.simulation.now - started)
    if (error.code === 'ETIMEDOUT' && timeoutMs !== undefined) {
      throw new CurlError(
        28,
        era.tellsConnectTime
          ? `Failed to connect to ${url.host} port ${url.port} after ${tookMs} ms: Timeout was reached`
          : `Connection timed out after ${tookMs + 1} milliseconds`,
      )
    }
    throw new CurlError(
      7,
      era.tellsConnectTime
        ? `Failed to connect to ${url.host} port ${url.port} after ${tookMs} ms: Couldn't connect to server`
        : `Failed to connect to ${url.host} port ${url.port}: ${error.message}`,
    )
  }
}

function newRequest(url: HttpUrl, options: ParsedOptions, era: CurlEra) {
  const data = options.values.get('d')?.join('&')
  const isHead = options.values.has('I')
  const method = lastOf(options, 'X') ?? (isHead ? 'HEAD' : data === undefined ? 'GET' : 'POST')
  const given: HttpHeader[] = (options.values.get('H') ?? []).map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const body = data === undefined ? undefined : encodeUtf8(data)
  const standard: HttpHeader[] = [
    ['Host', url.authority],
    ['User-Agent', lastOf(options, 'A') ?? `curl/${era.version}`],
    ['Accept', '*/*'],
  ]
  if (body !== undefined) {
    standard.push(
      ['Content-Length', String(body.length)],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    )
  }
  const replaced = new Set(given.map(([name]) => name.toLowerCase()))
  const headers = [...standard.filter(([name]) => !replaced.has(name.toLowerCase())), ...given]
  return { method, target: url.target, headers, ...(body === undefined ? {} : { body }) }
}

function requestText(request: ReturnType<typeof newRequest>): string {
  const lines = request.headers.map(([name, value]) => `${name}: ${value}`)
  return `${[`${request.method} ${request.target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`
}

function quoted(prefix: string, head: string): string {
  const lines = head.split('\r\n').slice(0, -1)
  return lines.map((line) => `${prefix}${line}\n`).join('')
}

function* writeHead(proc: OsProcess, response: HttpResponse, options: ParsedOptions): Task {
  if (!options.values.has('i') && !options.values.has('I')) return
  yield* proc.write(1, responseHead(response))
}

function* deliver(proc: OsProcess, done: Transfer, options: ParsedOptions): Task {
  const { response } = done
  yield* writeHead(proc, response, options)
  const isRefused = options.values.has('f') && response.status >= 400
  const output = lastOf(options, 'o') ?? (options.values.has('O') ? baseName(done.url) : undefined)
  if (!isRefused) {
    if (output === undefined || output === '-') yield* proc.writeBytes(1, response.body)
    else yield* writeFile(proc, output, response.body)
  }
  const format = lastOf(options, 'w')
  if (format !== undefined) yield* proc.write(1, writeOut(format, done, proc))
}

function baseName(url: HttpUrl): string {
  const path = url.target.replace(/\?.*$/, '')
  return path.slice(path.lastIndexOf('/') + 1)
}

function* writeFile(proc: OsProcess, path: string, body: Uint8Array): Task {
  try {
    const file = yield* proc.open(path, { write: true, create: true, truncate: true })
    file.retain()
    try {
      yield* file.write(body)
    } finally {
      file.release()
    }
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    throw new CurlError(23, 'Failed writing body')
  }
}

function writeOut(format: string, done: Transfer | undefined, proc: OsProcess): string {
  const tookMs = done === undefined ? 0 : proc.host.simulation.now - done.startedAt
  const values: Readonly<Record<string, string>> = {
    http_code: String(done?.response.status ?? 0).padStart(3, '0'),
    response_code: String(done?.response.status ?? 0).padStart(3, '0'),
    size_download: String(done?.response.body.length ?? 0),
    time_total: (tookMs / 1000).toFixed(6),
    remote_ip: done?.ip ?? '',
    url_effective: done === undefined ? '' : urlText(done.url),
    content_type: done === undefined ? '' : (headerOf(done.response.headers, 'content-type') ?? ''),
  }
  return format
    .replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
    .replaceAll('%%', '%')
    .replace(/\\([nrt])/g, (_whole, letter: string) =>
      letter === 'n' ? '\n' : letter === 'r' ? '\r' : '\t',
    )
}
