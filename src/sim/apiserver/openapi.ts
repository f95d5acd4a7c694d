import type { ApiReply } from '#sim/apimachinery/request.ts'
import type { SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'
import type { Registry, Resource } from './registry.ts'

type Schema = Readonly<Record<string, unknown>>

const V2_TYPE = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/**
 * As little OpenAPI as clients need: the kinds, their fields, and that the server validates
 * fields itself. The patch operations say nothing of a request body on purpose: a client that
 * finds one builds patches from this schema instead of its own types, and wrongly so.
 */
export class OpenApi {
  readonly #registry: Registry
  readonly #documents = new Map<string, unknown>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  answer(path: string): ApiReply | undefined {
    if (path === '/openapi/v2')
      return {
        type: 'text',
        code: 200,
        headers: { 'content-type': V2_TYPE },
        body: new Uint8Array(),
      }
    if (path === '/openapi/v3') return { type: 'object', code: 200, body: this.#root() }
    const groupVersion = path.slice('/openapi/v3/'.length)
    const resources = this.#resourcesOf(groupVersion)
    if (!path.startsWith('/openapi/v3/') || resources.length === 0) return undefined
    let document = this.#documents.get(groupVersion)
    if (document === undefined) {
      document = buildDocument(groupVersion, resources)
      this.#documents.set(groupVersion, document)
    }
    return { type: 'object', code: 200, body: document }
  }

  #root(): object {
    const names = [...new Set(this.#registry.resources.map(pathOf))].sort()
    const entries = names.map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=1` }])
    return { paths: Object.fromEntries(entries) }
  }

  #resourcesOf(groupVersion: string): Resource[] {
    return this.#registry.resources.filter((resource) => pathOf(resource) === groupVersion)
  }
}

function pathOf({ definition }: Resource): string {
  const { group, version } = definition
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}

function buildDocument(groupVersion: string, resources: readonly Resource[]): object {
  const schemas: Record<string, Schema> = {}
  const paths: Record<string, unknown> = {}
  for (const resource of resources) {
    const { group, version, kind, plural, namespaced } = resource.definition
    const identity = { group, version, kind }
    const scope = namespaced ? '/namespaces/{namespace}' : ''
    paths[`/${groupVersion}${scope}/${plural}/{name}`] = {
      get: { 'x-kubernetes-group-version-kind': identity },
      patch: {
        parameters: ['fieldValidation', 'dryRun', 'fieldManager', 'force'].map((name) => ({
          name,
          in: 'query',
          schema: { type: name === 'force' ? 'boolean' : 'string' },
        })),
        'x-kubernetes-group-version-kind': identity,
      },
    }
    if (resource.struct === undefined) continue
    addStruct(resource.struct, schemas)
    const name = schemaName(resource.struct)
    schemas[name] = { ...schemas[name], 'x-kubernetes-group-version-kind': [identity] }
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.2' },
    paths,
    components: { schemas },
  }
}

function schemaName(struct: StructType): string {
  const [group = '', name = ''] = struct.name.split('.')
  const versions: Readonly<Record<string, string>> = { autoscalingv1: 'autoscaling.v1' }
  if (group === 'meta') return `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`
  return `io.k8s.api.${versions[group] ?? `${group}.v1`}.${name}`
}

function addStruct(struct: StructType, schemas: Record<string, Schema>): void {
  const name = schemaName(struct)
  if (schemas[name] !== undefined) return
  // In place before its members, since types may refer to themselves.
  schemas[name] = {}
  const properties: Record<string, Schema> = {}
  for (const field of struct.fields) properties[field.name] = schemaOf(field.type, schemas)
  schemas[name] = { type: 'object', properties }
}

function schemaOf(type: SchemaType, schemas: Record<string, Schema>): Schema {
  switch (type.kind) {
    case 'struct':
      addStruct(type.struct, schemas)
      return { allOf: [{ $ref: `#/components/schemas/${schemaName(type.struct)}` }] }
    case 'list':
      return { type: 'array', items: schemaOf(type.of, schemas) }
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(type.of, schemas) }
    case 'int32':
    case 'int64':
      return { type: 'integer', format: type.kind }
    case 'double':
      return { type: 'number', format: 'double' }
    case 'bool':
      return { type: 'boolean' }
    case 'bytes':
      return { type: 'string', format: 'byte' }
    case 'time':
    case 'microtime':
      return { type: 'string', format: 'date-time' }
    case 'intOrString':
      return { type: 'string', format: 'int-or-string' }
    case 'raw':
      return { type: 'object' }
    case 'string':
    case 'quantity':
      return { type: 'string' }
  }
}
