import { badRequest } from '#sim/apimachinery/statuses.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { base64 } from './protobuf.ts'
import { JsonSyntaxError, parseJson } from './json-text.ts'

export type ContinueToken = {
  /** Of the first chunk; -1 to go on at the newest. */
  readonly revision: number
  /** The first key that may follow. */
  readonly start: string
}

export function encodeContinue(revision: number, start: string): string {
  const json = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })
  return base64(encodeUtf8(json)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

export function decodeContinue(token: string): ContinueToken {
  const bytes = decodeBase64Url(token)
  // Each byte as a character: the parser's complaint names the byte, not what UTF-8 makes of it.
  const text = String.fromCharCode(...bytes)
  try {
    const parsed = parseJson(text).value as { v?: unknown; rv?: unknown; start?: unknown } | null
    const { v, rv, start } = parsed ?? {}
    if (v !== 'meta.k8s.io/v1')
      throw new JsonSyntaxError('server does not recognize this encoded version')
    if (typeof rv !== 'number' || typeof start !== 'string' || start === '')
      throw new JsonSyntaxError('incorrect encoded start resourceVersion')
    return { revision: rv, start }
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`invalid continue token: continue key is not valid: ${error.message}`)
    throw error
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decodeBase64Url(token: string): number[] {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const [index, character] of Array.from(token).entries()) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) {
      throw badRequest(
        `invalid continue token: continue key is not valid: illegal base64 data at input byte ${index}`,
      )
    }
    bits = (bits << 6) | value
    count += 6
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 0xff)
  }
  return bytes
}
