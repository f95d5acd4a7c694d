import { parse as parseYaml } from 'yaml'
import { goQuote } from '#sim/apimachinery/quote.ts'
import { badRequest, bodyTooLarge, unsupportedMediaType } from '#sim/apimachinery/statuses.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { DEPTH_MAX, JsonSyntaxError, type ParsedJson, parseJson } from './json-text.ts'
import type { Scope } from './scope.ts'

const BODY_BYTES_MAX = 3_145_728
/** A line that starts with as many blanks, dashes and question marks as may nest. */
const NESTED_LINE = new RegExp(`^[-? ]{${DEPTH_MAX}}`, 'm')
const PROTOBUF = 'application/vnd.kubernetes.protobuf'
const OBJECT_TYPES = ['', 'application/json', 'application/yaml', PROTOBUF]

/** The value of a request's body: already one from inside, or read from bytes by media type. */
export function readBody(scope: Scope, kind: string): ParsedJson | undefined {
  const { body } = scope.request
  if (body === undefined) return undefined
  const type = mediaType(scope.header('content-type'))
  if (body instanceof Uint8Array) {
    if (body.length > BODY_BYTES_MAX) throw bodyTooLarge(BODY_BYTES_MAX)
    if (type === PROTOBUF) {
      const { protobuf } = scope.server
      if (protobuf === undefined) throw unsupportedMediaType()
      return plain(protobuf.decodeObject(body))
    }
    return body.length === 0 ? undefined : readText(decodeUtf8(body), type, kind)
  }
  if (typeof body === 'string') return body === '' ? undefined : readText(body, type, kind)
  return plain(body)
}

/** Whether the media type of the body is one that objects come in. */
export function checkMediaType(scope: Scope): void {
  const type = mediaType(scope.header('content-type'))
  if (!OBJECT_TYPES.includes(type)) throw unsupportedMediaType()
}

export function mediaType(header: string): string {
  if (header === '') return ''
  return (header.split(';')[0] ?? '').trim().toLowerCase()
}

/** Text of a body, for patches, which have media types of their own. */
export function bodyText(scope: Scope): string | undefined {
  const { body } = scope.request
  if (body instanceof Uint8Array) {
    if (body.length > BODY_BYTES_MAX) throw bodyTooLarge(BODY_BYTES_MAX)
    return decodeUtf8(body)
  }
  return typeof body === 'string' ? body : undefined
}

function plain(value: unknown): ParsedJson {
  return { value, duplicateFields: [] }
}

function readText(text: string, type: string, kind: string): ParsedJson {
  if (type === 'application/yaml') return plain(yamlValue(text))
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw unreadableKind(kind, error.message, shownStart(text))
    throw error
  }
}

/** A YAML document as the JSON it stands for. */
export function yamlValue(text: string): unknown {
  if (isTooDeep(text)) throw badRequest('error converting YAML to JSON: yaml: exceeded max depth')
  try {
    // What JSON cannot say (times, maps with other keys than text) is read as text.
    return parseYaml(text, {
      schema: 'core',
      maxAliasCount: 100,
      uniqueKeys: false,
      logLevel: 'error',
    }) as unknown
  } catch (error) {
    const words = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    throw badRequest(`error converting YAML to JSON: yaml: ${words}`)
  }
}

/** Whether brackets, indentation or a row of dashes may nest deeper than the parser's stack is. */
function isTooDeep(text: string): boolean {
  if (text.length < DEPTH_MAX) return false
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > DEPTH_MAX) return true
  }
  return NESTED_LINE.test(text)
}

export function unrecognized(kind: string, why: string, shown: string): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): ${why} (${shown})`,
  )
}

export function unreadableKind(kind: string, why: string, shown: string): Error {
  return unrecognized(kind, `couldn't get version/kind; json parse error: ${why}`, shown)
}

/** The body's first bytes, quoted if it begins like a JSON object, in hexadecimal otherwise. */
export function shownStart(text: string): string {
  if (text === '') return '<empty>'
  if (text.startsWith('{')) return text.length > 30 ? `${text.slice(0, 30)} ...` : text
  const bytes = encodeUtf8(text)
  const hex = [...bytes.slice(0, 30)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return bytes.length > 30 ? `${hex} ...` : hex
}

export function quotedFields(unknown: readonly string[], duplicate: readonly string[]): string[] {
  return [
    ...unknown.map((field) => `unknown field ${goQuote(field)}`),
    ...duplicate.map((field) => `duplicate field ${goQuote(field)}`),
  ]
}
