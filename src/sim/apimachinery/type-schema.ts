/**
 * The types of the API, compiled from three tables: `proto-fields` (types and which members are
 * pointers), `json-order` (order and which members always show) and `merge-keys` (how lists and
 * maps merge). Everything that depends on a type — decoding, order, patches, ownership — reads
 * this instead of knowing kinds.
 */
export type SchemaTables = {
  readonly protoFields: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>
  readonly jsonOrder: Readonly<Record<string, readonly string[]>>
  readonly mergeKeys: Readonly<Record<string, unknown>>
}

type ScalarKind =
  | 'string'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'time'
  | 'microtime'
  | 'quantity'
  | 'intOrString'
  /** Any JSON, kept as it is. */
  | 'raw'

export type SchemaType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'struct'; readonly struct: StructType }
  | { readonly kind: 'list'; readonly of: SchemaType }
  | { readonly kind: 'map'; readonly of: SchemaType }

export type SchemaField = {
  readonly name: string
  /** Its place among the members of its struct. */
  readonly index: number
  readonly type: SchemaType
  readonly protoNumber: number
  /** A pointer or always emitted: a zero that was set stays. */
  readonly keepsZero: boolean
  readonly isAlwaysEmitted: boolean
  /** Always emitted as null where it is unset, although its type is a struct. */
  readonly isPointer: boolean
  readonly patchMerges: boolean
  readonly patchReplaces: boolean
  readonly patchRetainsKeys: boolean
  readonly patchMergeKey: string | undefined
  readonly listType: 'atomic' | 'map' | 'set'
  readonly listMapKeys: readonly string[]
  readonly isAtomic: boolean
}

export class StructType {
  readonly name: string
  readonly goName: string
  readonly isAtomic: boolean
  /** In the order in which JSON shows them. */
  readonly fields: SchemaField[] = []
  readonly byName = new Map<string, SchemaField>()
  /** Those that show even if nobody mentions them; in order, too. */
  readonly alwaysEmitted: SchemaField[] = []
  /** By protobuf number; an inlined member stands for its own struct. */
  readonly byNumber = new Map<number, SchemaField | StructType>()

  constructor(name: string, isAtomic: boolean) {
    this.name = name
    this.goName = name.slice(name.indexOf('.') + 1)
    this.isAtomic = isAtomic
  }
}

type MergeKeys = {
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly listType?: 'atomic' | 'map' | 'set'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
}

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  bool: 'bool',
  bytes: 'bytes',
  double: 'double',
  'meta.Time': 'time',
  'meta.MicroTime': 'microtime',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intOrString',
  'runtime.RawExtension': 'raw',
  'meta.FieldsV1': 'raw',
}

/** Structs that Go holds as pointers although they always show. */
const NULLABLE = new Set(['meta.LabelSelector', 'authentication.BoundObjectReference'])

export class TypeSchema {
  readonly #tables: SchemaTables
  readonly #structs = new Map<string, StructType>()
  readonly #atomicTypes: ReadonlySet<string>

  constructor(tables: SchemaTables) {
    this.#tables = tables
    this.#atomicTypes = new Set(tables.mergeKeys['_atomicTypes'] as readonly string[])
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tables.protoFields, name)
  }

  /** The type of that name, such as `core.Pod`; undefined if there is none. */
  struct(name: string): StructType | undefined {
    const known = this.#structs.get(name)
    if (known !== undefined) return known
    const protoFields = this.#tables.protoFields[name]
    if (protoFields === undefined) return undefined
    const struct = new StructType(name, this.#atomicTypes.has(name.slice(name.indexOf('.') + 1)))
    // Registered before its fields are, since types may refer to themselves.
    this.#structs.set(name, struct)
    this.#addFields(struct, protoFields)
    return struct
  }

  #addFields(struct: StructType, protoFields: Readonly<Record<string, readonly unknown[]>>): void {
    const order = new Map(
      (this.#tables.jsonOrder[struct.name] ?? []).map((entry, index) => [
        entry.replace('!', ''),
        { index, isAlwaysEmitted: entry.endsWith('!') },
      ]),
    )
    const found: SchemaField[] = []
    for (const [number, entry] of Object.entries(protoFields)) {
      const [name, typeName, keep] = entry as [string, string, number?]
      if (name === '') {
        const inlined = this.struct(typeName)
        if (inlined === undefined) continue
        struct.byNumber.set(Number(number), inlined)
        found.push(...inlined.fields)
        continue
      }
      const field = this.#field(struct.name, name, typeName, {
        protoNumber: Number(number),
        keep: keep === 1,
        isAlwaysEmitted: order.get(name)?.isAlwaysEmitted === true,
      })
      struct.byNumber.set(field.protoNumber, field)
      found.push(field)
    }
    for (const name of ['kind', 'apiVersion']) {
      if (!order.has(name) || found.some((field) => field.name === name)) continue
      // Protobuf has them in its envelope; JSON among the members, in templates of claims too.
      found.push(
        this.#field(struct.name, name, 'string', {
          protoNumber: 0,
          keep: false,
          isAlwaysEmitted: false,
        }),
      )
    }
    found.sort((a, b) => (order.get(a.name)?.index ?? 999) - (order.get(b.name)?.index ?? 999))
    for (const [index, field] of found.entries()) {
      // Inlined members have another place here than in their own struct.
      const own = { ...field, index }
      struct.fields.push(own)
      struct.byName.set(own.name, own)
      if (own.isAlwaysEmitted) struct.alwaysEmitted.push(own)
    }
  }

  #field(
    structName: string,
    name: string,
    typeName: string,
    traits: { protoNumber: number; keep: boolean; isAlwaysEmitted: boolean },
  ): SchemaField {
    const type = this.#type(typeName)
    const mergeTable = this.#tables.mergeKeys[structName] as
      | Readonly<Record<string, MergeKeys>>
      | undefined
    const merge = mergeTable?.[name] ?? {}
    const strategies = merge.patchStrategy?.split(',') ?? []
    const isAtomicStruct =
      type.kind === 'struct' && type.struct.isAtomic && merge.mapType !== 'granular'
    return {
      name,
      index: 0,
      type,
      protoNumber: traits.protoNumber,
      // A number or percentage that may be left out is a pointer everywhere.
      keepsZero: traits.keep || traits.isAlwaysEmitted || type.kind === 'intOrString',
      isAlwaysEmitted: traits.isAlwaysEmitted,
      isPointer: type.kind === 'struct' && NULLABLE.has(type.struct.name),
      patchMerges: strategies.includes('merge'),
      patchReplaces: strategies.includes('replace'),
      patchRetainsKeys: strategies.includes('retainKeys'),
      patchMergeKey: merge.patchMergeKey,
      listType: merge.listType ?? 'atomic',
      listMapKeys: merge.listMapKeys ?? [],
      isAtomic: merge.mapType === 'atomic' || isAtomicStruct,
    }
  }

  #type(typeName: string): SchemaType {
    if (typeName.startsWith('[]')) return { kind: 'list', of: this.#type(typeName.slice(2)) }
    if (typeName.startsWith('map<'))
      return { kind: 'map', of: this.#type(typeName.slice(typeName.indexOf(',') + 1, -1)) }
    const scalar = SCALARS[typeName]
    if (scalar !== undefined) return { kind: scalar }
    const struct = this.struct(typeName)
    if (struct === undefined) return { kind: 'raw' }
    // Wrappers such as ExtraValue are plain lists in JSON.
    const [only] = struct.fields
    const isListWrapper = struct.fields.length === 1 && only?.name === 'items'
    if (isListWrapper && only.type.kind === 'list' && typeName.endsWith('Value')) return only.type
    return { kind: 'struct', struct }
  }
}
