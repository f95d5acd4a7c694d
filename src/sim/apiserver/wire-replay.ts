import type { ApiReply, WatchEvent } from '#sim/apimachinery/request.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { ApiServer } from './api-server.ts'
import type { ResourceDefinition } from './resource.ts'

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

const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Sends recorded requests to a server without controllers, in process and in virtual time. */
export class WireReplay {
  // Some recorded statuses hold fixed times; their ages are those of the day of recording.
  readonly #simulation = new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 22, 12) })
  readonly #server: ApiServer
  readonly #namespace: string
  readonly #saved = new Map<string, Saved>()

  constructor(resources: readonly ResourceDefinition[], name: string) {
    this.#server = new ApiServer({
      simulation: this.#simulation,
      resources,
      featureGates: { ServiceCABundle: true },
    })
    this.#namespace = `w-${name}`
    this.#server.compact()
    for (const namespace of ['default', this.#namespace]) this.#createNamespace(namespace)
  }

  get namespace(): string {
    return this.#namespace
  }

  /** The namespace with what controllers put into every one. */
  #createNamespace(name: string): void {
    const post = (path: string, body: unknown) =>
      this.#call({ method: 'POST', path, body: JSON.stringify(body) })
    post('/api/v1/namespaces', { metadata: { name } })
    const base = `/api/v1/namespaces/${name}`
    post(`${base}/serviceaccounts`, { metadata: { name: 'default' } })
    post(`${base}/configmaps`, {
      metadata: {
        name: 'kube-root-ca.crt',
        annotations: { 'kubernetes.io/description': DESCRIPTION },
      },
      data: { 'ca.crt': '' },
    })
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
    this.#simulation.runFor(1)
    return answer
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
    return this.#server.call({
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
    this.#simulation.runFor(2000)
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
