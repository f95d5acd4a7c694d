import type { ApiReply, WatchEvent } from '#sim/apimachinery/request.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { type Cluster, createCluster } from '../cluster.ts'

/** One recorded exchange with a real API server, as `tools/recordings/wire` holds them. */
export type Exchange = {
  readonly request: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
    readonly path: string
    readonly query?: string
    readonly accept?: string
    readonly contentType?: string
    readonly body?: unknown
    readonly raw?: string
    readonly as?: string
    readonly watch?: boolean
    readonly only?: string
    readonly keepManagedFields?: boolean
    readonly replaceStatusOf?: string
  }
  readonly response: {
    readonly code: number
    readonly contentType?: string
    readonly warning?: string
    readonly body: unknown
  }
}

export type Recording = { readonly name: string; readonly exchanges: readonly Exchange[] }

export type Answer = {
  readonly code: number
  readonly contentType: string | undefined
  readonly warning: string | undefined
  readonly body: unknown
}

type Saved = { rv?: string; uid?: string; continue?: string }

/**
 * What the recorded control plane did without. Deployments got no ReplicaSets there, and no event
 * in any of its recordings is of a claim that found no volume.
 */
const WITHOUT = [
  'scheduler',
  'kubelet',
  'provisioner',
  'deployment',
  'replicaset',
  'persistentvolume-binder',
]

/** Sends recorded requests to a cluster in process, in virtual time. */
export class WireReplay {
  readonly #cluster: Cluster
  readonly #namespace: string
  readonly #saved = new Map<string, Saved>()

  constructor(name: string) {
    this.#cluster = createCluster({
      seed: 1,
      nodes: 3,
      dialect: '1.36',
      timings: 'instant',
      featureGates: { ServiceCABundle: true },
      without: WITHOUT,
      // Some recorded statuses hold fixed times; their ages are those of the day of recording.
      epochMs: Date.UTC(2026, 10, 22, 12),
      // Where the store stood when the recorded server was started on it.
      firstRevision: 53_037,
    })
    this.#namespace = `w-${name}`
    const metadata = { name: this.#namespace }
    this.#call({ method: 'POST', path: '/api/v1/namespaces', body: JSON.stringify({ metadata }) })
    // By then the namespace has what controllers put into every one.
    this.#runFor(50)
  }

  get namespace(): string {
    return this.#namespace
  }

  send({ request }: Exchange): Answer {
    const text =
      request.raw ??
      (request.body === undefined ? undefined : this.#fill(JSON.stringify(request.body)))
    const body =
      request.replaceStatusOf === undefined
        ? text
        : this.#withStatus(request.replaceStatusOf, request.body)
    const reply = this.#call({
      method: request.method,
      path: this.#fill(request.path),
      ...(request.query === undefined ? {} : { query: this.#fill(request.query) }),
      ...(request.accept === undefined ? {} : { accept: request.accept }),
      ...(body === undefined ? {} : { body }),
      ...(request.contentType === undefined ? {} : { contentType: request.contentType }),
    })
    const answer = this.#answer(reply)
    if (request.as !== undefined) this.#save(request.as, answer.body)
    // Between requests of the recording time went by, and others had their turn.
    this.#runFor(1)
    return answer
  }

  #runFor(ms: number): void {
    this.#cluster.simulation.runFor(ms)
  }

  #fill(text: string): string {
    return text
      .replaceAll('NS', this.#namespace)
      .replace(
        /\{(rv|uid|continue):(\w+)\}/g,
        (_, key: keyof Saved, name: string) => this.#saved.get(name)?.[key] ?? 'missing',
      )
  }

  #withStatus(name: string, status: unknown): string {
    const path = `/api/v1/namespaces/${this.#namespace}/pods/${name}`
    const current = this.#answer(this.#call({ method: 'GET', path })).body as object
    return JSON.stringify({ ...current, status })
  }

  #save(name: string, body: unknown): void {
    const metadata = (body as { metadata?: Record<string, string> }).metadata ?? {}
    const { resourceVersion: rv, uid, continue: token } = metadata
    this.#saved.set(name, {
      ...(rv === undefined ? {} : { rv }),
      ...(uid === undefined ? {} : { uid }),
      ...(token === undefined ? {} : { continue: token }),
    })
  }

  #call(request: {
    method: Exchange['request']['method']
    path: string
    query?: string
    accept?: string
    contentType?: string
    body?: string
  }): ApiReply {
    return this.#cluster.server.call({
      method: request.method,
      path: request.path,
      query: queryOf(request.query ?? ''),
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': 'recorder',
        ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
      },
      ...(request.body === undefined ? {} : { body: encodeUtf8(request.body) }),
      user: 'recorder',
    })
  }

  #answer(reply: ApiReply): Answer {
    const headers = reply.type === 'stream' ? undefined : reply.headers
    const warning = headers?.['warning']
    const json = 'application/json'
    switch (reply.type) {
      case 'object': {
        const body: unknown = JSON.parse(JSON.stringify(reply.body))
        return { code: reply.code, contentType: headers?.['content-type'] ?? json, warning, body }
      }
      case 'text': {
        const contentType = headers?.['content-type'] ?? 'text/plain'
        return { code: reply.code, contentType, warning, body: String(reply.body) }
      }
      case 'watch':
        return { code: 200, contentType: json, warning, body: this.#watched(reply.start) }
      case 'stream':
        return { code: reply.code, contentType: undefined, warning, body: undefined }
    }
  }

  /** Every event until the server ends the watch, which the recordings ask for after a second. */
  #watched(start: Extract<ApiReply, { type: 'watch' }>['start']): unknown {
    const events: WatchEvent[] = []
    const stop = start({ event: (event) => events.push(event), end: () => {} })
    this.#runFor(2000)
    stop()
    return JSON.parse(JSON.stringify(events))
  }
}

function queryOf(text: string): [string, string][] {
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [key = '', value = ''] = pair.split('=').map(decodeURIComponent)
      return [key, value]
    })
}
