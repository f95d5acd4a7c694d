import { CliError } from '../errors.ts'
import { goFormat } from '#sim/apimachinery/go-format.ts'

/**
 * Go's text/template on plain objects: fields, range, if, with, variables, pipelines and the
 * usual functions. Simplified: no nested template definitions.
 */
type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipe: Pipe }
  | {
      readonly type: 'block'
      readonly word: 'range' | 'if' | 'with'
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }

type Pipe = {
  /** Variables that the value is stored in: `$k, $v := …`. */
  readonly declared: readonly string[]
  readonly commands: readonly (readonly Term[])[]
}

type Term =
  | { readonly type: 'literal'; readonly value: unknown }
  | { readonly type: 'field'; readonly base: Term | undefined; readonly names: readonly string[] }
  | { readonly type: 'variable'; readonly name: string; readonly names: readonly string[] }
  | { readonly type: 'function'; readonly name: string }
  | { readonly type: 'group'; readonly pipe: Pipe; readonly names: readonly string[] }

type Scope = { readonly dot: unknown; readonly variables: Map<string, unknown> }

const NO_VALUE = Symbol('no value')

export function compileTemplate(template: string): (value: unknown) => string {
  const fail = (problem: string): never => {
    throw new CliError(`error parsing template ${template}, template: output:1: ${problem}`)
  }
  const nodes = new Parser(tokenize(template, fail), fail).parse()
  return (value) => render(nodes, { dot: value, variables: new Map([['$', value]]) })
}

type Token = { readonly text?: string; readonly action?: string }

function tokenize(template: string, fail: (problem: string) => never): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    const text = template.slice(at, open < 0 ? undefined : open)
    if (text !== '') tokens.push({ text })
    if (open < 0) break
    const match = /^\{\{(-\s)?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\}).)*?)(\s-)?\}\}/s.exec(
      template.slice(open),
    )
    if (match === null) return fail('unclosed action')
    if (match[1] !== undefined) trimLast(tokens)
    tokens.push({ action: (match[2] ?? '').trim() })
    at = open + match[0].length
    if (match[3] !== undefined) at += /^\s*/.exec(template.slice(at))?.[0].length ?? 0
  }
  return tokens.filter(({ action }) => action === undefined || !action.startsWith('/*'))
}

function trimLast(tokens: Token[]): void {
  const last = tokens.at(-1)
  if (last?.text !== undefined) tokens[tokens.length - 1] = { text: last.text.trimEnd() }
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #fail: (problem: string) => never
  #at = 0

  constructor(tokens: readonly Token[], fail: (problem: string) => never) {
    this.#tokens = tokens
    this.#fail = fail
  }

  parse(): Node[] {
    const { nodes, end } = this.#nodes()
    if (end !== undefined) this.#fail(`unexpected {{${end}}}`)
    return nodes
  }

  #nodes(): { nodes: Node[]; end: string | undefined } {
    const nodes: Node[] = []
    for (;;) {
      const token = this.#tokens[this.#at++]
      if (token === undefined) return { nodes, end: undefined }
      if (token.text !== undefined) {
        nodes.push({ type: 'text', text: token.text })
        continue
      }
      const action = token.action ?? ''
      if (/^(end|else)\b/.test(action)) return { nodes, end: action }
      const block = /^(range|if|with)\b\s*(.*)$/s.exec(action)
      if (block === null) nodes.push({ type: 'print', pipe: this.#pipe(action) })
      else nodes.push(this.#block(block[1] as 'range' | 'if' | 'with', block[2] ?? ''))
    }
  }

  #block(word: 'range' | 'if' | 'with', condition: string): Node {
    const pipe = this.#pipe(condition)
    const { nodes: body, end } = this.#nodes()
    if (end === undefined) return this.#fail('unexpected EOF')
    if (end === 'end') return { type: 'block', word, pipe, body, otherwise: [] }
    const chained = /^else\s+(if|with)\s+(.*)$/s.exec(end)
    if (chained !== null) {
      const otherwise = [this.#block(chained[1] as 'if' | 'with', chained[2] ?? '')]
      return { type: 'block', word, pipe, body, otherwise }
    }
    const rest = this.#nodes()
    if (rest.end !== 'end') return this.#fail('unexpected EOF')
    return { type: 'block', word, pipe, body, otherwise: rest.nodes }
  }

  #pipe(text: string): Pipe {
    const declaration = /^((?:\$\w*\s*,\s*)?\$\w*)\s*:?=\s*(.*)$/s.exec(text)
    const declared = declaration?.[1]?.split(',').map((name) => name.trim()) ?? []
    const words = lex(declaration?.[2] ?? text, this.#fail)
    return { declared, commands: this.#commands(words) }
  }

  #commands(words: readonly string[]): Term[][] {
    const commands: Term[][] = [[]]
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? ''
      if (word === '|') commands.push([])
      else if (word === '(') {
        const close = closing(words, at)
        const names = (words[close + 1] ?? '').startsWith('.')
          ? fieldNames(words[close + 1] ?? '')
          : []
        const pipe = { declared: [], commands: this.#commands(words.slice(at + 1, close)) }
        commands.at(-1)?.push({ type: 'group', pipe, names })
        at = close + (names.length > 0 ? 1 : 0)
      } else commands.at(-1)?.push(this.#term(word))
    }
    if (commands.some((command) => command.length === 0)) this.#fail('missing value for command')
    return commands
  }

  #term(word: string): Term {
    if (word === '.') return { type: 'field', base: undefined, names: [] }
    if (word.startsWith('.')) return { type: 'field', base: undefined, names: fieldNames(word) }
    if (word.startsWith('$')) {
      const [name = '$', ...names] = word.split('.')
      return { type: 'variable', name, names }
    }
    if (word.startsWith('"')) return { type: 'literal', value: JSON.parse(word) }
    if (word.startsWith('`')) return { type: 'literal', value: word.slice(1, -1) }
    if (/^-?\d/.test(word)) return { type: 'literal', value: Number(word) }
    if (word === 'true' || word === 'false') return { type: 'literal', value: word === 'true' }
    if (word === 'nil') return { type: 'literal', value: null }
    if (!(word in FUNCTIONS)) this.#fail(`function "${word}" not defined`)
    return { type: 'function', name: word }
  }
}

function lex(text: string, fail: (problem: string) => never): string[] {
  const words: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    const match = /^("(?:[^"\\]|\\.)*"|`[^`]*`|[()|]|[^\s()|"`]+)/.exec(rest)
    if (match === null) return fail(`unexpected ${JSON.stringify(rest.charAt(0))} in operand`)
    words.push(match[0])
    rest = rest.slice(match[0].length).trimStart()
  }
  return words
}

function closing(words: readonly string[], open: number): number {
  let depth = 0
  for (let at = open; at < words.length; at++) {
    if (words[at] === '(') depth++
    if (words[at] === ')' && --depth === 0) return at
  }
  return words.length
}

function fieldNames(word: string): string[] {
  return word.split('.').slice(1)
}

function render(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join('')
}

function renderNode(node: Node, scope: Scope): string {
  if (node.type === 'text') return node.text
  const value = evaluate(node.pipe, scope)
  if (node.type === 'print') return node.pipe.declared.length > 0 ? '' : printed(value)
  if (node.word === 'range') return renderRange(node, value, scope)
  if (!isTrue(value)) return render(node.otherwise, scope)
  return render(node.body, node.word === 'with' ? { ...scope, dot: value } : scope)
}

function renderRange(node: Extract<Node, { type: 'block' }>, value: unknown, scope: Scope): string {
  const entries = entriesOf(value)
  if (entries.length === 0) return render(node.otherwise, scope)
  return entries
    .map(([key, member]) => {
      const variables = new Map(scope.variables)
      const [first, second] = node.pipe.declared
      if (second !== undefined && first !== undefined) variables.set(first, key).set(second, member)
      else if (first !== undefined) variables.set(first, member)
      return render(node.body, { dot: member, variables })
    })
    .join('')
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((member, at) => [at, member])
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}

function evaluate(pipe: Pipe, scope: Scope): unknown {
  let result: unknown = NO_VALUE
  for (const [at, command] of pipe.commands.entries()) {
    result = run(command, scope, at === 0 ? [] : [result])
  }
  if (pipe.declared.length === 1) scope.variables.set(pipe.declared[0] ?? '', result)
  return result
}

function run(command: readonly Term[], scope: Scope, piped: readonly unknown[]): unknown {
  const [head, ...rest] = command
  if (head === undefined) return NO_VALUE
  if (head.type !== 'function') return valueOf(head, scope)
  const args = [...rest.map((term) => valueOf(term, scope)), ...piped]
  return (FUNCTIONS[head.name] ?? (() => NO_VALUE))(
    ...args.map((arg) => (arg === NO_VALUE ? null : arg)),
  )
}

function valueOf(term: Term, scope: Scope): unknown {
  switch (term.type) {
    case 'literal':
      return term.value
    case 'field':
      return follow(scope.dot, term.names)
    case 'variable':
      return follow(scope.variables.get(term.name), term.names)
    case 'group':
      return follow(evaluate(term.pipe, scope), term.names)
    case 'function':
      return run([term], scope, [])
  }
}

function follow(value: unknown, names: readonly string[]): unknown {
  let here = value
  for (const name of names) {
    if (typeof here !== 'object' || here === null) return NO_VALUE
    const found = (here as Record<string, unknown>)[name]
    here = found === undefined ? NO_VALUE : found
  }
  return here
}

function printed(value: unknown): string {
  if (value === NO_VALUE || value === null || value === undefined) return '<no value>'
  return goFormat(value)
}

function isTrue(value: unknown): boolean {
  if (value === NO_VALUE || value === null || value === undefined) return false
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object') return Object.keys(value).length > 0
  return value !== '' && value !== 0 && value !== false
}

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  not: (arg) => !isTrue(arg),
  len: (arg) => (typeof arg === 'string' ? arg.length : entriesOf(arg).length),
  index: (base, ...keys) => keys.reduce<unknown>((here, key) => follow(here, [String(key)]), base),
  slice: (base, from = 0, to) =>
    (base as string | unknown[]).slice(Number(from), to === undefined ? undefined : Number(to)),
  eq: (a, ...others) => others.some((b) => a === b),
  ne: (a, b) => a !== b,
  lt: (a, b) => (a as number) < (b as number),
  le: (a, b) => (a as number) <= (b as number),
  gt: (a, b) => (a as number) > (b as number),
  ge: (a, b) => (a as number) >= (b as number),
  print: (...args) => args.map(goFormat).join(''),
  println: (...args) => `${args.map(goFormat).join(' ')}\n`,
  printf: (format, ...args) => formatted(String(format), args),
  html: (arg) => goFormat(arg),
  js: (arg) => goFormat(arg),
  exists: (base, ...keys) =>
    keys.reduce<unknown>((here, key) => follow(here, [String(key)]), base) !== NO_VALUE,
  base64decode: (arg) => decodeBase64(String(arg)),
}

function formatted(format: string, args: readonly unknown[]): string {
  let at = 0
  return format.replace(
    /%([-+0]*)(\d*)(?:\.(\d+))?([vsdqtf%])/g,
    (_, flags, width, digits, verb) => {
      if (verb === '%') return '%'
      const value = args[at++]
      const text =
        verb === 'q'
          ? JSON.stringify(value)
          : verb === 'f'
            ? Number(value).toFixed(digits === undefined ? 6 : Number(digits))
            : goFormat(value)
      const size = Number(width || 0)
      return String(flags).includes('-') ? text.padEnd(size) : text.padStart(size)
    },
  )
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function decodeBase64(text: string): string {
  let bits = 0
  let count = 0
  let out = ''
  for (const character of text.replace(/[=\s]/g, '')) {
    bits = (bits << 6) | BASE64.indexOf(character)
    count += 6
    if (count < 8) continue
    count -= 8
    out += String.fromCharCode((bits >> count) & 0xff)
  }
  return out
}
