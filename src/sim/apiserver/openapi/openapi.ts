import { fnv32a } from '#sim/apimachinery/fnv.ts'
import type { ApiReply, ApiRequest } from '#sim/apimachinery/request.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { parseAccept } from '../negotiation.ts'
import type { ProtobufFormat } from '../protobuf-format.ts'
import type { Registry, Resource } from '../registry.ts'
import { SERVER_VERSION } from '../version.ts'
import { groupVersionPath, pathsOf } from './paths.ts'
import { type Dialect, type Schema, SchemaSet, V2, V3 } from './schemas.ts'

const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** Under two names: the older one has an @ that no media type may have. */
const V2_FORMS: Readonly<Record<string, 'json' | 'protobuf'>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  [V2_PROTOBUF]: 'protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf': 'protobuf',
}
const INFO = { title: 'Kubernetes', version: SERVER_VERSION.gitVersion }
const FOREVER = 'public, immutable'

type Document = { readonly body: Schema; readonly hash: string }

/**
 * The kinds, their fields and what can be done with them, in both versions of OpenAPI. All of it
 * follows from the resources' declarations and is made when somebody first asks.
 */
export class OpenApi {
  readonly #registry: Registry
  readonly #protobuf: ProtobufFormat | undefined
  readonly #documents = new Map<string, Document>()
  #v2: Document | undefined
  #v2Bytes: Uint8Array | undefined

  constructor(registry: Registry, protobuf: ProtobufFormat | undefined) {
    this.#registry = registry
    this.#protobuf = protobuf
  }

  answer(path: string, request: ApiRequest): ApiReply | undefined {
    if (path === '/openapi/v2') return this.#answerV2(request)
    if (path === '/openapi/v3') return { type: 'object', code: 200, body: this.#root() }
    const groupVersion = path.slice('/openapi/v3/'.length)
    const document = path.startsWith('/openapi/v3/') ? this.#document(groupVersion) : undefined
    return document === undefined ? undefined : answerV3(path, document, request)
  }

  #answerV2(request: ApiRequest): ApiReply {
    const document = (this.#v2 ??= hashed(this.#buildV2()))
    const form = v2Form(request.headers?.['accept'] ?? '')
    if (form === undefined) return { type: 'text', code: 406, body: '' }
    const headers = { etag: `"${document.hash}"`, vary: 'Accept' }
    if (isKnown(request, document)) return { type: 'text', code: 304, headers, body: '' }
    if (form === 'json') return { type: 'object', code: 200, headers, body: document.body }
    if (this.#protobuf === undefined) return { type: 'text', code: 406, body: '' }
    const body = (this.#v2Bytes ??= this.#protobuf.encodeOpenApiV2(document.body))
    return { type: 'text', code: 200, headers: { ...headers, 'content-type': V2_PROTOBUF }, body }
  }

  #root(): object {
    const names = [...new Set(this.#registry.resources.map(groupVersionPath))].sort()
    const entries = names.map((name) => {
      const hash = this.#document(name)?.hash ?? ''
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }]
    })
    return { paths: Object.fromEntries(entries) }
  }

  #document(groupVersion: string): Document | undefined {
    const known = this.#documents.get(groupVersion)
    if (known !== undefined) return known
    const resources = this.#registry.resources.filter(
      (resource) => groupVersionPath(resource) === groupVersion,
    )
    if (resources.length === 0) return undefined
    const { paths, schemas } = describe(resources, V3)
    const document = hashed({ openapi: '3.0.0', info: INFO, paths, components: { schemas } })
    this.#documents.set(groupVersion, document)
    return document
  }

  #buildV2(): Schema {
    const { paths, schemas } = describe(this.#registry.resources, V2)
    return { swagger: '2.0', info: INFO, paths, definitions: schemas }
  }
}

function describe(resources: readonly Resource[], dialect: Dialect) {
  const set = new SchemaSet(dialect)
  const paths: Record<string, unknown> = {}
  for (const resource of resources) {
    const { struct, definition } = resource
    if (struct === undefined) continue
    const { group, version, kind } = definition
    set.identify(struct, [{ group, version, kind }])
    Object.assign(paths, pathsOf(resource, set.reference(struct), dialect))
  }
  return { paths, schemas: set.schemas }
}

function hashed(body: Schema): Document {
  const bytes = encodeUtf8(JSON.stringify(body))
  const half = (seed: number) => fnv32a(bytes, seed).toString(16).padStart(8, '0')
  return { body, hash: `${half(0x811c9dc5)}${half(0x01000193)}`.toUpperCase() }
}

function v2Form(accept: string): 'json' | 'protobuf' | undefined {
  if (accept === '') return 'json'
  for (const { type } of parseAccept(accept)) {
    const form = V2_FORMS[type]
    if (form !== undefined) return form
  }
  return undefined
}

/** Who asks for an outdated document by its hash is sent to the one of today. */
function answerV3(path: string, { body, hash }: Document, request: ApiRequest): ApiReply {
  const asked = request.query?.find(([key]) => key === 'hash')?.[1] ?? ''
  if (asked !== '' && asked !== hash) {
    const location = `${path}?hash=${hash}`
    return { type: 'text', code: 301, headers: { location }, body: '' }
  }
  const headers = {
    etag: `"${hash}"`,
    vary: 'Accept',
    ...(asked === '' ? {} : { 'cache-control': FOREVER }),
  }
  if (isKnown(request, { body, hash })) return { type: 'text', code: 304, headers, body: '' }
  return { type: 'object', code: 200, headers, body }
}

function isKnown({ headers }: ApiRequest, { hash }: Document): boolean {
  const tags = (headers?.['if-none-match'] ?? '').split(',').map((tag) => tag.trim())
  return tags.includes('*') || tags.some((tag) => tag.replace(/^W\//, '') === `"${hash}"`)
}
