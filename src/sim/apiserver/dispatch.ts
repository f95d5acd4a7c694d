import { isObject } from '#sim/apimachinery/equality.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { type Status, StatusError } from '#sim/apimachinery/status.ts'
import { internalError, methodNotAllowed, unknownResource } from '#sim/apimachinery/statuses.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import type { AuditEntry } from './audit.ts'
import { handleCreate } from './create.ts'
import { handleDelete } from './delete.ts'
import { handleDeleteCollection } from './delete-collection.ts'
import { type AnswerKind, errorForm, representationFor } from './negotiation.ts'
import { handleNonResource } from './non-resource.ts'
import { handlePatch } from './patch.ts'
import { handleGet, handleList } from './read.ts'
import { parsePath, type RequestInfo } from './request-info.ts'
import { encode, render, watchTransform } from './responses.ts'
import { Scope } from './scope.ts'
import type { ServerState } from './server-state.ts'
import { handleSubresource } from './subresources.ts'
import { handleUpdate } from './update.ts'
import { handleVirtual } from './virtual.ts'
import { handleWatch } from './watch-request.ts'

type Verb = 'get' | 'list' | 'watch' | AuditEntry['verb']

const ENDPOINTS_DEPRECATED =
  'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'

/** Takes requests apart, has them handled, and turns what comes of it into replies. */
export class Dispatcher {
  readonly #server: ServerState
  readonly #listeners = new Set<(entry: AuditEntry) => void>()

  constructor(server: ServerState) {
    this.#server = server
  }

  onWrite(listener: (entry: AuditEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  handle(request: ApiRequest): ApiReply {
    const { storage } = this.#server
    // The server asks itself things in the middle of somebody else's request.
    const outer = storage.writer
    storage.writer = request.user
    try {
      return this.#answer(request)
    } finally {
      storage.writer = outer
    }
  }

  #answer(request: ApiRequest): ApiReply {
    const info = parsePath(request.path)
    const resource =
      info === undefined
        ? undefined
        : this.#server.registry.find(info.group, info.version, info.resource)
    try {
      if (info === undefined) return handleNonResource(this.#server, request)
      if (resource === undefined) return this.#withoutStore(request, info)
      const scope = new Scope(this.#server, request, info, resource)
      const reply = this.#withStore(scope)
      return withWarnings(reply, scope.warnings)
    } catch (error) {
      return this.#refusal(request, error)
    }
  }

  /** Paths under a resource that keeps no objects: reviews, bindings, or nothing known. */
  #withoutStore(request: ApiRequest, info: RequestInfo): ApiReply {
    const { registry, discovery } = this.#server
    const isKnown = discovery
      .groupVersions()
      .some(({ group, version }) => group === info.group && version === info.version)
    if (!isKnown) return handleNonResource(this.#server, request)
    // Nothing but the request is looked at; any resource completes the scope.
    const [anyResource] = registry.resources
    if (anyResource === undefined) throw unknownResource()
    const reply = handleVirtual(new Scope(this.#server, request, info, anyResource))
    if (reply === undefined) throw unknownResource()
    return reply
  }

  #withStore(scope: Scope): ApiReply {
    const verb = verbOf(scope)
    if (verb === 'get' || verb === 'list' || verb === 'watch') return this.#serve(scope, verb)
    return this.#audited(scope, verb)
  }

  #serve(scope: Scope, verb: Verb): ApiReply {
    const form = representationFor(scope.request.headers?.['accept'], answerKind(verb))
    const { definition, store } = scope.resource
    const { subresource } = scope.info
    if (store.name === 'endpoints') scope.warn(ENDPOINTS_DEPRECATED)
    if (subresource !== undefined && subresource !== 'status') {
      const reply = handleSubresource(scope, form)
      if (reply === undefined) throw unknownResource()
      return reply
    }
    if (subresource === 'status' && definition.status === undefined) throw unknownResource()
    switch (verb) {
      case 'get':
        return render(scope, form, 200, handleGet(scope))
      case 'list':
        return render(scope, form, 200, handleList(scope))
      case 'watch':
        return handleWatch(scope, watchTransform(scope, form))
      case 'create':
        return render(scope, form, 201, handleCreate(scope))
      case 'update': {
        const { object, isNew } = handleUpdate(scope)
        return render(scope, form, isNew ? 201 : 200, object)
      }
      case 'patch': {
        const { object, isNew } = handlePatch(scope)
        return render(scope, form, isNew ? 201 : 200, object)
      }
      case 'delete': {
        const { code, body } = handleDelete(scope)
        return render(scope, form, code, body)
      }
      case 'deletecollection':
        return render(scope, form, 200, handleDeleteCollection(scope))
    }
  }

  #audited(scope: Scope, verb: Exclude<Verb, 'get' | 'list' | 'watch'>): ApiReply {
    let reply: ApiReply
    try {
      reply = this.#serve(scope, verb)
    } catch (error) {
      reply = this.#refusal(scope.request, error)
    }
    // A remote command or a forwarded port comes as a POST, but writes nothing.
    if (this.#listeners.size > 0 && reply.type !== 'stream') this.#tell(scope, verb, reply)
    return reply
  }

  #tell(scope: Scope, verb: AuditEntry['verb'], reply: ApiReply): void {
    const body = reply.type === 'object' ? reply.body : undefined
    const failed = reply.code >= 400 ? (body as Status | undefined) : undefined
    const { definition } = scope.resource
    const { namespace, subresource } = scope.info
    const name = scope.info.name ?? nameIn(failed === undefined ? body : scope.requestObject)
    const query = scope.query.toString()
    const entry: AuditEntry = {
      unixMs: this.#server.simulation.unixMs,
      verb,
      user: scope.request.user,
      userAgent: scope.header('user-agent'),
      requestUri: query === '' ? scope.request.path : `${scope.request.path}?${query}`,
      objectRef: {
        resource: definition.plural,
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
        ...(subresource === undefined ? {} : { subresource }),
        ...(definition.group === '' ? {} : { apiGroup: definition.group }),
        apiVersion: definition.version,
      },
      code: reply.code,
      ...(failed?.reason === undefined ? {} : { reason: failed.reason }),
      ...(failed?.message === undefined ? {} : { message: failed.message }),
      ...(scope.requestObject === undefined ? {} : { requestObject: scope.requestObject }),
      ...(body === undefined ? {} : { responseObject: body }),
    }
    for (const listener of this.#listeners) listener(entry)
  }

  #refusal({ headers }: ApiRequest, error: unknown): ApiReply {
    const accept = headers?.['accept']
    if (error instanceof StatusError) return statusReply(error.status, accept)
    // A user's request must not be able to stop the world; a broken invariant must.
    const text = error instanceof Error ? error.message : String(error)
    if (error instanceof InvariantError) this.#server.simulation.fail(error)
    return statusReply(internalError(text).status, accept)
  }
}

function nameIn(object: unknown): string | undefined {
  const metadata = isObject(object) ? object['metadata'] : undefined
  const name = isObject(metadata) ? metadata['name'] : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}

const STATUS_VERBS: ReadonlySet<Verb> = new Set(['get', 'patch', 'update'])

/** What is asked of a stored resource; a method that has no meaning there is refused. */
function verbOf(scope: Scope): Verb {
  const { method } = scope.request
  const { namespace, name, subresource } = scope.info
  const { namespaced, verbs, status } = scope.resource.definition
  const verb = verbFor(scope)
  if (namespaced && namespace === undefined) {
    if (name !== undefined) throw unknownResource()
    if (verb !== 'list' && verb !== 'watch') throw methodNotAllowed()
  }
  if (!namespaced && namespace !== undefined) throw unknownResource()
  if (verb === undefined) throw methodNotAllowed()
  const isOfStatus = subresource === 'status' && status !== undefined
  if (isOfStatus && !STATUS_VERBS.has(verb)) throw methodNotAllowed()
  const isPost = method === 'POST' && name !== undefined && subresource === undefined
  if (isPost || (subresource === undefined && !verbs.includes(verb))) throw methodNotAllowed()
  return verb
}

function verbFor({ request, info, query }: Scope): Verb | undefined {
  const isCollection = info.name === undefined
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (info.isLegacyWatch) return 'watch'
      if (!isCollection) return 'get'
      return query.flag('watch') ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return isCollection ? undefined : 'update'
    case 'PATCH':
      return isCollection ? undefined : 'patch'
    case 'DELETE':
      return isCollection ? 'deletecollection' : 'delete'
    case 'OPTIONS':
      return undefined
  }
}

function answerKind(verb: Verb): AnswerKind {
  if (verb === 'list' || verb === 'watch') return verb
  return verb === 'deletecollection' ? 'collection' : 'object'
}

function statusReply(status: Status, accept: string | undefined): ApiReply {
  const seconds = status.details?.retryAfterSeconds ?? 0
  const reply = encode(errorForm(accept), status.code ?? 500, status)
  if (seconds === 0 || reply.type === 'stream') return reply
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(seconds) } }
}

const WARNINGS_RUNES_MAX = 4096
const WARNING_RUNES_WHEN_MANY = 256

/** Adds the Warning header; what would make it too long is cut. */
function withWarnings(reply: ApiReply, warnings: readonly string[]): ApiReply {
  if (warnings.length === 0 || reply.type === 'stream') return reply
  const total = warnings.reduce((sum, text) => sum + text.length, 0)
  const texts =
    total <= WARNINGS_RUNES_MAX
      ? warnings
      : warnings.map((text) => text.slice(0, WARNING_RUNES_WHEN_MANY))
  const warning = texts.map((text) => `299 - "${text.replace(/[\\"]/g, '\\$&')}"`).join(', ')
  return { ...reply, headers: { ...reply.headers, warning } }
}
