import { unescapeAnsi } from '../../parameters.ts'
import { AwkError } from './syntax.ts'

export type Token = {
  readonly type:
    | 'number'
    | 'string'
    | 'regex'
    | 'name'
    | 'call'
    | 'keyword'
    | 'operator'
    | 'newline'
    | 'end'
  readonly text: string
  /** Blanks before it: `a (b)` joins where `a(b)` calls. */
  readonly hasBlankBefore: boolean
}

const KEYWORDS = new Set([
  'BEGIN',
  'END',
  'function',
  'func',
  'if',
  'else',
  'while',
  'for',
  'do',
  'break',
  'continue',
  'next',
  'nextfile',
  'exit',
  'return',
  'delete',
  'in',
  'getline',
  'print',
  'printf',
])

const OPERATOR = /\*\*=|\*\*|\+\+|--|[-+*/%^!=<>]=|&&|\|\||>>|!~|[-+*/%^!<>|?:~$=,;(){}[\]]/y
const SKIP = /(?:[ \t\r]+|\\\r?\n|#[^\n]*)+/y
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y
const NAME = /[A-Za-z_]\w*/y
const STRING = /"(?:\\[\s\S]|[^"\\\n])*"/y
const REGEX = /\/(?:\\.|\[\^?\]?[^\]\n]*\]|[^/\\\n[])*\//y

export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(source)
    if (match === null) return undefined
    at = pattern.lastIndex
    return match[0]
  }
  for (;;) {
    const hasBlankBefore = take(SKIP) !== undefined
    if (at >= source.length) break
    const push = (type: Token['type'], text: string): void => {
      tokens.push({ type, text, hasBlankBefore })
    }
    if (source[at] === '\n') {
      at++
      push('newline', '\n')
      continue
    }
    const regex = mayStartRegex(tokens.at(-1)) ? take(REGEX) : undefined
    if (regex !== undefined) {
      push('regex', regex.slice(1, -1).replaceAll('\\/', '/'))
      continue
    }
    const string = take(STRING)
    if (string !== undefined) {
      push('string', unescapeString(string.slice(1, -1)))
      continue
    }
    const number = take(NUMBER)
    if (number !== undefined) {
      push('number', number)
      continue
    }
    const name = take(NAME)
    if (name !== undefined) {
      const type = KEYWORDS.has(name) ? 'keyword' : source[at] === '(' ? 'call' : 'name'
      push(type, name)
      continue
    }
    const operator = take(OPERATOR)
    if (operator === undefined) throw new AwkError(`syntax error at source line 1: ${source[at]}`)
    push('operator', operator)
  }
  tokens.push({ type: 'end', text: '', hasBlankBefore: false })
  return tokens
}

function unescapeString(text: string): string {
  return unescapeAnsi(text.replace(/\\(["/])/g, '$1').replace(/\\\n/g, '')).text
}

/** After a value `/` divides; elsewhere it opens a regular expression. */
function mayStartRegex(last: Token | undefined): boolean {
  if (last === undefined) return true
  if (last.type === 'operator') return ![')', ']', '$', '++', '--'].includes(last.text)
  return last.type === 'newline' || last.type === 'keyword'
}
