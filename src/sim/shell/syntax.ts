import {
  type Command,
  type HereDocBody,
  type ParsedScript,
  type ParseError,
  parse,
  type Statement,
  type Word,
  type WordPart,
} from 'unbash'

/**
 * The only module that calls the parser. Its tree has lazy getters, so nodes are never spread,
 * and a script nested in another (`$( )`) has positions in the outer source.
 */
export type {
  AndOr,
  ArithmeticFor,
  Assignment,
  Case,
  Command,
  CommandNode,
  CompoundList,
  For,
  Function as FunctionNode,
  HereDoc,
  If,
  ParameterExpansionPart,
  ParsedScript,
  Pipeline,
  PipelineNode,
  Redirection,
  Select,
  Statement,
  TestExpression,
  While,
  Word,
  WordPart,
} from 'unbash'

const CACHE_MAX = 500

/** What one shell has parsed before: a loop body is looked at a thousand times. */
export class SyntaxCache {
  readonly #scripts = new Map<string, ParsedScript>()
  readonly #words = new Map<string, Word | undefined>()
  readonly #bodies = new Map<string, readonly WordPart[] | undefined>()

  script(source: string): ParsedScript {
    return remembered(this.#scripts, source, parse)
  }

  /** The single word that this text is, such as one result of a brace expansion. */
  word(text: string): Word | undefined {
    return remembered(this.#words, text, parseWord)
  }

  /** Text in which only `$` and backquotes are special, as in here-documents and arithmetic. */
  expandableText(text: string): readonly WordPart[] | undefined {
    return remembered(this.#bodies, text, parseExpandableText)
  }
}

function remembered<T>(cache: Map<string, T>, key: string, make: (key: string) => T): T {
  const known = cache.get(key)
  if (known !== undefined || cache.has(key)) return known as T // Present, perhaps as undefined.
  if (cache.size >= CACHE_MAX) cache.clear()
  const made = make(key)
  cache.set(key, made)
  return made
}

function parseWord(text: string): Word | undefined {
  const command = firstCommand(parse(`: ${text}`))
  const argument = command?.suffix[0]
  return argument?.type === 'Word' ? argument : undefined
}

const BODY_END = '__end_of_text__'

function parseExpandableText(text: string): readonly WordPart[] | undefined {
  const command = firstCommand(parse(`: <<${BODY_END}\n${text}\n${BODY_END}\n`))
  const heredoc = command?.suffix[0]
  if (heredoc?.type !== 'HereDoc') return undefined
  return withoutLastNewline(heredoc.body)
}

// The closing word needs a newline before it that the text itself does not have.
function withoutLastNewline(body: HereDocBody): readonly WordPart[] | undefined {
  const { parts } = body
  const last = parts?.at(-1)
  if (parts === undefined || last?.type !== 'Literal') return parts
  const value = last.value.slice(0, -1)
  return [...parts.slice(0, -1), { ...literal(last), value, text: value }]
}

function literal(part: WordPart & { type: 'Literal' }): WordPart & { type: 'Literal' } {
  return { type: 'Literal', pos: part.pos, end: part.end, value: part.value, text: part.text }
}

function firstCommand(script: ParsedScript): Command | undefined {
  const command = script.commands[0]?.command
  return command?.type === 'Command' ? command : undefined
}

/** A simple command made of others' parts: for aliases. */
export function newCommand(from: Command, name: Word, suffix: Command['suffix']): Command {
  return {
    type: 'Command',
    pos: from.pos,
    end: from.end,
    name,
    prefix: from.prefix,
    suffix,
    args: suffix.filter((part) => part.type === 'Word' || part.type === 'Assignment'),
    redirects: [],
  }
}

/** Whether more lines may still complete this text: the prompt then is PS2. */
export function isIncomplete(source: string): boolean {
  if (endsInOddBackslash(source)) return true
  const script = parse(source)
  if (hasOpenHereDoc(script)) return true
  const errors = script.errors ?? []
  return errors.length > 0 && errors.every((error) => isAtEnd(error, source))
}

function endsInOddBackslash(source: string): boolean {
  const backslashes = /\\*$/.exec(source.replace(/\n$/, ''))?.[0].length ?? 0
  return backslashes % 2 === 1
}

function isAtEnd(error: ParseError, source: string): boolean {
  if (error.message.startsWith('unterminated')) return true
  // An empty `{` or `(` is reported where it opens.
  const rest = source.slice(error.pos).trim()
  if (error.message.startsWith('expected command in')) return rest === '{' || rest === '('
  return error.message.startsWith('expected') && rest === ''
}

function hasOpenHereDoc(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasOpenHereDoc)
  if (typeof node !== 'object' || node === null) return false
  if ('type' in node && node.type === 'HereDoc') {
    return 'closing' in node ? node.closing === undefined : true
  }
  // Only what can hold commands: words cannot hold a here-document that is still open.
  const holders = ['commands', 'command', 'body', 'suffix', 'prefix', 'redirects', 'clause', 'then']
  const others = ['elif', 'else', 'items']
  return [...holders, ...others].some(
    (key) => key in node && hasOpenHereDoc((node as Record<string, unknown>)[key]),
  )
}

export type SyntaxProblem = {
  /** What follows the shell's name: `syntax error near unexpected token `)'`. */
  readonly message: string
  readonly line: number
  /** Whether bash would show the line as well. */
  readonly showsLine: boolean
  /** The statements bash has run by the time it meets the mistake. */
  readonly before: readonly Statement[]
}

/** The first mistake of a script in bash's words, or undefined. */
export function syntaxProblem(script: ParsedScript, source: string): SyntaxProblem | undefined {
  const error = script.errors?.[0]
  if (error === undefined) return undefined
  const last = script.commands.findLast((statement) => statement.pos <= error.pos)
  const lineStart = source.lastIndexOf('\n', Math.min(last?.pos ?? error.pos, error.pos) - 1) + 1
  const before = script.commands.filter((each) => each.pos < lineStart && each.end <= lineStart)
  const words = wording(error, source)
  // The end of the file is behind the last line.
  const isAtTheEnd = words.message.endsWith('end of file')
  const line = isAtTheEnd
    ? source.trimEnd().split('\n').length + 1
    : lineNumberAt(source, error.pos)
  return { ...words, line, before }
}

function wording(
  error: ParseError,
  source: string,
): { readonly message: string; readonly showsLine: boolean } {
  const token = /^unexpected token '(.*)'/.exec(error.message)?.[1]
  if (token !== undefined) {
    return { message: `syntax error near unexpected token \`${token}'`, showsLine: true }
  }
  const quote = QUOTES.find(([name]) => error.message.startsWith(`unterminated ${name}`))?.[1]
  if (quote !== undefined) {
    return { message: `unexpected EOF while looking for matching \`${quote}'`, showsLine: false }
  }
  if (isAtEnd(error, source)) {
    return { message: 'syntax error: unexpected end of file', showsLine: false }
  }
  const next = /^\s*(\n|;;|&&|\|\||[;&|()<>]|[^\s;&|()<>]+)/.exec(source.slice(error.pos))?.[1]
  const named = next === '\n' ? 'newline' : (next ?? 'newline')
  return { message: `syntax error near unexpected token \`${named}'`, showsLine: true }
}

const QUOTES = [
  ['double quote', '"'],
  ['single quote', "'"],
  ['command substitution', ')'],
  ['backtick', '`'],
  ['parameter expansion', '}'],
] as const

export function lineNumberAt(source: string, position: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at >= 0 && at < position; at = source.indexOf('\n', at + 1)) {
    line++
  }
  return line
}
