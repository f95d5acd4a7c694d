import type { Resource } from '../registry.ts'
import type { Dialect, Schema } from './schemas.ts'

const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation']
const LIST_PARAMETERS = ['continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion']
const DELETE_PARAMETERS = ['dryRun', 'gracePeriodSeconds', 'propagationPolicy']
const TYPES: Readonly<Record<string, string>> = {
  force: 'boolean',
  limit: 'integer',
  gracePeriodSeconds: 'integer',
}

type Operation = {
  readonly method: 'get' | 'put' | 'post' | 'delete' | 'patch'
  readonly verb: string
  /** What the extension calls it, and the word that begins its id. */
  readonly action: string
  readonly id: string
  readonly parameters: readonly string[]
}

const ON_COLLECTION: readonly Operation[] = [
  { method: 'get', verb: 'list', action: 'list', id: 'list', parameters: LIST_PARAMETERS },
  { method: 'post', verb: 'create', action: 'post', id: 'create', parameters: WRITE_PARAMETERS },
  {
    method: 'delete',
    verb: 'deletecollection',
    action: 'deletecollection',
    id: 'deleteCollection',
    parameters: [...LIST_PARAMETERS, ...DELETE_PARAMETERS],
  },
]
const ON_OBJECT: readonly Operation[] = [
  { method: 'get', verb: 'get', action: 'get', id: 'read', parameters: [] },
  { method: 'put', verb: 'update', action: 'put', id: 'replace', parameters: WRITE_PARAMETERS },
  {
    method: 'delete',
    verb: 'delete',
    action: 'delete',
    id: 'delete',
    parameters: DELETE_PARAMETERS,
  },
  {
    method: 'patch',
    verb: 'patch',
    action: 'patch',
    id: 'patch',
    parameters: [...WRITE_PARAMETERS, 'force'],
  },
]

/** The path of a kind's collection and that of one object, with what can be done there. */
export function pathsOf(resource: Resource, schema: Schema, dialect: Dialect): Schema {
  const { plural, namespaced } = resource.definition
  const root = `/${groupVersionPath(resource)}${namespaced ? '/namespaces/{namespace}' : ''}`
  const variables = namespaced ? ['namespace'] : []
  const at = (operations: readonly Operation[], names: readonly string[]) => {
    const found = operations
      .filter(({ verb }) => resource.definition.verbs.includes(verb))
      .map((operation) => [operation.method, describe(operation, resource, schema, dialect)])
    return {
      ...Object.fromEntries(found),
      parameters: names.map((name) => parameter(dialect, name, 'path')),
    }
  }
  return {
    [`${root}/${plural}`]: at(ON_COLLECTION, variables),
    [`${root}/${plural}/{name}`]: at(ON_OBJECT, ['name', ...variables]),
  }
}

/** Where a resource's group version lies, such as `api/v1` or `apis/apps/v1`. */
export function groupVersionPath({ definition }: Resource): string {
  const { group, version } = definition
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}

function describe(
  operation: Operation,
  { definition }: Resource,
  schema: Schema,
  dialect: Dialect,
): Schema {
  const { group, version, kind, namespaced } = definition
  const tag = `${group === '' ? 'core' : group.replace('.k8s.io', '')}_${version}`
  const camel = tag.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  const isPatch = operation.method === 'patch'
  const hasBody = isPatch || operation.method === 'post' || operation.method === 'put'
  const consumes = isPatch ? PATCH_TYPES : ['application/json', 'application/yaml']
  const body = isPatch ? { type: 'object' } : schema
  const query = operation.parameters.map((name) => parameter(dialect, name, 'query'))
  const isV2 = dialect.version === 'v2'
  const code = operation.method === 'post' ? '201' : '200'
  return {
    operationId: `${operation.id}${camel.join('')}${namespaced ? 'Namespaced' : ''}${kind}`,
    tags: [tag],
    ...(isV2 && hasBody ? { consumes } : {}),
    ...(isV2 ? { produces: ['application/json'] } : {}),
    parameters:
      isV2 && hasBody
        ? [{ name: 'body', in: 'body', required: true, schema: body }, ...query]
        : query,
    ...(!isV2 && hasBody
      ? { requestBody: { content: contentOf(consumes, body), required: true } }
      : {}),
    responses: {
      [code]: isV2
        ? { description: 'OK', schema }
        : { description: 'OK', content: contentOf(['application/json'], schema) },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  }
}

function contentOf(types: readonly string[], schema: Schema): Schema {
  return Object.fromEntries(types.map((type) => [type, { schema }]))
}

function parameter(dialect: Dialect, name: string, place: 'query' | 'path'): Schema {
  const type = TYPES[name] ?? 'string'
  return {
    name,
    in: place,
    ...(place === 'path' ? { required: true } : {}),
    ...(dialect.version === 'v2' ? { type } : { schema: { type } }),
  }
}
