import type { FileSystem } from '#sim/kernel/os/filesystem.ts'
import {
  type Connection,
  type Listener,
  OsError,
  type OsProcess,
  type Program,
} from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import {
  ByteReader,
  encodeResponse,
  headerOf,
  httpDate,
  type HttpHeader,
  type HttpRequest,
  HttpError,
  logDate,
  readRequest,
} from '#sim/network/http.ts'
import { awaitedSleep } from './awaited-sleep.ts'

export type NginxOptions = {
  readonly version: string
  /** From 1.17 on error pages have no background colour. */
  readonly hasPlainErrorPages: boolean
  readonly root: string
  readonly readyToServeMs: () => number
  readonly exitMs: () => number
  /** Lines on stderr at the start, as the official image has them. */
  readonly startNotices: readonly string[]
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  206: 'Partial Content',
  301: 'Moved Permanently',
  304: 'Not Modified',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  416: 'Requested Range Not Satisfiable',
  500: 'Internal Server Error',
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  txt: 'text/plain',
  xml: 'text/xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  svg: 'image/svg+xml',
}

/** nginx: one process that serves files of its root over HTTP/1.1 until it is told to stop. */
export function newNginx(options: NginxOptions): Program {
  return function* nginx(proc) {
    const { argv } = proc
    if (argv.includes('-v') || argv.includes('-V')) {
      yield* proc.write(2, `nginx version: nginx/${options.version}\n`)
      return 0
    }
    if (argv.includes('-t')) {
      yield* proc.write(
        2,
        'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n',
      )
      return 0
    }
    const signalAt = argv.indexOf('-s')
    if (signalAt >= 0) return yield* signalMaster(proc, argv[signalAt + 1] ?? '')
    return yield* new NginxServer(proc, options).run()
  }
}

function* signalMaster(proc: OsProcess, name: string): Task<number> {
  const signals = { stop: 'SIGTERM', quit: 'SIGQUIT', reload: 'SIGHUP', reopen: 'SIGUSR1' } as const
  const signal = signals[name as keyof typeof signals] as
    | (typeof signals)[keyof typeof signals]
    | undefined
  if (signal === undefined) {
    yield* proc.write(2, `nginx: invalid option: "-s ${name}"\n`)
    return 1
  }
  const master = proc.host.processes.list().find((one) => one !== proc && one.argv[0] === 'nginx')
  if (master === undefined) {
    yield* proc.write(
      2,
      'nginx: [error] open() "/run/nginx.pid" failed (2: No such file or directory)\n',
    )
    return 1
  }
  master.signal(signal, proc)
  return 0
}

class NginxServer {
  readonly #proc: OsProcess
  readonly #options: NginxOptions
  readonly #handlers = new Set<{ kill(): void }>()
  #connections = 0

  constructor(proc: OsProcess, options: NginxOptions) {
    this.#proc = proc
    this.#options = options
  }

  *run(): Task<number> {
    const proc = this.#proc
    const network = proc.host.network
    if (network === undefined) throw new OsError('ENETUNREACH')
    let listener: Listener | undefined
    let isStopping = false
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
      proc.setDisposition(signal, () => {
        isStopping = true
        listener?.close()
      })
    }
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
      proc.setDisposition(signal, () => {})
    }
    const readyMs = this.#options.readyToServeMs()
    if (readyMs > 0) yield* awaitedSleep(readyMs)
    if (isStopping) return 0
    try {
      listener = network.listen(80)
    } catch (error) {
      if (!(error instanceof OsError) || error.code !== 'EADDRINUSE') throw error
      yield* proc.write(
        2,
        'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\n',
      )
      return 1
    }
    try {
      for (const line of this.#options.startNotices) yield* proc.write(2, `${line}\n`)
      for (;;) {
        const connection = yield* listener.accept()
        if (connection === undefined) break
        this.#handle(connection)
      }
      const exitMs = this.#options.exitMs()
      if (exitMs > 0) yield* awaitedSleep(exitMs)
      return 0
    } finally {
      listener.close()
      for (const handler of this.#handlers) handler.kill()
    }
  }

  #handle(connection: Connection): void {
    const number = ++this.#connections
    const handler = this.#proc.host.simulation.spawn(this.#converse(connection, number), {
      name: 'nginx/connection',
      periodic: true,
      onError: (error) => {
        if (error instanceof OsError || error instanceof HttpError) return
        this.#proc.host.simulation.fail(error instanceof Error ? error : new Error(String(error)))
      },
    })
    this.#handlers.add(handler)
    handler.onExit(() => this.#handlers.delete(handler))
  }

  *#converse(connection: Connection, number: number): Task {
    const reader = new ByteReader(connection)
    try {
      for (;;) {
        let request: HttpRequest | undefined
        try {
          request = yield* readRequest(reader)
        } catch (error) {
          if (!(error instanceof HttpError) || error.problem === 'truncated') throw error
          yield* connection.write(encodeUtf8(this.#badRequest()))
          connection.end()
          return
        }
        if (request === undefined) return connection.end()
        const answer = this.#answer(request)
        yield* connection.write(answer.bytes)
        yield* this.#log(connection, number, request, answer)
        if (!answer.keepAlive) return connection.end()
      }
    } finally {
      connection.end()
    }
  }

  #badRequest(): string {
    const body = this.#errorPage(400)
    return `HTTP/1.1 400 Bad Request\r\nServer: nginx/${this.#options.version}\r\nDate: ${httpDate(this.#proc.host.simulation.unixMs)}\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  }

  #answer(request: HttpRequest): Answer {
    const { headers } = request
    const asked = headerOf(headers, 'connection')?.toLowerCase()
    const keepAlive = request.version === 'HTTP/1.1' ? asked !== 'close' : asked === 'keep-alive'
    const found = this.#find(request)
    const unixMs = this.#proc.host.simulation.unixMs
    const head: HttpHeader[] = [
      ['Server', `nginx/${this.#options.version}`],
      ['Date', httpDate(unixMs)],
    ]
    if (found.status !== 304) {
      head.push(['Content-Type', found.contentType], ['Content-Length', String(found.body.length)])
    }
    // The error pages and the files differ in where Connection stands.
    if (found.file === undefined) {
      head.push(['Connection', keepAlive ? 'keep-alive' : 'close'], ...found.headers)
    } else {
      head.push(['Last-Modified', httpDate(found.file.mtimeMs)])
      head.push(['Connection', keepAlive ? 'keep-alive' : 'close'])
      head.push(['ETag', found.file.etag])
      if (found.status !== 304) head.push(...found.headers)
    }
    const hasBody = request.method !== 'HEAD' && found.status !== 304
    const bytes = encodeResponse({
      version: 'HTTP/1.1',
      status: found.status,
      reason: REASONS[found.status] ?? '',
      headers: head,
      body: hasBody ? found.body : new Uint8Array(0),
    })
    return {
      bytes,
      status: found.status,
      sentBytes: hasBody ? found.body.length : 0,
      keepAlive,
      ...(found.error === undefined ? {} : { error: found.error }),
    }
  }

  #find(request: HttpRequest): Found {
    const path = decodePath(request.target)
    if (path === undefined) return this.#failed(400)
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#failed(405)
    const { fs } = this.#proc.host
    const file = this.#options.root + path
    try {
      if (!fs.isDirectory(file)) {
        if (file.endsWith('/'))
          throw new OsError(fs.exists(file.replace(/\/+$/, '')) ? 'ENOTDIR' : 'ENOENT')
        return this.#file(request, fs, file)
      }
      if (!path.endsWith('/')) return this.#redirect(request, `${path}/`)
      for (const index of ['index.html', 'index.htm']) {
        if (fs.exists(file + index) && !fs.isDirectory(file + index)) {
          return this.#file(request, fs, file + index)
        }
      }
      return this.#failed(403, `directory index of "${file}" is forbidden`)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      const number = { ENOENT: 2, ENOTDIR: 20, EACCES: 13, ELOOP: 40 }[error.code as 'ENOENT'] ?? 5
      const text = new OsError(error.code).message
      const status = error.code === 'EACCES' ? 403 : 404
      return this.#failed(status, `open() "${file}" failed (${number}: ${text})`)
    }
  }

  #file(request: HttpRequest, fs: FileSystem, path: string): Found {
    const stat = fs.stat(path)
    // A file nobody may read: the worker is no root, and the master does not serve.
    if ((stat.mode & 0o004) === 0) throw new OsError('EACCES', path)
    const body = fs.readFile(path)
    const seconds = Math.floor(stat.mtimeMs / 1000)
    const etag = `"${seconds.toString(16)}-${body.length.toString(16)}"`
    const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
    const contentType = TYPES[extension] ?? 'application/octet-stream'
    const file = { mtimeMs: stat.mtimeMs, etag }
    if (isUnchanged(request, etag, seconds)) {
      return { status: 304, contentType, body: new Uint8Array(0), headers: [], file }
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(headerOf(request.headers, 'range') ?? '')
    if (range !== null) {
      const from = Number(range[1])
      const to = Math.min(range[2] === '' ? Infinity : Number(range[2]), body.length - 1)
      if (from > to) return this.#failed(416)
      const headers: HttpHeader[] = [['Content-Range', `bytes ${from}-${to}/${body.length}`]]
      return { status: 206, contentType, body: body.subarray(from, to + 1), headers, file }
    }
    return { status: 200, contentType, body, headers: [['Accept-Ranges', 'bytes']], file }
  }

  #redirect(request: HttpRequest, path: string): Found {
    const host = headerOf(request.headers, 'host') ?? 'localhost'
    const found = this.#failed(301)
    return { ...found, headers: [['Location', `http://${host}${path}`]] }
  }

  #failed(status: number, error?: string): Found {
    return {
      status,
      contentType: 'text/html',
      body: encodeUtf8(this.#errorPage(status)),
      headers: [],
      ...(error === undefined ? {} : { error }),
    }
  }

  #errorPage(status: number): string {
    const title = `${status} ${REASONS[status] ?? ''}`
    const body = this.#options.hasPlainErrorPages ? '<body>' : '<body bgcolor="white">'
    return [
      '<html>',
      `<head><title>${title}</title></head>`,
      body,
      `<center><h1>${title}</h1></center>`,
      `<hr><center>nginx/${this.#options.version}</center>`,
      '</body>',
      '</html>',
      '',
    ].join('\r\n')
  }

  *#log(connection: Connection, number: number, request: HttpRequest, answer: Answer): Task {
    const { unixMs } = this.#proc.host.simulation
    const line = `${request.method} ${request.target} ${request.version}`
    const host = headerOf(request.headers, 'host')
    if (answer.error !== undefined) {
      const when = new Date(unixMs)
        .toISOString()
        .slice(0, 19)
        .replaceAll('-', '/')
        .replace('T', ' ')
      const worker = this.#proc.pid + 4
      const about = `client: ${connection.remoteIp}, server: localhost, request: "${line}"${host === undefined ? '' : `, host: "${host}"`}`
      yield* this.#proc.write(
        2,
        `${when} [error] ${worker}#${worker}: *${number} ${answer.error}, ${about}\n`,
      )
    }
    const referer = headerOf(request.headers, 'referer') ?? '-'
    const agent = headerOf(request.headers, 'user-agent') ?? '-'
    yield* this.#proc.write(
      1,
      `${connection.remoteIp} - - [${logDate(unixMs)}] "${line}" ${answer.status} ${answer.sentBytes} "${referer}" "${agent}"\n`,
    )
  }
}

type Answer = {
  readonly bytes: Uint8Array
  readonly status: number
  readonly sentBytes: number
  readonly keepAlive: boolean
  readonly error?: string
}

type Found = {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
  readonly headers: readonly HttpHeader[]
  readonly file?: { readonly mtimeMs: number; readonly etag: string }
  readonly error?: string
}

function isUnchanged(request: HttpRequest, etag: string, seconds: number): boolean {
  const match = headerOf(request.headers, 'if-none-match')
  if (match !== undefined) return match === etag || match === '*'
  const since = headerOf(request.headers, 'if-modified-since')
  return since !== undefined && Math.floor(Date.parse(since) / 1000) === seconds
}

/** The path of a request target with escapes undone and dots resolved; undefined if it leaves the root. */
function decodePath(target: string): string | undefined {
  const [raw = ''] = target.replace(/^http:\/\/[^/]*/, '').split(/[?#]/)
  if (!raw.startsWith('/')) return undefined
  const bytes: number[] = []
  for (let i = 0; i < raw.length; i++) {
    const escaped = /^%([0-9A-Fa-f]{2})/.exec(raw.slice(i, i + 3))
    if (escaped !== null) {
      bytes.push(Number.parseInt(escaped[1] ?? '', 16))
      i += 2
    } else bytes.push(raw.charCodeAt(i) & 0xff)
  }
  const parts: string[] = []
  const split = decodeUtf8(Uint8Array.from(bytes)).split('/')
  for (const part of split.slice(1)) {
    if (part === '..') {
      if (parts.length === 0) return undefined
      parts.pop()
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  const last = split.at(-1) ?? ''
  const isDirectory = last === '' || last === '.' || last === '..'
  return parts.length === 0 ? '/' : `/${parts.join('/')}${isDirectory ? '/' : ''}`
}

/** The page of an nginx that nobody has given another: 612 bytes. */
export const DEFAULT_PAGE = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
    body {
        width: 35em;
        margin: 0 auto;
        font-family: Tahoma, Verdana, Arial, sans-serif;
    }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`
