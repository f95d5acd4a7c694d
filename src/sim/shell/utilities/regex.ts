import { UsageError } from './tool.ts'

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
}

/** A POSIX regular expression, basic or extended, as one of ours. */
export function posixRegExp(source: string, isExtended: boolean, flags = ''): RegExp {
  try {
    return new RegExp(translate(source, isExtended), flags)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UsageError(`Invalid regular expression: ${source}`, 2)
  }
}

function translate(source: string, isExtended: boolean): string {
  let out = ''
  for (let at = 0; at < source.length;) {
    const character = source[at] ?? ''
    if (character === '[') {
      const end = bracketEnd(source, at)
      if (end < 0) throw new UsageError('Unmatched [, [^, [:, [., or [=', 2)
      out += bracket(source.slice(at + 1, end))
      at = end + 1
    } else if (character === '\\') {
      out += escaped(source[at + 1] ?? '', isExtended)
      at += 2
    } else {
      out += plain(source, at, isExtended, out)
      at++
    }
  }
  return out
}

function bracketEnd(source: string, at: number): number {
  let i = at + 1
  if (source[i] === '^') i++
  if (source[i] === ']') i++
  while (i < source.length && source[i] !== ']') {
    const named = /^\[([:.=])/.exec(source.slice(i))
    const close = named === null ? -1 : source.indexOf(`${named[1]}]`, i + 2)
    i = close < 0 ? i + 1 : close + 2
  }
  return i < source.length ? i : -1
}

function bracket(inner: string): string {
  const isNegated = inner.startsWith('^')
  const body = (isNegated ? inner.slice(1) : inner).replace(
    /\[:([a-z]+):\]|[\\\]^[]/g,
    (whole, name: string | undefined) =>
      name === undefined ? `\\${whole}` : (CLASSES[name] ?? ''),
  )
  return `[${isNegated ? '^' : ''}${body}]`
}

// In a basic expression the backslash makes these special; in an extended one it is the reverse.
const TRADED = '(){}+?|'

function escaped(character: string, isExtended: boolean): string {
  if (TRADED.includes(character) && character !== '') {
    return isExtended ? `\\${character}` : character
  }
  if (character === '<') return '\\b(?=\\w)'
  if (character === '>') return '\\b(?<=\\w)'
  if (character === '`') return '^'
  if (character === "'") return '$'
  if (/[wWsSbBdDnrt1-9]/.test(character)) return `\\${character}`
  return /[\\^$.*[\]/]/.test(character) ? `\\${character}` : character
}

function plain(source: string, at: number, isExtended: boolean, before: string): string {
  const character = source[at] ?? ''
  if (character === '/') return '\\/'
  if (isExtended) {
    // `{` that starts no count is itself.
    if (character === '{' && !/^\{\d*,?\d*\}/.test(source.slice(at))) return '\\{'
    if (character === '}' && !/\{\d*,?\d*$/.test(source.slice(0, at))) return '\\}'
    return character
  }
  if (TRADED.includes(character)) return `\\${character}`
  if (character === '*' && (before === '' || before.endsWith('^') || before.endsWith('('))) {
    return '\\*'
  }
  if (character === '^' && at > 0 && !/\\[(|]$/.test(source.slice(0, at))) return '\\^'
  const isAtEnd = at === source.length - 1 || /^\$\\[)|]/.test(source.slice(at))
  return character === '$' && !isAtEnd ? '\\$' : character
}

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
