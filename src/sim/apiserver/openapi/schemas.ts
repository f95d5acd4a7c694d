import type { SchemaField, SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'
import { FIELD_DESCRIPTIONS } from './field-descriptions.ts'

export type Schema = Readonly<Record<string, unknown>>

/** What the two versions of OpenAPI write differently. */
export type Dialect = {
  readonly version: 'v2' | 'v3'
  readonly reference: (name: string) => Schema
  readonly shared: Readonly<Record<SharedKind, Schema>>
}

/** Scalars with a name of their own. */
type SharedKind = 'time' | 'microtime' | 'quantity' | 'intOrString' | 'raw'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const SHARED_NAMES: Readonly<Record<SharedKind, string>> = {
  time: `${META}.Time`,
  microtime: `${META}.MicroTime`,
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  raw: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
}
const TIMES = {
  time: { type: 'string', format: 'date-time' },
  microtime: { type: 'string', format: 'date-time' },
  raw: { type: 'object' },
}

export const V2: Dialect = {
  version: 'v2',
  reference: (name) => ({ $ref: `#/definitions/${name}` }),
  shared: {
    ...TIMES,
    quantity: { type: 'string' },
    intOrString: { type: 'string', format: 'int-or-string' },
  },
}

export const V3: Dialect = {
  version: 'v3',
  reference: (name) => ({ allOf: [{ $ref: `#/components/schemas/${name}` }] }),
  shared: {
    ...TIMES,
    quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    intOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
}

/** The schemas of some kinds and of all that they are made of, by their full names. */
export class SchemaSet {
  readonly dialect: Dialect
  readonly schemas: Record<string, Schema> = {}

  constructor(dialect: Dialect) {
    this.dialect = dialect
  }

  /** A reference to the type, which is part of the set from then on. */
  reference(struct: StructType): Schema {
    const name = schemaName(struct)
    if (this.schemas[name] === undefined) {
      // In place before its members, since types may refer to themselves.
      this.schemas[name] = {}
      this.schemas[name] = this.#ofStruct(struct)
    }
    return this.dialect.reference(name)
  }

  /** Says of which kinds a type is the schema. */
  identify(struct: StructType, identities: readonly object[]): void {
    this.reference(struct)
    const name = schemaName(struct)
    this.schemas[name] = {
      ...this.schemas[name],
      'x-kubernetes-group-version-kind': identities,
    }
  }

  #ofStruct(struct: StructType): Schema {
    const properties: Record<string, Schema> = {}
    for (const field of struct.fields) properties[field.name] = this.#ofField(struct, field)
    const required = struct.fields.filter(({ isRequired }) => isRequired).map(({ name }) => name)
    return {
      ...describedAs(struct.goName),
      type: 'object',
      ...(required.length === 0 ? {} : { required: required.toSorted() }),
      properties,
      ...(struct.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    }
  }

  #ofField(struct: StructType, field: SchemaField): Schema {
    return {
      ...describedAs(`${struct.goName}.${field.name}`),
      ...this.#ofType(field.type),
      ...mergeExtensions(field),
    }
  }

  #ofType(type: SchemaType): Schema {
    switch (type.kind) {
      case 'struct':
        return this.reference(type.struct)
      case 'list':
        return { type: 'array', items: this.#ofType(type.of) }
      case 'map':
        return { type: 'object', additionalProperties: this.#ofType(type.of) }
      case 'int32':
      case 'int64':
        return { type: 'integer', format: type.kind }
      case 'double':
        return { type: 'number', format: 'double' }
      case 'bool':
        return { type: 'boolean' }
      case 'bytes':
        return { type: 'string', format: 'byte' }
      case 'string':
        return { type: 'string' }
      case 'time':
      case 'microtime':
      case 'quantity':
      case 'intOrString':
      case 'raw': {
        const name = SHARED_NAMES[type.kind]
        this.schemas[name] ??= this.dialect.shared[type.kind]
        return this.dialect.reference(name)
      }
    }
  }
}

/** How clients merge lists and maps, which is also how the server does. */
function mergeExtensions(field: SchemaField): Schema {
  const strategies = [
    ...(field.patchMerges ? ['merge'] : []),
    ...(field.patchReplaces ? ['replace'] : []),
    ...(field.patchRetainsKeys ? ['retainKeys'] : []),
  ]
  const isKeyedList = field.type.kind === 'list' && field.listMapKeys.length > 0
  const isOwnAtomic = field.isAtomic && field.type.kind !== 'struct'
  return {
    ...(isKeyedList ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.type.kind === 'list' ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(isOwnAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(field.patchMergeKey === undefined
      ? {}
      : { 'x-kubernetes-patch-merge-key': field.patchMergeKey }),
    ...(strategies.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategies.join(',') }),
  }
}

function describedAs(name: string): Schema {
  const description = FIELD_DESCRIPTIONS[name]
  return description === undefined ? {} : { description }
}

const VERSIONED_PREFIXES: Readonly<Record<string, string>> = { autoscalingv1: 'autoscaling.v1' }

export function schemaName(struct: StructType): string {
  const [prefix = '', name = ''] = struct.name.split('.')
  if (prefix === 'meta') return `${META}.${name}`
  return `io.k8s.api.${VERSIONED_PREFIXES[prefix] ?? `${prefix}.v1`}.${name}`
}
