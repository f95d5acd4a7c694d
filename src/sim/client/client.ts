import { RESOURCE_PATHS, type ResourceKinds, type ResourceName } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiReply, ApiRequest, Call, WatchSink } from '#sim/apimachinery/request.ts'
import { type Status, StatusError } from '#sim/apimachinery/status.ts'

export type ClientOptions = {
  readonly call: Call
  readonly user: string
  /** First word names the field manager where a request names none. */
  readonly userAgent: string
}

export type ListOptions = {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type DeleteOptions = {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export type PatchType = 'json' | 'merge' | 'strategic'

export type ObjectList<T> = {
  readonly resourceVersion: string
  readonly items: readonly T[]
}

/** What a controller sends: a whole object without what the server fills in. */
export type Unstored<T extends KubeObject> = Omit<T, 'metadata'> & {
  readonly metadata: Partial<T['metadata']>
}

const PATCH_CONTENT_TYPE = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const satisfies Record<PatchType, string>

/** Typed requests on behalf of one component. Refusals are thrown as `StatusError`. */
export class Client {
  readonly #options: ClientOptions
  readonly #headers: Readonly<Record<string, string>>
  readonly #patchHeaders: Readonly<Record<PatchType, Readonly<Record<string, string>>>>
  readonly #resources = new Map<ResourceName, unknown>()

  constructor(options: ClientOptions) {
    this.#options = options
    this.#headers = { 'user-agent': options.userAgent }
    this.#patchHeaders = {
      json: { ...this.#headers, 'content-type': PATCH_CONTENT_TYPE.json },
      merge: { ...this.#headers, 'content-type': PATCH_CONTENT_TYPE.merge },
      strategic: { ...this.#headers, 'content-type': PATCH_CONTENT_TYPE.strategic },
    }
  }

  resource<R extends ResourceName>(resource: R): ResourceClient<ResourceKinds[R]> {
    let found = this.#resources.get(resource)
    if (found === undefined) {
      found = new ResourceClient<ResourceKinds[R]>(this, resource)
      this.#resources.set(resource, found)
    }
    // The map is filled above only, under the same key.
    return found as ResourceClient<ResourceKinds[R]>
  }

  request(
    request: Omit<ApiRequest, 'user' | 'headers'> & { readonly patch?: PatchType },
  ): ApiReply {
    const headers = request.patch === undefined ? this.#headers : this.#patchHeaders[request.patch]
    return this.#options.call({ ...request, headers, user: this.#options.user })
  }

  /** The reply's object; throws the Status of a refusal. */
  object(request: Omit<ApiRequest, 'user' | 'headers'> & { readonly patch?: PatchType }): unknown {
    const reply = this.request(request)
    if (reply.type !== 'object') throw new Error(`${request.path}: answered with a ${reply.type}`)
    // The server answers every code from 400 on with a Status.
    if (reply.code >= 400) throw new StatusError(reply.body as Status)
    return reply.body
  }
}

export class ResourceClient<T extends KubeObject> {
  readonly #client: Client
  readonly #resource: ResourceName

  constructor(client: Client, resource: ResourceName) {
    this.#client = client
    this.#resource = resource
  }

  get(name: string, namespace?: string): T {
    return this.#object({ method: 'GET', path: this.#path(namespace, name) })
  }

  /** The object, or undefined where the server says NotFound. */
  find(name: string, namespace?: string): T | undefined {
    try {
      return this.get(name, namespace)
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined
      throw error
    }
  }

  list(options: ListOptions = {}): ObjectList<T> {
    const body = this.#client.object({
      method: 'GET',
      path: this.#path(options.namespace),
      query: selectorQuery(options),
    }) as { metadata: { resourceVersion: string }; items: readonly T[] } // A list of this kind.
    return { resourceVersion: body.metadata.resourceVersion, items: body.items }
  }

  /** Events from a resource version on; returns how to stop. Throws StatusError on 410 and the like. */
  watch(options: ListOptions & { readonly resourceVersion: string }, sink: WatchSink): () => void {
    const reply = this.#client.request({
      method: 'GET',
      path: this.#path(options.namespace),
      query: [
        ...selectorQuery(options),
        ['watch', 'true'],
        ['resourceVersion', options.resourceVersion],
        ['allowWatchBookmarks', 'true'],
      ],
    })
    if (reply.type === 'watch') return reply.start(sink)
    if (reply.type === 'object') throw new StatusError(reply.body as Status) // Only refusals.
    throw new Error(`watch of ${this.#resource}: answered with a ${reply.type}`)
  }

  create(object: Unstored<T>): T {
    const path = this.#path(object.metadata.namespace)
    return this.#object({ method: 'POST', path, body: object })
  }

  /** Replaces the object; a stale resourceVersion is refused with Conflict. */
  update(object: T): T {
    const { namespace, name } = object.metadata
    return this.#object({ method: 'PUT', path: this.#path(namespace, name), body: object })
  }

  updateStatus(object: T): T {
    const { namespace, name } = object.metadata
    const path = `${this.#path(namespace, name)}/status`
    return this.#object({ method: 'PUT', path, body: object })
  }

  patch(
    name: string,
    namespace: string | undefined,
    body: unknown,
    options: { readonly type: PatchType; readonly subresource?: string },
  ): T {
    const path = this.#path(namespace, name)
    return this.#object({
      method: 'PATCH',
      path: options.subresource === undefined ? path : `${path}/${options.subresource}`,
      body,
      patch: options.type,
    })
  }

  delete(name: string, namespace?: string, options: DeleteOptions = {}): void {
    this.#client.object({
      method: 'DELETE',
      path: this.#path(namespace, name),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options },
    })
  }

  /** A POST to a subresource: binding, eviction. */
  post(name: string, namespace: string | undefined, subresource: string, body: unknown): unknown {
    const path = `${this.#path(namespace, name)}/${subresource}`
    return this.#client.object({ method: 'POST', path, body })
  }

  #object(request: Omit<ApiRequest, 'user' | 'headers'> & { readonly patch?: PatchType }): T {
    // The server answers a request for a kind with an object of it.
    return this.#client.object(request) as T
  }

  #path(namespace: string | undefined, name?: string): string {
    const { prefix, namespaced } = RESOURCE_PATHS[this.#resource]
    const scope = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''
    const base = `${prefix}${scope}/${this.#resource}`
    return name === undefined ? base : `${base}/${encodeURIComponent(name)}`
  }
}

function selectorQuery(options: ListOptions): [string, string][] {
  const query: [string, string][] = []
  if (options.labelSelector !== undefined) query.push(['labelSelector', options.labelSelector])
  if (options.fieldSelector !== undefined) query.push(['fieldSelector', options.fieldSelector])
  return query
}
