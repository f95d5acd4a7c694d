/**
 * The types of the API, compiled from one table that says of each type which members it has, in
 * the order in which JSON shows them. Everything that depends on a type — decoding, order,
 * patches, ownership — reads this instead of knowing kinds.
 */
export type SchemaTable = {
  readonly types: Readonly<Record<string, readonly unknown[]>>
  /** Types that change hands as a whole, by their bare names. */
  readonly atomic: readonly string[]
}

/**
 * One member: its name (empty where another type is inlined), its type, its protobuf number (0
 * where protobuf has it in its envelope), flags, and how it merges. The flags: `p` for a pointer,
 * whose zero stays where it was set; `!` for a member that always shows; `r` for one that a
 * manifest must have.
 */
type Row = readonly [name: string, type: string, number: number, flags?: string, merge?: MergeKeys]

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
  readonly isRequired: boolean
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
  readonly #types: SchemaTable['types']
  readonly #structs = new Map<string, StructType>()
  readonly #atomicTypes: ReadonlySet<string>

  constructor({ types, atomic }: SchemaTable) {
    this.#types = types
    this.#atomicTypes = new Set(atomic)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#types, name)
  }

  /** The type of that name, such as `core.Pod`; undefined if there is none. */
  struct(name: string): StructType | undefined {
    const known = this.#structs.get(name)
    if (known !== undefined) return known
    // The table is generated; a test compiles every row of it.
    const rows = this.#types[name] as readonly Row[] | undefined
    if (rows === undefined) return undefined
    const struct = new StructType(name, this.#atomicTypes.has(name.slice(name.indexOf('.') + 1)))
    // Registered before its fields are, since types may refer to themselves.
    this.#structs.set(name, struct)
    for (const row of rows) this.#addMembers(struct, row)
    return struct
  }

  #addMembers(struct: StructType, row: Row): void {
    const [name, typeName, number] = row
    if (name !== '') {
      const field = this.#field(row, struct.fields.length)
      addField(struct, field)
      if (number !== 0) struct.byNumber.set(number, field)
      return
    }
    const inlined = this.struct(typeName)
    if (inlined === undefined) return
    struct.byNumber.set(number, inlined)
    // Inlined members have another place here than in their own struct.
    for (const field of inlined.fields) addField(struct, { ...field, index: struct.fields.length })
  }

  #field([name, typeName, protoNumber, flags = '', merge = {}]: Row, index: number): SchemaField {
    const type = this.#type(typeName)
    const strategies = merge.patchStrategy?.split(',') ?? []
    const isAlwaysEmitted = flags.includes('!')
    const isAtomicStruct =
      type.kind === 'struct' && type.struct.isAtomic && merge.mapType !== 'granular'
    return {
      name,
      index,
      type,
      protoNumber,
      // A number or percentage that may be left out is a pointer everywhere.
      keepsZero: flags.includes('p') || isAlwaysEmitted || type.kind === 'intOrString',
      isAlwaysEmitted,
      isRequired: flags.includes('r'),
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

function addField(struct: StructType, field: SchemaField): void {
  struct.fields.push(field)
  struct.byName.set(field.name, field)
  if (field.isAlwaysEmitted) struct.alwaysEmitted.push(field)
}
