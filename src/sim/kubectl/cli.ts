import { parse as parseYaml } from 'yaml'
import type { ApiReply, ApiRequest, RemoteCall, WatchEvent } from '#sim/apimachinery/request.ts'
import { type Status, StatusError } from '#sim/apimachinery/status.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { Channel } from '#sim/kernel/waits.ts'
import { type Discovery, fromAggregated, fromLists } from './discovery.ts'
import { CliError, ExitError } from './errors.ts'
import type { Files } from './files.ts'
import type { Flags } from './flags.ts'
import { type Kubeconfig, readKubeconfig } from './kubeconfig.ts'
import type { Manifest } from './manifest.ts'

export type Dialect = '1.36' | '1.10'

export type KubectlOptions = {
  readonly call: RemoteCall
  readonly dialect: () => Dialect
  readonly user?: string
  readonly unixMs: () => number
  /** The address shown to people; requests go through `call` whatever it says. */
  readonly server?: string
  /** The files it reads and writes; by default those of the process. */
  readonly files: (proc: OsProcess) => Files
  /** What one kubectl learns of the server is kept for the next, as the real one's disk cache. */
  readonly cache: { discovery?: Discovery }
}

export type RequestOptions = {
  readonly query?: readonly (readonly [string, string])[]
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly headers?: Readonly<Record<string, string>>
}

export const DISCOVERY_ACCEPT =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json'

/** One run of kubectl: what a verb works with. */
export class Cli {
  readonly proc: OsProcess
  readonly options: KubectlOptions
  readonly flags: Flags
  readonly dialect: Dialect
  readonly files: Files
  /** The words that lead to the verb: `rollout status`. */
  readonly path: string
  readonly config: Kubeconfig
  readonly #warned = new Set<string>()

  constructor(
    proc: OsProcess,
    options: KubectlOptions,
    parsed: { readonly flags: Flags; readonly path: string },
  ) {
    this.proc = proc
    this.options = options
    this.flags = parsed.flags
    this.path = parsed.path
    this.dialect = options.dialect()
    this.files = options.files(proc)
    this.config = readKubeconfig(this.files, proc, {
      server: options.server,
      file: this.flags.string('kubeconfig'),
    })
  }

  get args(): readonly string[] {
    return this.flags.args
  }

  get isOld(): boolean {
    return this.dialect === '1.10'
  }

  get unixMs(): number {
    return this.options.unixMs()
  }

  get namespace(): string {
    const asked = this.flags.string('namespace')
    return asked === '' ? this.config.namespace : asked
  }

  get isNamespaceAsked(): boolean {
    return this.flags.string('namespace') !== ''
  }

  /** The user whose requests these are. */
  get user(): string {
    const impersonated = this.flags.string('as')
    return impersonated === '' ? (this.options.user ?? 'kubernetes-admin') : impersonated
  }

  out(text: string): Task {
    return this.proc.write(1, text)
  }

  err(text: string): Task {
    return this.proc.write(2, text)
  }

  /** One warning a run, however often the server repeats it. */
  *warn(text: string): Task {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    yield* this.err(`Warning: ${text}\n`)
  }

  /** A file's text; `-` is standard input. Missing files are the user's mistake. */
  *readText(path: string): Task<string> {
    if (path === '-') return yield* this.proc.readAll(0)
    return decodeUtf8(this.readBytes(path))
  }

  readBytes(path: string): Uint8Array {
    const absolute = this.proc.resolvePath(path)
    if (this.files.kind(absolute) === undefined) {
      throw new CliError(`open ${path}: no such file or directory`)
    }
    return this.files.read(absolute)
  }

  writeText(path: string, text: string): void {
    this.files.write(this.proc.resolvePath(path), encodeUtf8(text))
  }

  /** Sends a request; a refusal is thrown as the Status it carries. */
  *send(method: ApiRequest['method'], path: string, options: RequestOptions = {}): Task<ApiReply> {
    const headers: Record<string, string> = {
      accept: options.accept ?? 'application/json',
      'user-agent': `kubectl/${this.isOld ? 'v1.10.0' : 'v1.36.2'} (linux/amd64)`,
      ...options.headers,
    }
    if (options.body !== undefined)
      headers['content-type'] = options.contentType ?? 'application/json'
    const reply = yield* this.options.call(
      {
        method,
        path,
        ...(options.query === undefined ? {} : { query: options.query }),
        headers,
        ...(options.body === undefined ? {} : { body: options.body }),
        user: this.user,
      },
      this.proc.kernel,
    )
    yield* this.#showWarnings(reply)
    if (reply.code < 400) return reply
    throw new StatusError(statusOf(reply))
  }

  /** Sends a request whose answer is an object. */
  *request(
    method: ApiRequest['method'],
    path: string,
    options: RequestOptions = {},
  ): Task<Manifest> {
    const reply = yield* this.send(method, path, options)
    if (reply.type === 'object') return reply.body as Manifest
    if (reply.type === 'text') return parseYaml(textOf(reply.body)) as Manifest
    throw new CliError(`unexpected reply to ${method} ${path}`)
  }

  /**
   * Opens a watch. Events come through a channel that closes when the server ends the watch; the
   * caller stops it when it has seen enough.
   */
  *watch(
    path: string,
    query: readonly (readonly [string, string])[],
    accept = 'application/json',
  ): Task<{ readonly events: Channel<WatchEvent>; readonly stop: () => void }> {
    const reply = yield* this.send('GET', path, { query: [...query, ['watch', 'true']], accept })
    if (reply.type !== 'watch') throw new CliError(`the server does not watch ${path}`)
    const events = new Channel<WatchEvent>()
    const stop = reply.start({
      event: (event) => {
        if (!events.isClosed) events.push(event)
      },
      end: () => events.close(),
    })
    return { events, stop }
  }

  *discovery(): Task<Discovery> {
    const known = this.options.cache.discovery
    if (known !== undefined) return known
    const core = yield* this.request('GET', '/api', { accept: DISCOVERY_ACCEPT })
    const groups = yield* this.request('GET', '/apis', { accept: DISCOVERY_ACCEPT })
    const isAggregated =
      core['kind'] === 'APIGroupDiscoveryList' && groups['kind'] === 'APIGroupDiscoveryList'
    const found = isAggregated
      ? fromAggregated([core, groups])
      : fromLists(yield* this.#resourceLists(groups))
    this.options.cache.discovery = found
    return found
  }

  *#resourceLists(groups: Manifest): Task<Manifest[]> {
    const lists = [yield* this.request('GET', '/api/v1')]
    for (const group of groups['groups'] ?? []) {
      for (const { groupVersion } of group.versions ?? []) {
        lists.push(yield* this.request('GET', `/apis/${groupVersion}`))
      }
    }
    return lists
  }

  *#showWarnings(reply: ApiReply): Task {
    const header = reply.type === 'stream' ? undefined : reply.headers?.['warning']
    if (header === undefined) return
    for (const [, text] of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      yield* this.warn((text ?? '').replace(/\\(.)/g, '$1'))
    }
  }
}

export function textOf(body: string | Uint8Array): string {
  return typeof body === 'string' ? body : decodeUtf8(body)
}

function statusOf(reply: ApiReply): Status {
  if (reply.type === 'object') {
    const body = reply.body as Partial<Status> | undefined
    if (body?.kind === 'Status') return body as Status
  }
  // A path that nothing serves is answered in plain words, which kubectl replaces by its own.
  const message = reply.type === 'text' && reply.code !== 404 ? textOf(reply.body).trim() : ''
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message === '' ? 'the server could not find the requested resource' : message,
    ...(reply.code === 404 ? { reason: 'NotFound' } : {}),
    code: reply.code,
  }
}

/** Ends the command with a refusal that names what is not simulated. */
export function notSimulated(what: string): never {
  throw new ExitError(1, `error: ${what} is not simulated here`)
}
