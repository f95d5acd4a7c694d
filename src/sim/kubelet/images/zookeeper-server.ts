import { type Connection, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import { ByteReader, HttpError } from '#sim/network/http.ts'
import { awaitedSleep } from './awaited-sleep.ts'

export const CLIENT_PORT = 2181
export const PEER_PORT = 2888

export type EnsembleOptions = {
  readonly dataDir: string
  /** Full names of all configured servers but this one. */
  readonly peers: readonly string[]
  readonly startMs: number
  readonly exitMs: number
}

/** One change, as it is logged on disk and sent to the other servers. */
type Transaction = {
  readonly zxid: number
  readonly op: 'create' | 'set' | 'delete'
  readonly path: string
  readonly data: string
  readonly unixMs: number
}

export type Node = {
  readonly data: string
  readonly createdZxid: number
  readonly createdMs: number
  readonly modifiedZxid: number
  readonly modifiedMs: number
  readonly version: number
}

export type ClientRequest = {
  readonly op: 'create' | 'set' | 'delete' | 'get' | 'ls'
  readonly path: string
  readonly data?: string
}

export type ClientReply =
  | { readonly type: 'node'; readonly node: Node; readonly children: readonly string[] }
  | { readonly type: 'done' }
  | { readonly type: 'exists' | 'missing' | 'noQuorum' }

const PEER_TIMEOUT_MS = 500

/**
 * One ZooKeeper server: a tree of nodes, logged on disk, that only serves while a majority of the
 * configured servers can be reached by name.
 *
 * Simplified: no leader is elected. Whichever server is asked catches up with the others first
 * and hands each change to all it reaches, so a majority always knows every change.
 */
export class ZookeeperServer {
  readonly #proc: OsProcess
  readonly #options: EnsembleOptions
  readonly #sessions = new Set<{ kill(): void }>()
  #log: Transaction[] = []
  readonly #tree = new Map<string, Node>()

  constructor(proc: OsProcess, options: EnsembleOptions) {
    this.#proc = proc
    this.#options = options
  }

  *run(): Task<number> {
    const { network } = this.#proc.host
    if (network === undefined) throw new OsError('ENETUNREACH')
    let stop = () => {}
    let isStopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      this.#proc.setDisposition(signal, () => {
        isStopping = true
        stop()
      })
    }
    yield* awaitedSleep(this.#options.startMs)
    this.#load()
    const listeners = [CLIENT_PORT, PEER_PORT, 3888].map((port) => network.listen(port))
    try {
      for (const listener of listeners) this.#spawn(this.#accept(listener))
      yield* this.#proc.write(1, 'INFO [main:QuorumPeer] binding to port 0.0.0.0/0.0.0.0:2181\n')
      if (!isStopping) {
        yield* suspend<void>((wake) => {
          stop = wake
          return undefined
        })
      }
      yield* awaitedSleep(this.#options.exitMs)
      return 143
    } finally {
      for (const listener of listeners) listener.close()
      for (const session of this.#sessions) session.kill()
    }
  }

  get #zxid(): number {
    return this.#log.at(-1)?.zxid ?? 0
  }

  #spawn(task: Task): void {
    const session = this.#proc.host.simulation.spawn(task, {
      name: 'zookeeper/session',
      periodic: false,
      onError: (error) => {
        if (error instanceof OsError || error instanceof HttpError) return
        this.#proc.host.simulation.fail(error instanceof Error ? error : new Error(String(error)))
      },
    })
    this.#sessions.add(session)
    session.onExit(() => this.#sessions.delete(session))
  }

  *#accept(listener: { accept(): Task<Connection | undefined> }): Task {
    for (;;) {
      const connection = yield* listener.accept()
      if (connection === undefined) return
      this.#spawn(this.#serve(connection))
    }
  }

  *#serve(connection: Connection): Task {
    try {
      const first = yield* connection.read()
      if (first === undefined) return
      const text = decodeUtf8(first)
      if (text.startsWith('ruok')) return yield* connection.write(encodeUtf8('imok'))
      const [verb, rest = ''] = splitOnce(text.trim())
      const answer = yield* this.#answer(verb, rest)
      yield* connection.write(encodeUtf8(`${JSON.stringify(answer)}\n`))
    } finally {
      connection.end()
    }
  }

  *#answer(verb: string, rest: string): Task<unknown> {
    switch (verb) {
      case 'zxid':
        return this.#zxid
      case 'log':
        return this.#log.filter((one) => one.zxid > Number(rest))
      case 'apply':
        this.#apply(JSON.parse(rest) as Transaction)
        return true
      case 'client':
        return yield* this.#request(JSON.parse(rest) as ClientRequest)
      default:
        return false
    }
  }

  *#request(request: ClientRequest): Task<ClientReply> {
    const reachable = yield* this.#catchUp()
    const majority = Math.floor((this.#options.peers.length + 1) / 2) + 1
    if (reachable.length + 1 < majority) return { type: 'noQuorum' }
    const { op, path } = request
    const node = path === '/' ? ROOT : this.#tree.get(path)
    if (op === 'create' && node !== undefined) return { type: 'exists' }
    if (op !== 'create' && node === undefined) return { type: 'missing' }
    if (op === 'get' || op === 'ls') {
      const prefix = path === '/' ? '/' : `${path}/`
      const children = [...this.#tree.keys()]
        .filter((one) => one.startsWith(prefix) && !one.slice(prefix.length).includes('/'))
        .map((one) => one.slice(prefix.length))
      return { type: 'node', node: node ?? ROOT, children: children.sort() }
    }
    const { unixMs } = this.#proc.host.simulation
    const change = { zxid: this.#zxid + 1, op, path, data: request.data ?? '', unixMs }
    this.#apply(change)
    for (const peer of reachable) yield* this.#ask(peer, `apply ${JSON.stringify(change)}`)
    return { type: 'done' }
  }

  /** Takes over what any reachable server knows more; the names of those reached. */
  *#catchUp(): Task<readonly string[]> {
    const reachable: string[] = []
    for (const peer of this.#options.peers) {
      const zxid = yield* this.#ask(peer, 'zxid')
      if (typeof zxid !== 'number') continue
      reachable.push(peer)
      if (zxid <= this.#zxid) continue
      const missing = yield* this.#ask(peer, `log ${this.#zxid}`)
      if (Array.isArray(missing)) for (const one of missing) this.#apply(one as Transaction)
    }
    return reachable
  }

  /** The other server's answer, or undefined if it cannot be reached. */
  *#ask(peer: string, line: string): Task<unknown> {
    const { network } = this.#proc.host
    if (network === undefined) return undefined
    try {
      const [ip] = yield* network.lookup(peer)
      if (ip === undefined) return undefined
      const connection = yield* network.connect(ip, PEER_PORT, { timeoutMs: PEER_TIMEOUT_MS })
      return yield* askOver(connection, line)
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  #apply(change: Transaction): void {
    if (change.zxid <= this.#zxid) return
    this.#log.push(change)
    this.#change(change)
    this.#proc.host.fs.appendText(this.#logFile, `${JSON.stringify(change)}\n`)
  }

  #change({ op, path, data, zxid, unixMs }: Transaction): void {
    const old = this.#tree.get(path)
    if (op === 'delete') this.#tree.delete(path)
    else {
      this.#tree.set(path, {
        data,
        createdZxid: old?.createdZxid ?? zxid,
        createdMs: old?.createdMs ?? unixMs,
        modifiedZxid: zxid,
        modifiedMs: unixMs,
        version: old === undefined ? 0 : old.version + 1,
      })
    }
  }

  get #logFile(): string {
    return `${this.#options.dataDir}/version-2/log`
  }

  #load(): void {
    const { fs } = this.#proc.host
    fs.mkdir(`${this.#options.dataDir}/version-2`, { recursive: true })
    if (!fs.exists(this.#logFile)) return
    const lines = fs.readText(this.#logFile).split('\n').slice(0, -1)
    this.#log = lines.map((line) => JSON.parse(line) as Transaction)
    for (const change of this.#log) this.#change(change)
  }
}

const ROOT: Node = {
  data: '',
  createdZxid: 0,
  createdMs: 0,
  modifiedZxid: 0,
  modifiedMs: 0,
  version: 0,
}

/** One line there, one line of JSON back. */
export function* askOver(connection: Connection, line: string): Task<unknown> {
  try {
    yield* connection.write(encodeUtf8(`${line}\n`))
    const answer = yield* new ByteReader(connection).line()
    return answer === undefined ? undefined : (JSON.parse(answer) as unknown)
  } finally {
    connection.destroy()
  }
}

function splitOnce(text: string): [string, string?] {
  const at = text.indexOf(' ')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
