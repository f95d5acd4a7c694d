import { badRequest } from '#sim/apimachinery/statuses.ts'

export type ParsedJson = {
  readonly value: unknown
  /** Paths of keys that occur twice in their object: `spec.replicas`, `spec.containers[0].name`. */
  readonly duplicateFields: readonly string[]
}

/** A text that is no JSON, told in the words of Go's decoder. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
}

/**
 * Simplified: upstream's limit is ten times this. A stack here is smaller than Go's, and running
 * out of it is nothing that could always be answered.
 */
export const DEPTH_MAX = 1000

/**
 * Parses JSON as the server does: where the platform's parser would keep the last of two equal
 * keys silently, this one tells. Upstream: sigs.k8s.io/json.
 */
export function parseJson(text: string): ParsedJson {
  const parser = new JsonParser(text)
  const value = parser.document()
  return { value, duplicateFields: parser.duplicateFields }
}

class JsonParser {
  readonly duplicateFields: string[] = []
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value('')
    this.#skipBlanks()
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value')
    return value
  }

  #value(path: string): unknown {
    this.#skipBlanks()
    const character = this.#text[this.#at]
    switch (character ?? '') {
      case '{':
        return this.#object(path)
      case '[':
        return this.#array(path)
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        if (character !== undefined && /[-0-9]/.test(character)) return this.#number()
        throw this.#unexpected('looking for beginning of value')
    }
  }

  #object(path: string): Record<string, unknown> {
    this.#enter()
    const object: Record<string, unknown> = {}
    this.#skipBlanks()
    if (this.#text[this.#at] === '}') return this.#leave(object)
    for (;;) {
      this.#skipBlanks()
      if (this.#text[this.#at] !== '"')
        throw this.#unexpected('looking for beginning of object key string')
      const key = this.#string()
      const memberPath = path === '' ? key : `${path}.${key}`
      this.#skipBlanks()
      if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key')
      this.#at++
      const value = this.#value(memberPath)
      if (Object.hasOwn(object, key)) this.duplicateFields.push(memberPath)
      defineMember(object, key, value)
      this.#skipBlanks()
      if (this.#text[this.#at] === '}') return this.#leave(object)
      if (this.#text[this.#at] !== ',') throw this.#unexpected('after object key:value pair')
      this.#at++
    }
  }

  #array(path: string): unknown[] {
    this.#enter()
    const items: unknown[] = []
    this.#skipBlanks()
    if (this.#text[this.#at] === ']') return this.#leave(items)
    for (;;) {
      items.push(this.#value(`${path}[${items.length}]`))
      this.#skipBlanks()
      if (this.#text[this.#at] === ']') return this.#leave(items)
      if (this.#text[this.#at] !== ',') throw this.#unexpected('after array element')
      this.#at++
    }
  }

  #enter(): void {
    this.#at++
    if (++this.#depth > DEPTH_MAX) throw new JsonSyntaxError('exceeded max depth')
  }

  #leave<T>(value: T): T {
    this.#at++
    this.#depth--
    return value
  }

  #string(): string {
    const start = this.#at
    this.#at++
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (Number.isNaN(code)) throw new JsonSyntaxError('unexpected end of JSON input')
      if (code === 0x22) break
      if (code < 0x20) throw this.#unexpected('in string literal')
      this.#at += code === 0x5c ? this.#escape() : 1
    }
    this.#at++
    // The escapes were checked on the way, so the platform's parser agrees. Where one is half of a
    // surrogate pair, Go puts the replacement character.
    return (JSON.parse(this.#text.slice(start, this.#at)) as string).toWellFormed()
  }

  #escape(): number {
    const next = this.#text[this.#at + 1]
    if (next === undefined) throw new JsonSyntaxError('unexpected end of JSON input')
    if ('"\\/bfnrt'.includes(next)) return 2
    if (next !== 'u') {
      this.#at++
      throw this.#unexpected('in string escape code')
    }
    for (let digit = 2; digit < 6; digit++) {
      if (/[0-9a-fA-F]/.test(this.#text[this.#at + digit] ?? '')) continue
      this.#at += digit
      throw this.#unexpected('in \\u hexadecimal character escape')
    }
    return 6
  }

  #literal<T>(word: string, value: T): T {
    for (const expected of word) {
      if (this.#text[this.#at] !== expected)
        throw this.#unexpected(`in literal ${word} (expecting '${expected}')`)
      this.#at++
    }
    return value
  }

  #number(): number {
    const match = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
    match.lastIndex = this.#at
    const found = match.exec(this.#text)
    if (found === null) {
      this.#at++
      throw this.#unexpected('in numeric literal')
    }
    this.#at = match.lastIndex
    return Number(found[0])
  }

  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.#at++
    }
  }

  #unexpected(where: string): JsonSyntaxError {
    const character = this.#text[this.#at]
    if (character === undefined) return new JsonSyntaxError('unexpected end of JSON input')
    return new JsonSyntaxError(`invalid character ${goQuoteRune(character)} ${where}`)
  }
}

/** A member named `__proto__` is data here like any other. */
function defineMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}

function goQuoteRune(character: string): string {
  if (character === "'") return String.raw`'\''`
  if (character === '"') return `'"'`
  const code = character.charCodeAt(0)
  if ((code >= 0x20 && code < 0x7f) || code > 0xa0) return `'${character}'`
  const named: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\\': '\\\\' }
  return `'${named[character] ?? `\\u${code.toString(16).padStart(4, '0')}`}'`
}

/** `parseJson`, with syntax errors as the 400 of a body that cannot be read. */
export function parseJsonOr400(text: string, message: (words: string) => string): ParsedJson {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(message(error.message))
    throw error
  }
}
