import { badRequest } from '#sim/apimachinery/statuses.ts'
import { type SchemaField, type SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'
import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { parseJson } from './json-text.ts'
import type { Draft } from './resource.ts'
import { structOf } from './schema.ts'

const MAGIC = [0x6b, 0x38, 0x73, 0x00]

/** Reads `runtime.Unknown` with its envelope; the result is the object's JSON value. */
export function decodeProtobuf(bytes: Uint8Array): unknown {
  try {
    return decodeEnvelope(bytes)
  } catch (error) {
    if (error instanceof MalformedError) throw badRequest(`proto: ${error.message}`)
    throw error
  }
}

class MalformedError extends Error {}

function decodeEnvelope(bytes: Uint8Array): unknown {
  if (!MAGIC.every((byte, index) => bytes[index] === byte))
    throw new MalformedError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  let apiVersion = ''
  let kind = ''
  let raw = new Uint8Array()
  let contentType = ''
  for (const { number, bytes: value } of fieldsOf(bytes.subarray(4))) {
    if (value === undefined) continue
    if (number === 1) {
      for (const part of fieldsOf(value)) {
        if (part.bytes === undefined) continue
        if (part.number === 1) apiVersion = text(part.bytes)
        if (part.number === 2) kind = text(part.bytes)
      }
    } else if (number === 2) {
      raw = new Uint8Array(value)
    } else if (number === 4) {
      contentType = text(value)
    }
  }
  if (contentType === 'application/json') return parseJson(text(raw)).value
  const struct = structOfKind(apiVersion, kind)
  if (struct === undefined) {
    throw badRequest(
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    )
  }
  const object: Draft = { kind, apiVersion }
  readMessage(raw, struct, object)
  return object
}

function structOfKind(apiVersion: string, kind: string): StructType | undefined {
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  // Options travel under the group version they are sent to.
  return kind.endsWith('Options') && kind !== 'PodLogOptions'
    ? (structOf('meta.k8s.io', kind) ?? structOf(group, kind))
    : structOf(group, kind)
}

type WireField = {
  readonly number: number
  readonly bytes: Uint8Array | undefined
  readonly varint: bigint | undefined
  readonly fixed: DataView | undefined
}

function* fieldsOf(bytes: Uint8Array): Generator<WireField> {
  const cursor = new Cursor(bytes)
  while (!cursor.isAtEnd) {
    const tag = Number(cursor.varint())
    const number = tag >>> 3
    if (number === 0) throw new MalformedError('illegal tag 0')
    switch (tag & 7) {
      case 0:
        yield { number, varint: cursor.varint(), bytes: undefined, fixed: undefined }
        break
      case 1:
        yield { number, fixed: cursor.view(8), bytes: undefined, varint: undefined }
        break
      case 2:
        yield {
          number,
          bytes: cursor.take(Number(cursor.varint())),
          varint: undefined,
          fixed: undefined,
        }
        break
      case 5:
        yield { number, fixed: cursor.view(4), bytes: undefined, varint: undefined }
        break
      default:
        throw new MalformedError(`illegal wireType ${tag & 7}`)
    }
  }
}

class Cursor {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new MalformedError('unexpected EOF')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new MalformedError('integer overflow')
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.#at + length > this.#bytes.length)
      throw new MalformedError('unexpected EOF')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  view(length: number): DataView {
    const bytes = this.take(length)
    return new DataView(bytes.buffer, bytes.byteOffset, length)
  }
}

function readMessage(bytes: Uint8Array, struct: StructType, into: Draft): void {
  for (const wire of fieldsOf(bytes)) {
    const member = struct.byNumber.get(wire.number)
    if (member === undefined) continue
    if (member instanceof StructType) {
      if (wire.bytes !== undefined) readMessage(wire.bytes, member, into)
      continue
    }
    readField(wire, member, into)
  }
}

function readField(wire: WireField, field: SchemaField, into: Draft): void {
  const { type, name } = field
  if (type.kind === 'list') {
    into[name] ??= []
    for (const item of listItems(wire, type.of)) into[name].push(item)
    return
  }
  if (type.kind === 'map') {
    into[name] ??= {}
    const [key, value] = mapEntry(wire, type.of)
    into[name][key] = value
    return
  }
  const value = readValue(wire, type)
  // Go's encoder writes zeros of plain members; read back, they would pass for set ones.
  const isZero = value === '' || value === 0 || value === false || value === null
  if (isZero && !field.keepsZero) return
  if (value !== null) into[name] = value
}

function listItems(wire: WireField, type: SchemaType): unknown[] {
  const isNumeric = ['int32', 'int64', 'bool'].includes(type.kind)
  // A list wrapper such as ExtraValue is a message around the real list.
  if (type.kind === 'list') return [[...messageItems(wire, type.of)]]
  if (!isNumeric || wire.bytes === undefined) return [readValue(wire, type)]
  const packed = new Cursor(wire.bytes)
  const items: unknown[] = []
  while (!packed.isAtEnd) items.push(numberOf(packed.varint(), type))
  return items
}

function* messageItems(wire: WireField, of: SchemaType): Iterable<unknown> {
  if (wire.bytes === undefined) return
  for (const inner of fieldsOf(wire.bytes)) if (inner.number === 1) yield readValue(inner, of)
}

function mapEntry(wire: WireField, of: SchemaType): [string, unknown] {
  let key = ''
  let value: unknown = emptyValue(of)
  if (wire.bytes === undefined) throw new MalformedError('wrong wireType for a map')
  for (const part of fieldsOf(wire.bytes)) {
    if (part.number === 1 && part.bytes !== undefined) key = text(part.bytes)
    if (part.number !== 2) continue
    value = of.kind === 'list' ? [...messageItems(part, of.of)] : readValue(part, of)
  }
  return [key, value]
}

function emptyValue(type: SchemaType): unknown {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return ''
    case 'quantity':
      return '0'
    case 'list':
      return []
    case 'map':
    case 'struct':
    case 'raw':
    case 'time':
    case 'microtime':
    case 'int32':
    case 'int64':
    case 'double':
    case 'bool':
    case 'intOrString':
      return {}
  }
}

function readValue(wire: WireField, type: SchemaType): unknown {
  if (type.kind === 'int32' || type.kind === 'int64' || type.kind === 'bool') {
    if (wire.varint === undefined) throw new MalformedError('wrong wireType')
    return numberOf(wire.varint, type)
  }
  if (type.kind === 'double') return wire.fixed?.getFloat64(0, true) ?? 0
  const { bytes } = wire
  if (bytes === undefined) throw new MalformedError('wrong wireType')
  switch (type.kind) {
    case 'string':
      return text(bytes)
    case 'bytes':
      return base64(bytes)
    case 'time':
    case 'microtime':
      return timeOf(bytes, type.kind)
    case 'quantity':
      return textMember(bytes, 1)
    case 'intOrString':
      return intOrString(bytes)
    case 'raw': {
      const json = textMember(bytes, 1)
      return json === '' ? null : parseJson(json).value
    }
    case 'struct': {
      const message: Draft = {}
      readMessage(bytes, type.struct, message)
      return message
    }
    case 'list':
    case 'map':
      throw new MalformedError(`no ${type.kind} is expected here`)
  }
}

function numberOf(varint: bigint, type: SchemaType): number | boolean {
  if (type.kind === 'bool') return varint !== 0n
  return Number(BigInt.asIntN(64, varint))
}

function textMember(bytes: Uint8Array, number: number): string {
  let found = ''
  for (const wire of fieldsOf(bytes))
    if (wire.number === number && wire.bytes !== undefined) found = text(wire.bytes)
  return found
}

function intOrString(bytes: Uint8Array): number | string {
  let isText = false
  let int = 0
  let string = ''
  for (const { number, varint, bytes: part } of fieldsOf(bytes)) {
    if (number === 1 && varint !== undefined) isText = varint === 1n
    if (number === 2 && varint !== undefined) int = Number(BigInt.asIntN(64, varint))
    if (number === 3 && part !== undefined) string = text(part)
  }
  return isText ? string : int
}

function timeOf(bytes: Uint8Array, kind: 'time' | 'microtime'): string | null {
  let seconds = 0n
  let nanos = 0n
  for (const { number, varint } of fieldsOf(bytes)) {
    if (number === 1 && varint !== undefined) seconds = BigInt.asIntN(64, varint)
    if (number === 2 && varint !== undefined) nanos = varint
  }
  if (seconds === 0n && nanos === 0n) return null
  const second = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  if (kind === 'time') return `${second}Z`
  return `${second}.${String(nanos / 1000n).padStart(6, '0')}Z`
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let encoded = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b, c] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    encoded += `${BASE64[bits >> 18]}${BASE64[(bits >> 12) & 63]}`
    encoded += b === undefined ? '=' : BASE64[(bits >> 6) & 63]
    encoded += c === undefined ? '=' : BASE64[bits & 63]
  }
  return encoded
}

function text(bytes: Uint8Array): string {
  return decodeUtf8(bytes)
}
