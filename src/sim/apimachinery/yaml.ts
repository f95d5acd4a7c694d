/** YAML as Go's encoder and kubectl print it: keys sorted, lists level with their key. */
export function toYaml(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]\n' : sequence(value, 0)
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? '{}\n' : mapping(value, 0)
  }
  return `${scalar(value, { column: 0, indent: 2 })}\n`
}

/** Where a scalar begins, and how deep its further lines stand. */
type Place = { readonly column: number; readonly indent: number }

function mapping(value: object, depth: number): string {
  const pad = ' '.repeat(depth)
  return sortedEntries(value)
    .map(([key, member]) => {
      const name = scalar(key, KEY)
      return `${pad}${name}:${child(member, depth, depth + name.length + 2)}`
    })
    .join('')
}

function sequence(values: readonly unknown[], depth: number): string {
  const pad = ' '.repeat(depth)
  return values.map((member) => `${pad}-${inSequence(member, depth)}`).join('')
}

// Keys are never folded.
const KEY: Place = { column: Number.NEGATIVE_INFINITY, indent: 0 }

// What follows `key:` up to and including the newline.
function child(value: unknown, depth: number, column: number): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequence(value, depth)}`
  if (typeof value === 'object' && value !== null) {
    return sortedEntries(value).length === 0 ? ' {}\n' : `\n${mapping(value, depth + 2)}`
  }
  return ` ${scalar(value, { column, indent: depth + 2 })}\n`
}

// What follows `-`: the first line of a nested block stands on the dash's line.
function inSequence(value: unknown, depth: number): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? ' []\n' : ` ${sequence(value, depth + 2).slice(depth + 2)}`
  }
  if (typeof value === 'object' && value !== null) {
    if (sortedEntries(value).length === 0) return ' {}\n'
    return ` ${mapping(value, depth + 2).slice(depth + 2)}`
  }
  return ` ${scalar(value, { column: depth + 2, indent: depth + 2 })}\n`
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (keyIsBefore(a, b) ? -1 : 1))
}

/** go-yaml's order of keys: letters after other characters, digits by value. */
function keyIsBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const x = a.charAt(at)
    const y = b.charAt(at)
    if (x === y) continue
    const xLetter = isLetter(x)
    const yLetter = isLetter(y)
    if (xLetter && yLetter) return x < y
    if (xLetter || yLetter) return yLetter
    const xDigits = /^\d*/.exec(a.slice(at))?.[0] ?? ''
    const yDigits = /^\d*/.exec(b.slice(at))?.[0] ?? ''
    if (Number(xDigits) !== Number(yDigits)) return Number(xDigits) < Number(yDigits)
    if (xDigits.length !== yDigits.length) return xDigits.length < yDigits.length
    return x < y
  }
  return a.length < b.length
}

function isLetter(character: string): boolean {
  return /\p{L}/u.test(character)
}

function scalar(value: unknown, place: Place): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return text(value, place)
  if (typeof value === 'number') return number(value)
  return String(value)
}

function number(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value)
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
}

function text(value: string, place: Place): string {
  const isSpecial = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\ud800-\udfff]/.test(
    value,
  )
  if (value.includes('\n')) {
    const isBlockAllowed = !isSpecial && !/ \n|[ ]$/.test(value)
    return isBlockAllowed ? literal(value, place.indent) : doubleQuoted(value, place)
  }
  if (resolvesToOther(value) || isSpecial) return doubleQuoted(value, place)
  if (isPlainAllowed(value)) return fits(value, place) ? value : folded(value, place, same)
  const quoteless = (character: string): string => (character === "'" ? "''" : character)
  return `'${folded(value, quoted(place), quoteless)}'`
}

function quoted({ column, indent }: Place): Place {
  return { column: column + 1, indent }
}

const WIDTH = 80

function fits(value: string, { column }: Place): boolean {
  return column + value.length <= WIDTH || !value.includes(' ')
}

function same(character: string): string {
  return character
}

/**
 * Written by characters; the first blank behind the width breaks the line, if it stands alone. With
 * a `mark` several may stand together: it keeps those that begin the next line.
 */
function folded(
  value: string,
  { column, indent }: Place,
  written: (character: string) => string,
  mark?: string,
): string {
  const characters = Array.from(value)
  let out = ''
  let at = column
  for (const [index, character] of characters.entries()) {
    const isFirst = character === ' ' && characters[index - 1] !== ' '
    const isInside = index > 0 && index < characters.length - 1
    const isBeforeBlank = characters[index + 1] === ' '
    if (isFirst && isInside && at > WIDTH && (mark !== undefined || !isBeforeBlank)) {
      const kept = isBeforeBlank ? mark : ''
      out += `\n${' '.repeat(indent)}${kept}`
      at = indent + (isBeforeBlank ? 1 : 0)
    } else {
      const text = written(character)
      out += text
      at += text.length
    }
  }
  return out
}

function literal(value: string, indent: number): string {
  const trailing = /\n*$/.exec(value)?.[0].length ?? 0
  const chomping = trailing === 0 ? '-' : trailing === 1 && value !== '\n' ? '' : '+'
  const hint = /^[ \n]/.test(value) ? '2' : ''
  const body = trailing === 0 ? value : value.slice(0, -1)
  const pad = ' '.repeat(indent)
  const lines = body.split('\n').map((line) => (line === '' ? '' : pad + line))
  return `|${hint}${chomping}\n${lines.join('\n')}`
}

const PRINTABLE = /[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\ud800-\udfff]/

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
}

function doubleQuoted(value: string, place: Place): string {
  return `"${folded(value, quoted(place), doubleEscaped, '\\')}"`
}

function doubleEscaped(character: string): string {
  const known = ESCAPES[character]
  if (known !== undefined) return known
  if (PRINTABLE.test(character)) return character
  const hex = character.charCodeAt(0).toString(16).toUpperCase()
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
}

const OTHER_TYPES = [
  /^$/,
  /^(~|null|Null|NULL)$/,
  /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/,
  /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/,
  /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/,
  /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/,
  /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/,
  /^\d{4}-\d{1,2}-\d{1,2}$/,
  /^\d{4}-\d{1,2}-\d{1,2}([Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(\.\d+)?([ \t]*(Z|[-+]\d{1,2}(:?\d{2})?))?$/,
  /^(<<|=)$/,
]

/** Would be read back as something else than a string by the rules of YAML 1.1. */
function resolvesToOther(value: string): boolean {
  return OTHER_TYPES.some((pattern) => pattern.test(value))
}

function isPlainAllowed(value: string): boolean {
  if (/^[#,[\]{}&*!|>'"%@`]/.test(value)) return false
  if (/^[-?:]( |$)/.test(value)) return false
  if (/^(---|\.\.\.)/.test(value)) return false
  if (/^ | $|: | #|:$/.test(value)) return false
  return true
}
