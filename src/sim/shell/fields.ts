import { escapePattern } from './patterns.ts'

/**
 * A stretch of an expanded word. Only `expanded` text is split at IFS; `quoted` text matches
 * itself in patterns; `literal` is what stands unquoted in the source. `break` separates the
 * words of `"$@"`.
 */
export type Piece =
  | { readonly kind: 'quoted' | 'literal' | 'expanded'; readonly text: string }
  | { readonly kind: 'break' }

export type Chunk = { readonly text: string; readonly isQuoted: boolean }
export type Field = readonly Chunk[]

/** The words that pieces make, by the rules of field splitting. */
export function splitFields(pieces: readonly Piece[], ifs: string): readonly Field[] {
  const splitter = new FieldSplitter(ifs)
  for (const piece of pieces) splitter.add(piece)
  return splitter.finish()
}

class FieldSplitter {
  readonly #ifs: string
  readonly #fields: Field[] = []
  #current: Chunk[] | undefined
  /** White space ended a field: a delimiter right behind it belongs to that end. */
  #isClosedByBlank = false

  constructor(ifs: string) {
    this.#ifs = ifs
  }

  add(piece: Piece): void {
    if (piece.kind === 'break') this.#close()
    else if (piece.kind === 'expanded' && this.#ifs !== '') this.#addExpanded(piece.text)
    else if (piece.kind === 'quoted' || piece.text !== '') {
      this.#append(piece.text, piece.kind === 'quoted')
    }
  }

  finish(): readonly Field[] {
    this.#close()
    return this.#fields
  }

  #addExpanded(text: string): void {
    let start = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at] ?? ''
      if (!this.#ifs.includes(character)) continue
      if (at > start) this.#append(text.slice(start, at), false)
      start = at + 1
      this.#delimiter(character)
    }
    if (start < text.length) this.#append(text.slice(start), false)
  }

  #delimiter(character: string): void {
    const isBlank = character === ' ' || character === '\t' || character === '\n'
    if (isBlank) {
      if (this.#current !== undefined) {
        this.#close()
        this.#isClosedByBlank = true
      }
      return
    }
    if (this.#current !== undefined) this.#close()
    else if (!this.#isClosedByBlank) this.#fields.push([])
    this.#isClosedByBlank = false
  }

  #append(text: string, isQuoted: boolean): void {
    this.#isClosedByBlank = false
    this.#current ??= []
    this.#current.push({ text, isQuoted })
  }

  #close(): void {
    if (this.#current !== undefined) this.#fields.push(this.#current)
    this.#current = undefined
    this.#isClosedByBlank = false
  }
}

export function fieldText(field: Field): string {
  return field.map((chunk) => chunk.text).join('')
}

/** The field as a pattern in which quoted characters stand for themselves. */
export function fieldPattern(field: Field): string {
  return field.map((chunk) => (chunk.isQuoted ? escapePattern(chunk.text) : chunk.text)).join('')
}

export function hasUnquotedPattern(field: Field): boolean {
  return field.some((chunk) => !chunk.isQuoted && /[*?[]|[@+!]\(/.test(chunk.text))
}

export function piecesText(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (piece.kind === 'break' ? ' ' : piece.text)).join('')
}
