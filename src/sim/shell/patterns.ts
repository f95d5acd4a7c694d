/**
 * Shell patterns: `*`, `?`, `[a-z]`, `[[:digit:]]`, and bash's `@(a|b)` family. A backslash takes
 * the meaning away from the next character.
 */
export function patternToRegExp(pattern: string, flags = ''): RegExp {
  return new RegExp(`^(?:${patternSource(pattern)})$`, `${flags}su`)
}

export function matchesPattern(text: string, pattern: string): boolean {
  if (!hasPatternCharacters(pattern)) return text === pattern
  return cachedRegExp(pattern).test(text)
}

export function hasPatternCharacters(pattern: string): boolean {
  return /[*?[\\]|[@+!]\(/.test(pattern)
}

export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]@+!()|-]/g, '\\$&')
}

/** The pattern's text once nothing in it matches: backslashes go away. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/gs, '$1')
}

// Regular expressions are values without state here, so sharing them between worlds is harmless.
const cache = new Map<string, RegExp>()

function cachedRegExp(pattern: string): RegExp {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  if (cache.size > 500) cache.clear()
  const made = patternToRegExp(pattern)
  cache.set(pattern, made)
  return made
}

/** The body of a regular expression; `star` says what `*` may match. */
export function patternSource(pattern: string, star = '.*'): string {
  let source = ''
  for (let at = 0; at < pattern.length;) {
    const group = extendedGroup(pattern, at)
    if (group !== undefined) {
      source += groupSource(group, star)
      at = group.end
      continue
    }
    const bracket = pattern[at] === '[' ? bracketSource(pattern, at) : undefined
    if (bracket !== undefined) {
      source += bracket.source
      at = bracket.end
      continue
    }
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
    at += character.length
    if (character === '\\' && at < pattern.length) {
      const escaped = String.fromCodePoint(pattern.codePointAt(at) ?? 0)
      source += escapeRegExp(escaped)
      at += escaped.length
    } else if (character === '*') source += star
    else if (character === '?') source += '.'
    else source += escapeRegExp(character)
  }
  return source
}

type Group = { readonly operator: string; readonly alternatives: string[]; readonly end: number }

function extendedGroup(pattern: string, at: number): Group | undefined {
  const operator = pattern[at] ?? ''
  if (!'?*+@!'.includes(operator) || operator === '' || pattern[at + 1] !== '(') return undefined
  const alternatives: string[] = []
  let depth = 0
  let start = at + 2
  for (let i = at + 1; i < pattern.length; i++) {
    const character = pattern[i]
    if (character === '\\') i++
    else if (character === '(') depth++
    else if (character === '|' && depth === 1) {
      alternatives.push(pattern.slice(start, i))
      start = i + 1
    } else if (character === ')' && --depth === 0) {
      alternatives.push(pattern.slice(start, i))
      return { operator, alternatives, end: i + 1 }
    }
  }
  return undefined
}

function groupSource(group: Group, star: string): string {
  const inner = group.alternatives.map((each) => patternSource(each, star)).join('|')
  switch (group.operator) {
    case '?':
      return `(?:${inner})?`
    case '*':
      return `(?:${inner})*`
    case '+':
      return `(?:${inner})+`
    case '!':
      return `(?!(?:${inner})$)${star}`
    default:
      return `(?:${inner})`
  }
}

function bracketSource(pattern: string, at: number): { source: string; end: number } | undefined {
  let i = at + 1
  const isNegated = pattern[i] === '!' || pattern[i] === '^'
  if (isNegated) i++
  let source = ''
  for (let isFirst = true; ; isFirst = false) {
    const character = pattern[i]
    if (character === undefined) return undefined
    if (character === ']' && !isFirst) break
    const name = /^\[:([a-z]+):\]/.exec(pattern.slice(i))?.[1]
    if (name !== undefined) {
      source += CLASSES[name] ?? ''
      i += name.length + 4
    } else if (character === '\\' && i + 1 < pattern.length) {
      source += escapeInBracket(pattern[i + 1] ?? '')
      i += 2
    } else {
      source += character === '-' ? '-' : escapeInBracket(character)
      i++
    }
  }
  // A `-` at either end is itself; in the middle it makes a range.
  source = source.replace(/^-/, '\\-').replace(/-$/, '\\-')
  return { source: `[${isNegated ? '^' : ''}${source}]`, end: i + 1 }
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`\\{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  cntrl: '\\x00-\\x1f\\x7f',
  print: ' -~',
  graph: '!-~',
}

function escapeRegExp(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}

function escapeInBracket(character: string): string {
  return /[\\\]^[-]/.test(character) ? `\\${character}` : character
}
