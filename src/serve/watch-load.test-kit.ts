import { createHash, type Hash } from 'node:crypto'
import { Agent, type ClientRequest, get, request } from 'node:http'

export type LoadOptions = {
  readonly url: string
  readonly watches: number
  readonly writesPerSecond: number
  readonly seconds: number
  /** Called when every watch has seen the last write, and before they are closed. */
  readonly beforeClose?: () => Promise<void>
}

export type LoadResult = {
  readonly writes: number
  /** Events that the first watch saw. */
  readonly events: number
  /** How many different streams there were; one, if none lost, doubled or turned round an event. */
  readonly streams: number
  /** What the first watch holds in the end, and what a list says, as `name@resourceVersion`. */
  readonly held: readonly string[]
  readonly listed: readonly string[]
  /** Of the first watch: whether each event was newer than the one before. */
  readonly isInOrder: boolean
  /** How long the last watch took to see the last write. */
  readonly lagMs: number
}

type Event = {
  type: string
  object: { metadata: { name: string; resourceVersion: string } }
}

const COLLECTION = '/api/v1/namespaces/default/configmaps'
const NAMES = Array.from({ length: 50 }, (_nothing, index) => `load-${index}`)
const LAST = 'load-last'

/** Many watches on one resource, and a steady stream of writes to it. */
export async function loadWatches(options: LoadOptions): Promise<LoadResult> {
  const { url } = options
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const list = async () => {
    const response = await fetch(url + COLLECTION)
    return (await response.json()) as {
      metadata: { resourceVersion: string }
      items: Event['object'][]
    }
  }
  const { metadata, items } = await list()
  const held = new Map(items.map((item) => [item.metadata.name, item.metadata.resourceVersion]))
  const path = `${COLLECTION}?watch=true&resourceVersion=${metadata.resourceVersion}`
  let [events, newest, isInOrder] = [0, 0, true]
  const first = new WatchStream(url + path, (event) => {
    const { name, resourceVersion } = event.object.metadata
    events++
    isInOrder &&= Number(resourceVersion) > newest
    newest = Number(resourceVersion)
    if (event.type === 'DELETED') held.delete(name)
    else held.set(name, resourceVersion)
  })
  const streams = [first]
  while (streams.length < options.watches) streams.push(new WatchStream(url + path))
  await Promise.all(streams.map(({ opened }) => opened))

  const writes = await writeSteadily(agent, options)
  const writtenAt = performance.now()
  await send(agent, url, 'POST', COLLECTION, { metadata: { name: LAST } })
  await Promise.all(streams.map(({ sawLast }) => sawLast))
  const lagMs = performance.now() - writtenAt
  const listed = (await list()).items
  await options.beforeClose?.()
  for (const stream of streams) stream.close()
  agent.destroy()
  return {
    writes,
    events,
    streams: new Set(streams.map(({ digest }) => digest)).size,
    held: [...held].map(([name, version]) => `${name}@${version}`).toSorted(),
    listed: listed
      .map((item) => `${item.metadata.name}@${item.metadata.resourceVersion}`)
      .toSorted(),
    isInOrder,
    lagMs,
  }
}

/** Creates, changes and deletes in turn, at a given rate whatever the answers take. */
async function writeSteadily(agent: Agent, options: LoadOptions): Promise<number> {
  const { url, writesPerSecond, seconds } = options
  const startedAt = performance.now()
  const total = Math.round(writesPerSecond * seconds)
  const isThere = new Set<string>()
  // Writes to one object wait for each other; those to others do not.
  const queues = new Map<string, Promise<void>>()
  for (let n = 0; n < total; n++) {
    const ahead = startedAt + (n * 1000) / writesPerSecond - performance.now()
    if (ahead > 1) await new Promise((done) => setTimeout(done, ahead))
    const name = NAMES[n % NAMES.length] ?? ''
    const write = writeOf(name, n, isThere)
    const after = queues.get(name) ?? Promise.resolve()
    queues.set(
      name,
      after.then(() => send(agent, url, write.method, write.path, write.body)),
    )
  }
  await Promise.all(queues.values())
  return total
}

function writeOf(name: string, n: number, isThere: Set<string>) {
  const path = `${COLLECTION}/${name}`
  if (!isThere.has(name)) {
    isThere.add(name)
    return { method: 'POST', path: COLLECTION, body: { metadata: { name }, data: { n: '0' } } }
  }
  if (n % 7 === 0) {
    isThere.delete(name)
    return { method: 'DELETE', path, body: undefined }
  }
  return { method: 'PATCH', path, body: { data: { n: String(n) } } }
}

function send(
  agent: Agent,
  url: string,
  method: string,
  path: string,
  body: unknown,
): Promise<void> {
  return new Promise((done, failed) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const headers = { 'content-type': type }
    const sent = request(url + path, { method, agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if ((response.statusCode ?? 500) < 300) done()
        else failed(new Error(`${method} ${path}: ${response.statusCode}`))
      })
    })
    sent.on('error', failed)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

const LAST_SEEN = Buffer.from(`"name":"${LAST}"`)
const NEWLINE = 10

/** The events of one watch: read where somebody listens, otherwise only as a digest of bytes. */
class WatchStream {
  readonly opened: Promise<void>
  readonly sawLast: Promise<void>
  readonly #hash: Hash = createHash('md5')
  readonly #request: ClientRequest
  readonly #onEvent: ((event: Event) => void) | undefined
  /** What came of a line that has not ended. */
  #rest: Buffer = Buffer.alloc(0)
  digest = ''

  constructor(url: string, onEvent?: (event: Event) => void) {
    this.#onEvent = onEvent
    let [open, finish, fail]: ((error?: unknown) => void)[] = []
    this.opened = new Promise((done, failed) => {
      open = () => done()
      fail = failed
    })
    this.sawLast = new Promise((done) => (finish = () => done()))
    this.#request = get(url, { agent: false }, (response) => {
      open?.()
      response.on('data', (bytes: Buffer) => {
        this.#hash.update(bytes)
        if (this.#read(bytes)) finish?.()
      })
    })
    this.#request.on('error', (error) => fail?.(error))
  }

  close(): void {
    this.#request.destroy()
  }

  /** True with the last event of all. */
  #read(bytes: Buffer): boolean {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const end = all.lastIndexOf(NEWLINE) + 1
    const lines = all.subarray(0, end)
    this.#rest = all.subarray(end)
    if (this.#onEvent !== undefined) {
      for (const line of lines.toString().split('\n').slice(0, -1))
        this.#onEvent(JSON.parse(line) as Event)
    }
    if (!lines.includes(LAST_SEEN)) return false
    this.digest = this.#hash.digest('hex')
    return true
  }
}
