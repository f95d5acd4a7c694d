import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'

type Members = Readonly<Record<string, unknown>>

/** A member of a message, by its number and by how its value is written. */
type Member =
  | { readonly as: 'text' | 'flag' | 'typeItem'; readonly number: number }
  /** A message of the table; `wrap` are the numbers of the messages around it. */
  | {
      readonly as: 'message'
      readonly number: number
      readonly of: string
      readonly wrap: readonly number[]
    }
  /** An object whose keys are data: a message of entries, each with a name and a value. */
  | {
      readonly as: 'named'
      readonly number: number
      readonly of: string
      readonly entry: number
    }

const text = (number: number): Member => ({ as: 'text', number })
const flag = (number: number): Member => ({ as: 'flag', number })
const message = (number: number, of: string, ...wrap: number[]): Member => ({
  as: 'message',
  number,
  of,
  wrap,
})
const named = (number: number, of: string, entry = 1): Member => ({
  as: 'named',
  number,
  of,
  entry,
})

/** Messages of OpenAPIv2.proto, as far as the server says such things. */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Member>>>> = {
  Document: {
    swagger: text(1),
    info: message(2, 'Info'),
    paths: named(8, 'PathItem', 2),
    definitions: named(9, 'Schema'),
  },
  Info: { title: text(1), version: text(2) },
  PathItem: {
    get: message(2, 'Operation'),
    put: message(3, 'Operation'),
    post: message(4, 'Operation'),
    delete: message(5, 'Operation'),
    patch: message(8, 'Operation'),
    parameters: message(9, 'Parameter'),
  },
  Operation: {
    tags: text(1),
    operationId: text(5),
    produces: text(6),
    consumes: text(7),
    parameters: message(8, 'Parameter'),
    responses: named(9, 'Response'),
  },
  body: { name: text(2), in: text(3), required: flag(4), schema: message(5, 'Schema') },
  query: { required: flag(1), in: text(2), name: text(4), type: text(6) },
  path: { required: flag(1), in: text(2), name: text(4), type: text(5) },
  Response: { description: text(1), schema: message(2, 'Schema', 1) },
  Schema: {
    $ref: text(1),
    format: text(2),
    description: text(4),
    required: text(19),
    additionalProperties: message(21, 'Schema', 1),
    type: { as: 'typeItem', number: 22 },
    items: message(23, 'Schema', 1),
    properties: named(25, 'Schema'),
  },
}
const EXTENSIONS: Readonly<Record<string, number>> = { Operation: 13, Schema: 31 }

/** Where the kinds of parameters lie within a ParametersItem, from the outside in. */
const PARAMETER_PATHS: Readonly<Record<string, readonly number[]>> = {
  body: [1, 1],
  query: [1, 2, 3],
  path: [1, 2, 4],
}

/**
 * An OpenAPI v2 document as gnostic's Document, which is all that kubectl reads of it.
 * Upstream: google/gnostic-models, openapiv2/OpenAPIv2.proto.
 */
export function encodeOpenApiV2(document: Members): Uint8Array {
  return joined(partsOf(document, 'Document'))
}

function partsOf(value: Members, name: string): Uint8Array[] {
  const members = MESSAGES[name] ?? {}
  const extensions = EXTENSIONS[name]
  const parts: Uint8Array[] = []
  for (const [key, child] of Object.entries(value)) {
    const member = members[key]
    if (member !== undefined) parts.push(...fieldParts(member, child))
    else if (key.startsWith('x-') && extensions !== undefined)
      parts.push(...bytesField(extensions, namedParts(key, anyParts(child))))
  }
  return parts
}

function fieldParts(member: Member, value: unknown): Uint8Array[] {
  const { number } = member
  switch (member.as) {
    case 'text':
      return listOf(value).flatMap((one) => textField(number, String(one)))
    case 'flag':
      return [varint(number << 3), varint(value === true ? 1 : 0)]
    case 'typeItem':
      return bytesField(number, textField(1, String(value)))
    case 'message':
      return listOf(value).flatMap((one) =>
        // The table says that it is an object here.
        bytesField(number, wrapped(member.wrap, messageParts(member.of, one as Members))),
      )
    case 'named': {
      const entries = Object.entries(value as Readonly<Record<string, Members>>)
      const inner = entries.flatMap(([key, one]) =>
        bytesField(member.entry, namedParts(key, namedValue(member.of, one))),
      )
      return bytesField(number, inner)
    }
  }
}

/** A response may be a reference instead, so it lies one message deeper. */
function namedValue(of: string, value: Members): Uint8Array[] {
  const parts = messageParts(of, value)
  return of === 'Response' ? bytesField(1, parts) : parts
}

function messageParts(of: string, value: Members): Uint8Array[] {
  if (of !== 'Parameter') return partsOf(value, of)
  const place = String(value['in'])
  return wrapped(PARAMETER_PATHS[place] ?? [], partsOf(value, place))
}

function wrapped(numbers: readonly number[], parts: Uint8Array[]): Uint8Array[] {
  return numbers.reduceRight((inner, number) => bytesField(number, inner), parts)
}

function namedParts(name: string, value: Uint8Array[]): Uint8Array[] {
  return [...textField(1, name), ...bytesField(2, value)]
}

/** Extensions travel as YAML, which JSON is, too. */
function anyParts(value: unknown): Uint8Array[] {
  return textField(2, `${JSON.stringify(value)}\n`)
}

function textField(number: number, value: string): Uint8Array[] {
  return bytesField(number, [encodeUtf8(value)])
}

function bytesField(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  return [varint((number << 3) | 2), varint(length), ...parts]
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return Uint8Array.from([...bytes, rest])
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
