import {
  type Connection,
  ERRNO_TEXT,
  OsError,
  type OsProcess,
  type Program,
} from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import {
  headerOf,
  HttpError,
  type HttpResponse,
  type HttpUrl,
  parseUrl,
  resolveUrl,
} from '../http.ts'
import { networkOf } from './host-files.ts'
import { exchange, within } from './http-client.ts'
import { lastOf, parseOptions } from './options.ts'

const REDIRECTS_MAX = 10
const DEFAULT_TIMEOUT_MS = 900_000

/** A line of output that ends the program with status 1. */
class WgetError extends Error {
  override readonly name = 'WgetError'
}

type Settings = {
  readonly isQuiet: boolean
  readonly isSpider: boolean
  readonly output: string | undefined
  readonly timeoutMs: number
  readonly userAgent: string
  readonly tellsDestination: boolean
  readonly extraHeaders: readonly string[]
  readonly postData: string | undefined
}

/** wget of busybox; from 1.30 on it says where it writes to. */
export function newWget(options: { readonly tellsDestination: boolean }): Program {
  return function* wget(proc) {
    const parsed = parseOptions(proc.argv.slice(1), {
      flags: 'qSc',
      valued: 'OTUPYt',
      long: {
        spider: { as: 'spider' },
        quiet: { as: 'q' },
        'no-check-certificate': { as: 'insecure' },
        'output-document': { as: 'O', valued: true },
        timeout: { as: 'T', valued: true },
        'user-agent': { as: 'U', valued: true },
        header: { as: 'header', valued: true },
        'post-data': { as: 'post-data', valued: true },
        tries: { as: 't', valued: true },
      },
    })
    const [address] = parsed.operands
    if (parsed.unknown !== undefined || parsed.missing !== undefined || address === undefined) {
      const complaint = parsed.unknown ?? parsed.missing
      if (complaint !== undefined) {
        yield* proc.write(2, `wget: unrecognized option: ${complaint.replace(/^-+/, '')}\n`)
      }
      yield* proc.write(2, 'Usage: wget [-cqS] [--spider] [-O FILE] [-T SEC] URL...\n')
      return 1
    }
    const settings: Settings = {
      isQuiet: parsed.values.has('q'),
      isSpider: parsed.values.has('spider'),
      output: lastOf(parsed, 'O'),
      timeoutMs: Number(lastOf(parsed, 'T') ?? DEFAULT_TIMEOUT_MS / 1000) * 1000,
      userAgent: lastOf(parsed, 'U') ?? 'Wget',
      tellsDestination: options.tellsDestination,
      extraHeaders: parsed.values.get('header') ?? [],
      postData: lastOf(parsed, 'post-data'),
    }
    try {
      yield* download(proc, address, settings)
      return 0
    } catch (error) {
      if (!(error instanceof WgetError)) throw error
      yield* proc.write(2, `wget: ${error.message}\n`)
      return 1
    }
  }
}

function* download(proc: OsProcess, address: string, settings: Settings): Task {
  let url = parseUrl(address)
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    if (url === undefined) throw new WgetError(`bad address '${address}'`)
    if (url.scheme !== 'http') throw new WgetError(`not an http or ftp url: ${address}`)
    const response = yield* fetchOnce(proc, url, settings)
    if (response.status >= 300 && response.status < 400) {
      const location = headerOf(response.headers, 'location')
      if (location !== undefined) {
        url = resolveUrl(url, location)
        continue
      }
    }
    if (response.status !== 200 && response.status !== 204) {
      const line = `${response.version} ${response.status} ${response.reason}`
      throw new WgetError(`server returned error: ${line}`)
    }
    return yield* save(proc, url, response, settings)
  }
  throw new WgetError('too many redirections')
}

function* fetchOnce(proc: OsProcess, url: HttpUrl, settings: Settings): Task<HttpResponse> {
  const network = networkOf(proc)
  const [ip] = yield* network.lookup(url.host)
  if (ip === undefined) throw new WgetError(`bad address '${url.host}'`)
  if (!settings.isQuiet) {
    yield* proc.write(2, `Connecting to ${url.authority} (${ip}:${url.port})\n`)
  }
  const connection = yield* open(proc, ip, url.port, settings.timeoutMs)
  const body = settings.postData
  const request = {
    method: settings.isSpider ? 'HEAD' : body === undefined ? 'GET' : 'POST',
    target: url.target,
    headers: [
      ['Host', url.authority],
      ['User-Agent', settings.userAgent],
      ['Connection', 'close'],
      ...settings.extraHeaders.map((line) => splitHeader(line)),
      ...(body === undefined ? [] : ([['Content-Length', String(body.length)]] as const)),
    ] as const,
    ...(body === undefined ? {} : { body: Uint8Array.from(body, (char) => char.charCodeAt(0)) }),
  }
  try {
    const response = yield* within(proc, exchange(connection, request), settings.timeoutMs)
    if (response === undefined) throw new WgetError('download timed out')
    return response
  } catch (error) {
    if (error instanceof HttpError) throw new WgetError('error getting response')
    if (error instanceof OsError) throw new WgetError(`error getting response: ${error.message}`)
    throw error
  }
}

function splitHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function* open(proc: OsProcess, ip: string, port: number, timeoutMs: number): Task<Connection> {
  try {
    return yield* networkOf(proc).connect(ip, port, { timeoutMs })
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    if (error.code === 'ETIMEDOUT' && timeoutMs < DEFAULT_TIMEOUT_MS) {
      throw new WgetError('download timed out')
    }
    throw new WgetError(`can't connect to remote host (${ip}): ${ERRNO_TEXT[error.code]}`)
  }
}

function* save(proc: OsProcess, url: HttpUrl, response: HttpResponse, settings: Settings): Task {
  if (settings.isSpider) {
    if (!settings.isQuiet) yield* proc.write(2, 'remote file exists\n')
    return
  }
  const path = url.target.replace(/\?.*$/, '')
  const name = path.slice(path.lastIndexOf('/') + 1) || 'index.html'
  const output = settings.output ?? name
  const { length } = response.body
  const tells = settings.tellsDestination && !settings.isQuiet
  if (output === '-') {
    if (tells) yield* proc.write(2, 'writing to stdout\n')
    yield* proc.writeBytes(1, response.body)
    if (!settings.isQuiet) yield* proc.write(2, progressLine('-', length))
    if (tells) yield* proc.write(2, 'written to stdout\n')
    return
  }
  if (settings.output === undefined && proc.host.fs.exists(proc.resolvePath(output))) {
    throw new WgetError(`can't open '${output}': File exists`)
  }
  if (tells) yield* proc.write(2, `saving to '${output}'\n`)
  const file = yield* proc.open(output, { write: true, create: true, truncate: true, mode: 0o644 })
  file.retain()
  try {
    yield* file.write(response.body)
  } finally {
    file.release()
  }
  if (!settings.isQuiet) yield* proc.write(2, progressLine(output, length))
  if (tells) yield* proc.write(2, `'${output}' saved\n`)
}

function progressLine(name: string, bytes: number): string {
  return `${name.slice(0, 20).padEnd(20)} 100% |${'*'.repeat(32)}|${String(bytes).padStart(6)}  0:00:00 ETA\n`
}
