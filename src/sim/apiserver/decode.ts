import { isObject } from '#sim/apimachinery/equality.ts'
import { canonicalQuantity } from '#sim/apimachinery/quantity.ts'
import { goQuote } from '#sim/apimachinery/quote.ts'
import type { SchemaField, SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'
import { DecodeError, jsonKind, mismatch, Path } from './decode-errors.ts'
import type { Draft } from './resource.ts'
import { SharedItems } from './shared-items.ts'

export type Decoded = {
  readonly draft: Draft
  /** `spec.foo`, in the order met. */
  readonly unknownFields: readonly string[]
}

const QUANTITY_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** Members of a stored object that are taken over unread where the request hands them back. */
export type Reusable = Readonly<Record<string, unknown>>

export type DecodeOptions = {
  readonly reused?: Reusable | undefined
  /** Any part that is the very part of this stored object is taken over unread, too. */
  readonly stored?: object | undefined
}

/**
 * Reads a JSON value as a type: a mutable copy with what the type knows, in the type's order,
 * without what Go would drop (nulls, and zeros of members that are no pointers).
 */
export function decode(
  value: unknown,
  struct: StructType | undefined,
  { reused, stored }: DecodeOptions = {},
): Decoded {
  const decoder = new Decoder(reused, stored)
  if (!isObject(value)) {
    throw new DecodeError(
      `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${struct?.goName ?? 'map[string]interface {}'}`,
    )
  }
  if (struct === undefined) return { draft: plainCopy(value) as Draft, unknownFields: [] }
  const draft = decoder.root(value, struct)
  return { draft, unknownFields: decoder.unknownFields }
}

class Decoder {
  readonly unknownFields: string[] = []
  readonly #path = new Path()
  readonly #reused: Reusable | undefined
  readonly #stored: Draft | undefined

  constructor(reused: Reusable | undefined, stored: object | undefined) {
    this.#reused = reused
    this.#stored = stored as Draft | undefined // An object's members, by name.
  }

  root(value: Record<string, unknown>, struct: StructType): Draft {
    const draft: Draft = {}
    for (const name in this.#reused) {
      if (value[name] === this.#reused[name] && value[name] !== undefined) draft[name] = value[name]
    }
    this.#members(value, struct, draft, this.#stored)
    return draft
  }

  #members(
    value: Record<string, unknown>,
    struct: StructType,
    into: Draft,
    stored: Draft | undefined,
  ): void {
    for (const name in value) {
      const field = struct.byName.get(name)
      if (field === undefined) {
        this.unknownFields.push(this.#path.join(name))
        continue
      }
      const given = value[name]
      if (given === undefined || given === null || into[name] === given) continue
      const storedPart: unknown = stored?.[name]
      // The server writes to the outermost parts itself, so those are always copies.
      if (given === storedPart && this.#path.depth > 0) {
        into[name] = given
        continue
      }
      this.#path.push(name)
      const decoded = this.#value(given, field.type, struct, field, storedPart)
      this.#path.pop()
      if (decoded === undefined || (!field.keepsZero && isZero(decoded))) continue
      into[name] = decoded
    }
    // What is a struct in Go exists even if nobody mentions it.
    for (const { name, type, isPointer } of struct.alwaysEmitted)
      if (type.kind === 'struct' && !isPointer) into[name] ??= {}
  }

  #value(
    value: unknown,
    type: SchemaType,
    struct: StructType,
    field: SchemaField,
    stored: unknown,
  ): unknown {
    const path = this.#path
    switch (type.kind) {
      case 'struct': {
        if (!isObject(value)) throw mismatch(value, struct, path, type)
        const members: Draft = {}
        this.#members(value, type.struct, members, isObject(stored) ? stored : undefined)
        return members
      }
      case 'list': {
        if (!Array.isArray(value)) throw mismatch(value, struct, path, type)
        return this.#list(value, type.of, struct, field, stored)
      }
      case 'map':
        return this.#map(value, type.of, struct, field)
      case 'string':
      case 'bytes':
      case 'int32':
      case 'int64':
      case 'double':
      case 'bool':
      case 'quantity':
      case 'intOrString':
      case 'time':
      case 'microtime':
      case 'raw':
        return scalar(value, type.kind, path, struct)
    }
  }

  #list(
    items: readonly unknown[],
    of: SchemaType,
    struct: StructType,
    field: SchemaField,
    stored: unknown,
  ): unknown[] {
    if (!Array.isArray(stored))
      return items.map((item, index) => this.#item(item, of, index, struct, field, undefined))
    const before = new SharedItems(stored)
    return items.map((item, index) =>
      before.has(item) ? item : this.#item(item, of, index, struct, field, before.at(index)),
    )
  }

  #item(
    item: unknown,
    type: SchemaType,
    index: number,
    struct: StructType,
    field: SchemaField,
    stored: unknown,
  ): unknown {
    if (item === null) return zeroOf(type)
    this.#path.push(index)
    const decoded = this.#value(item, type, struct, field, stored)
    this.#path.pop()
    return decoded
  }

  #map(value: unknown, of: SchemaType, struct: StructType, field: SchemaField): unknown {
    if (!isObject(value)) throw mismatch(value, struct, this.#path, { kind: 'map', of })
    const map: Draft = {}
    for (const [key, item] of Object.entries(value)) {
      this.#path.pushKey(key)
      map[key] = item === null ? zeroOf(of) : this.#value(item, of, struct, field, undefined)
      this.#path.pop()
    }
    return map
  }
}

function zeroOf(type: SchemaType): unknown {
  switch (type.kind) {
    case 'struct':
      return {}
    case 'list':
      return []
    case 'map':
      return {}
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0
    case 'bool':
      return false
    case 'quantity':
      return '0'
    case 'raw':
    case 'time':
    case 'microtime':
      return null
    case 'string':
    case 'bytes':
      return ''
  }
}

/** Empty maps and lists stay: whether they vanish is only seen when the object is stored. */
function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false
}

function scalar(
  value: unknown,
  kind: Exclude<SchemaType['kind'], 'struct' | 'list' | 'map'>,
  path: Path,
  struct: StructType,
): unknown {
  switch (kind) {
    case 'string':
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(value, struct, path, { kind: 'string' })
      if (kind === 'bytes') checkBase64(value)
      return value
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(value, struct, path, { kind })
      return value
    case 'int32':
    case 'int64':
      if (typeof value !== 'number') throw mismatch(value, struct, path, { kind })
      if (!Number.isInteger(value) || Math.abs(value) > (kind === 'int32' ? 2 ** 31 : 2 ** 63))
        throw mismatch(value, struct, path, { kind }, `number ${String(value)}`)
      return value
    case 'double':
      if (typeof value !== 'number') throw mismatch(value, struct, path, { kind })
      return value
    case 'quantity':
      return quantity(value)
    case 'intOrString':
      if (typeof value === 'string') return value
      if (typeof value === 'number' && Number.isInteger(value)) return value
      throw mismatch(value, struct, path, { kind: 'int32' })
    case 'time':
      return time(value, path, struct, false)
    case 'microtime':
      return time(value, path, struct, true)
    case 'raw':
      return plainCopy(value)
  }
}

function quantity(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value
  const canonical = typeof text === 'string' ? canonicalQuantity(text) : undefined
  if (canonical === undefined) throw new DecodeError(QUANTITY_MESSAGE)
  return canonical
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function time(value: unknown, path: Path, struct: StructType, isMicro: boolean): string | null {
  if (typeof value !== 'string') throw mismatch(value, struct, path, { kind: 'string' })
  if (isMicro) return microTime(value)
  // The overwhelming case: written by this server.
  if (value.length === 20 && value.endsWith('Z') && !Number.isNaN(Date.parse(value))) return value
  if (!RFC_3339.test(value) || Number.isNaN(Date.parse(value))) {
    throw new DecodeError(
      `parsing time ${goQuote(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(value)} as "2006"`,
    )
  }
  return `${new Date(Date.parse(value)).toISOString().slice(0, 19)}Z`
}

function microTime(value: string): string {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(.*)$/.exec(value)
  const rest = match?.[2] ?? value
  const exact = /^\.(\d{6})(Z|[+-]\d\d:\d\d)$/.exec(rest)
  if (match === null || exact === null || Number.isNaN(Date.parse(value))) {
    const unparsed = match === null ? [value, '2006'] : [rest, '.000000']
    throw new DecodeError(
      `parsing time ${goQuote(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse ${goQuote(unparsed[0] ?? '')} as "${unparsed[1]}"`,
    )
  }
  if (exact[2] === 'Z') return value
  const seconds = new Date(Date.parse(`${match[1]}${exact[2]}`)).toISOString().slice(0, 19)
  return `${seconds}.${exact[1]}Z`
}

function checkBase64(text: string): void {
  const clean = text.replace(/[\r\n]/g, '')
  const bad = /[^A-Za-z0-9+/=]/.exec(clean)
  if (bad !== null) throw new DecodeError(`illegal base64 data at input byte ${bad.index}`)
  if (clean.length % 4 !== 0 || !/^[^=]*={0,2}$/.test(clean)) {
    const padding = clean.indexOf('=')
    const at = padding < 0 ? clean.length - (clean.length % 4) : padding
    throw new DecodeError(`illegal base64 data at input byte ${at}`)
  }
}

function plainCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainCopy)
  if (!isObject(value)) return value
  const copy: Draft = {}
  for (const [key, child] of Object.entries(value)) copy[key] = plainCopy(child)
  return copy
}
