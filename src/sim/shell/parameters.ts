import { matchesPattern, patternSource } from './patterns.ts'

/** `${x#pattern}` and its three siblings. */
export function removeAffix(text: string, pattern: string, operator: string): string {
  const isPrefix = operator.startsWith('#')
  const isGreedy = operator.length === 2
  // Lengths of the affix, in the order in which the first match wins.
  const lengths = Array.from({ length: text.length + 1 }, (_, index) =>
    isGreedy ? text.length - index : index,
  )
  for (const length of lengths) {
    const affix = isPrefix ? text.slice(0, length) : text.slice(text.length - length)
    if (!matchesPattern(affix, pattern)) continue
    return isPrefix ? text.slice(length) : text.slice(0, text.length - length)
  }
  return text
}

/** `${x/pattern/replacement}`: `/` once, `//` everywhere, `/#` at the start, `/%` at the end. */
export function replacePattern(
  text: string,
  pattern: string,
  replacement: (match: string) => string,
  operator: string,
): string {
  if (pattern === '') {
    if (operator === '/#') return replacement('') + text
    return operator === '/%' ? text + replacement('') : text
  }
  const source = patternSource(pattern)
  const anchored =
    operator === '/#' ? `^(?:${source})` : operator === '/%' ? `(?:${source})$` : source
  const expression = new RegExp(anchored, operator === '//' ? 'gsu' : 'su')
  return text.replace(expression, (match) =>
    match === '' && operator === '//' ? '' : replacement(match),
  )
}

/** `${x^}`, `${x^^}`, `${x,}`, `${x,,}`; the pattern says which characters. */
export function changeCase(text: string, operator: string, pattern: string | undefined): string {
  const isUpper = operator.startsWith('^')
  const change = (character: string): string => {
    if (pattern !== undefined && pattern !== '' && !matchesPattern(character, pattern)) {
      return character
    }
    return isUpper ? character.toUpperCase() : character.toLowerCase()
  }
  if (operator.length === 2) return Array.from(text, change).join('')
  const [first = '', ...rest] = Array.from(text)
  return change(first) + rest.join('')
}

/** Quotes text so that the shell reads it back as one word, as `printf %q` does. */
export function shellQuote(text: string): string {
  if (text === '') return "''"
  if (hasControlCharacters(text)) return `$'${Array.from(text, ansiCharacter).join('')}'`
  return text.replace(/[^A-Za-z0-9_@%+=:,./-]/gu, (character) =>
    character > '\x7f' ? character : `\\${character}`,
  )
}

/** As `declare -p` and `${x@Q}` quote. */
export function singleQuote(text: string): string {
  if (hasControlCharacters(text)) return `$'${Array.from(text, ansiCharacter).join('')}'`
  return `'${text.replaceAll("'", "'\\''")}'`
}

function hasControlCharacters(text: string): boolean {
  return Array.from(text).some((character) => character < ' ' || character === '\x7f')
}

const ANSI_NAMES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\x1b': '\\E',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
  "'": "\\'",
  '\\': '\\\\',
}

function ansiCharacter(character: string): string {
  const named = ANSI_NAMES[character]
  if (named !== undefined) return named
  if (character >= ' ' && character !== '\x7f') return character
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`
}

/** Backslash escapes of `echo -e`, `printf` and `$'…'`. */
export function unescapeAnsi(
  text: string,
  options: { readonly zeroOctal?: boolean } = {},
): { readonly text: string; readonly isStopped: boolean } {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\' || at + 1 >= text.length) {
      out += text[at]
      continue
    }
    const rest = text.slice(at + 1)
    if (rest.startsWith('c')) return { text: out, isStopped: true }
    const numeric = numericEscape(rest, options.zeroOctal === true)
    const simple = SIMPLE_ESCAPES[rest[0] ?? '']
    if (numeric !== undefined) {
      out += numeric.text
      at += numeric.length
    } else if (simple !== undefined) {
      out += simple
      at++
    } else {
      out += '\\'
    }
  }
  return { text: out, isStopped: false }
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  E: '\x1b',
  '\\': '\\',
}

function numericEscape(
  rest: string,
  zeroOctal: boolean,
): { readonly text: string; readonly length: number } | undefined {
  const octal = (zeroOctal ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest)
  if (octal !== null) return escape(octal[0], Number.parseInt(octal[1] || '0', 8) & 0xff)
  const hex = /^x([0-9a-fA-F]{1,2})|^u([0-9a-fA-F]{1,4})|^U([0-9a-fA-F]{1,8})/.exec(rest)
  if (hex === null) return undefined
  return escape(hex[0], Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '0', 16))
}

function escape(matched: string, code: number): { text: string; length: number } {
  return { text: code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd', length: matched.length }
}
