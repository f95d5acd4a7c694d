import { CliError } from '../errors.ts'
import { goJson } from './json.ts'

/** kubectl's JSONPath, which is older than the RFC and differs from it. */
type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | { readonly type: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'union'; readonly branches: readonly (readonly Step[])[] }
  | {
      readonly type: 'filter'
      readonly left: Operand
      readonly op: string
      readonly right: Operand
    }
  | { readonly type: 'root' }

type Operand =
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'literal'; readonly value: string | number | boolean }

type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] }

export class JsonPathError extends CliError {}

export class JsonPath {
  readonly #nodes: readonly Node[]

  constructor(template: string) {
    this.#nodes = parseTemplate(template)
  }

  /** The text the template makes of a value. */
  print(value: unknown): string {
    return printNodes(this.#nodes, value, value)
  }

  /** What the paths find, one list a path. */
  find(value: unknown): unknown[][] {
    return this.#nodes.flatMap((node) => {
      if (node.type === 'path') return [walk([value], node.steps, value)]
      if (node.type === 'text') return [[node.text]]
      const body = new JsonPathNodes(node.body)
      return walk([value], node.steps, value).flatMap((item) => body.find(item))
    })
  }
}

class JsonPathNodes {
  readonly #nodes: readonly Node[]

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  find(value: unknown): unknown[][] {
    return this.#nodes.flatMap((node) =>
      node.type === 'path' ? [walk([value], node.steps, value)] : [],
    )
  }
}

/** `.metadata.name`, `metadata.name` and `{.metadata.name}` mean the same. */
export function relaxedJsonPath(expression: string): string {
  if (expression === '') return expression
  const match = /^\{?\.?([^{}]*)\}?$/.exec(expression)
  if (match === null) {
    throw new CliError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    )
  }
  return `{.${match[1]}}`
}

function printNodes(nodes: readonly Node[], value: unknown, root: unknown): string {
  return nodes
    .map((node) => {
      if (node.type === 'text') return node.text
      const found = walk([value], node.steps, root)
      if (node.type === 'path') return found.map(asText).join(' ')
      return found.map((item) => printNodes(node.body, item, root)).join('')
    })
    .join('')
}

export function asText(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'object') return goJson(value)
  return String(value)
}

function walk(values: unknown[], steps: readonly Step[], root: unknown): unknown[] {
  return steps.reduce((found, step) => apply(found, step, root), values)
}

function apply(values: unknown[], step: Step, root: unknown): unknown[] {
  switch (step.type) {
    case 'root':
      return [root]
    case 'field':
      return values.flatMap((value) => member(value, step.name))
    case 'wildcard':
      return values.flatMap(children)
    case 'recursive':
      return values.flatMap(descendants)
    case 'index':
      return values.flatMap((value) => elementAt(value, step.index))
    case 'slice':
      return values.flatMap((value) => slice(value, step))
    case 'union':
      return step.branches.flatMap((branch) => walk(values, branch, root))
    case 'filter':
      return values.flatMap((value) =>
        children(value).filter((item) => holds(item, step.left, step.op, step.right, root)),
      )
  }
}

function member(value: unknown, name: string): unknown[] {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return []
  const found = (value as Record<string, unknown>)[name]
  return found === undefined ? [] : [found]
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return []
  return Object.keys(value)
    .sort()
    .map((key) => (value as Record<string, unknown>)[key])
}

function descendants(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(descendants)]
}

function elementAt(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) {
    if (value === null || value === undefined) return []
    throw new JsonPathError(`${goType(value)} is not array or slice`)
  }
  const at = index < 0 ? index + value.length : index
  if (at < 0 || at >= value.length) {
    throw new JsonPathError(`array index out of bounds: index ${index}, length ${value.length}`)
  }
  return [value[at]]
}

function goType(value: unknown): string {
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'float64' : 'string'
}

function slice(value: unknown, step: Extract<Step, { type: 'slice' }>): unknown[] {
  if (!Array.isArray(value)) {
    if (value === null || value === undefined) return []
    throw new JsonPathError(`${goType(value)} is not array or slice`)
  }
  const from = step.from ?? 0
  const to = step.to ?? value.length
  return value.slice(from, to).filter((_, at) => at % step.by === 0)
}

function holds(item: unknown, left: Operand, op: string, right: Operand, root: unknown): boolean {
  const leftValues = operandValues(left, item, root)
  if (op === 'exists') return leftValues.length > 0
  const [a] = leftValues
  const [b] = operandValues(right, item, root)
  if (a === undefined || b === undefined) return false
  switch (op) {
    case '==':
      return asText(a) === asText(b)
    case '!=':
      return asText(a) !== asText(b)
    default:
      return compares(a, op, b)
  }
}

function compares(a: unknown, op: string, b: unknown): boolean {
  const [x, y] = typeof a === 'number' && typeof b === 'number' ? [a, b] : [asText(a), asText(b)]
  if (op === '<') return x < y
  if (op === '>') return x > y
  return op === '<=' ? x <= y : x >= y
}

function operandValues(operand: Operand, item: unknown, root: unknown): unknown[] {
  return operand.type === 'literal' ? [operand.value] : walk([item], operand.steps, root)
}

type Block = { readonly text?: string; readonly action?: string }

function parseTemplate(template: string): Node[] {
  const blocks = splitBlocks(template)
  const { nodes, rest } = parseNodes(blocks, template)
  if (rest.length > 0) throw parseError(template, 'not in range, nothing to end')
  return nodes
}

function parseNodes(
  blocks: readonly Block[],
  template: string,
): { nodes: Node[]; rest: readonly Block[]; ended: boolean } {
  const nodes: Node[] = []
  let rest = blocks
  for (;;) {
    const [block, ...after] = rest
    if (block === undefined) return { nodes, rest: after, ended: false }
    rest = after
    if (block.text !== undefined) {
      nodes.push({ type: 'text', text: block.text })
      continue
    }
    const action = (block.action ?? '').trim()
    if (action === 'end') return { nodes, rest, ended: true }
    const range = /^range\s+(.*)$/s.exec(action)
    if (range === null) {
      nodes.push(...parseAction(action, template))
      continue
    }
    const body = parseNodes(rest, template)
    if (!body.ended) throw parseError(template, 'unexpected end of range')
    nodes.push({ type: 'range', steps: parseSteps(range[1] ?? '', template), body: body.nodes })
    rest = body.rest
  }
}

function splitBlocks(template: string): Block[] {
  const blocks: Block[] = []
  let at = 0
  while (at < template.length) {
    const open = template.indexOf('{', at)
    if (open < 0) {
      blocks.push({ text: template.slice(at) })
      break
    }
    if (open > at) blocks.push({ text: template.slice(at, open) })
    const close = closingBrace(template, open)
    if (close < 0) throw parseError(template, 'unclosed action')
    blocks.push({ action: template.slice(open + 1, close) })
    at = close + 1
  }
  return blocks
}

function closingBrace(template: string, open: number): number {
  let quote = ''
  for (let at = open + 1; at < template.length; at++) {
    const character = template[at]
    if (quote !== '') {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '}') return at
  }
  return -1
}

function parseAction(action: string, template: string): Node[] {
  const nodes: Node[] = []
  for (const part of splitWords(action)) {
    if (/^["']/.test(part)) nodes.push({ type: 'text', text: unquote(part) })
    else nodes.push({ type: 'path', steps: parseSteps(part, template) })
  }
  return nodes
}

// Words of an action: blanks separate them, except inside quotes, brackets and parentheses.
function splitWords(action: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  let depth = 0
  for (let at = 0; at < action.length; at++) {
    const character = action.charAt(at)
    if (quote !== '') {
      word += character
      if (character === '\\') word += action.charAt(++at)
      else if (character === quote) quote = ''
      continue
    }
    if (character === '"' || character === "'") quote = character
    if (character === '[' || character === '(') depth++
    if (character === ']' || character === ')') depth--
    if (/\s/.test(character) && depth === 0) {
      if (word !== '') words.push(word)
      word = ''
    } else word += character
  }
  if (word !== '') words.push(word)
  return words
}

function unquote(text: string): string {
  const body = text.slice(1, text.length > 1 && text.endsWith(text.charAt(0)) ? -1 : undefined)
  return body.replace(/\\(.)/g, (_, character: string) => {
    return { n: '\n', t: '\t', r: '\r' }[character] ?? character
  })
}

function parseSteps(path: string, template: string): Step[] {
  const steps: Step[] = []
  let at = 0
  while (at < path.length) {
    const character = path.charAt(at)
    if (character === '$') {
      steps.push({ type: 'root' })
      at++
    } else if (character === '@') at++
    else if (path.startsWith('..', at)) {
      steps.push({ type: 'recursive' })
      at += path.charAt(at + 2) === '[' ? 2 : 1
      if (path.charAt(at) === '.' && path.charAt(at + 1) === '') at++
    } else if (character === '.') at = parseField(path, at + 1, steps)
    else if (character === '[') {
      const close = closingBracket(path, at)
      if (close < 0) throw parseError(template, 'unterminated array')
      steps.push(parseBracket(path.slice(at + 1, close), template))
      at = close + 1
    } else if (/[\w-]/.test(character)) at = parseField(path, at, steps)
    else {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      throw parseError(template, `unrecognized character in action: U+${code} '${character}'`)
    }
  }
  return steps
}

function parseField(path: string, from: number, steps: Step[]): number {
  let name = ''
  let at = from
  for (; at < path.length && !/[.[\]\s]/.test(path.charAt(at)); at++) {
    if (path.charAt(at) === '\\') at++
    name += path.charAt(at)
  }
  if (name === '*') steps.push({ type: 'wildcard' })
  else if (name !== '') steps.push({ type: 'field', name })
  return at
}

function closingBracket(path: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let at = open; at < path.length; at++) {
    const character = path.charAt(at)
    if (quote !== '') {
      if (character === '\\') at++
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '[') depth++
    else if (character === ']' && --depth === 0) return at
  }
  return -1
}

function parseBracket(text: string, template: string): Step {
  const inner = text.trim()
  if (inner === '*') return { type: 'wildcard' }
  const filter = /^\?\((.*)\)$/s.exec(inner)
  if (filter !== null) return parseFilter(filter[1] ?? '', template)
  const quotedNames = splitCommas(inner)
  if (quotedNames.length > 1) {
    return { type: 'union', branches: quotedNames.map((part) => [parseBracket(part, template)]) }
  }
  if (/^["']/.test(inner)) return { type: 'field', name: unquote(inner) }
  if (/^-?\d+$/.test(inner)) return { type: 'index', index: Number(inner) }
  const range = /^(-?\d*):(-?\d*)(?::(\d*))?$/.exec(inner)
  if (range !== null) {
    return {
      type: 'slice',
      ...((range[1] ?? '') === '' ? {} : { from: Number(range[1]) }),
      ...((range[2] ?? '') === '' ? {} : { to: Number(range[2]) }),
      by: Number(range[3] ?? '') || 1,
    }
  }
  throw parseError(template, `invalid array index ${inner}`)
}

function splitCommas(text: string): string[] {
  const parts = text.match(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,])+/g) ?? []
  return parts.map((part) => part.trim())
}

function parseFilter(text: string, template: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(text)
  if (match === null) {
    const left = parseOperand(text, template)
    return { type: 'filter', left, op: 'exists', right: { type: 'literal', value: '' } }
  }
  return {
    type: 'filter',
    left: parseOperand(match[1] ?? '', template),
    op: match[2] ?? '',
    right: parseOperand(match[3] ?? '', template),
  }
}

function parseOperand(text: string, template: string): Operand {
  const trimmed = text.trim()
  if (/^["']/.test(trimmed)) return { type: 'literal', value: unquote(trimmed) }
  if (/^[-+]?\d+(\.\d+)?$/.test(trimmed)) return { type: 'literal', value: Number(trimmed) }
  if (trimmed === 'true' || trimmed === 'false') {
    return { type: 'literal', value: trimmed === 'true' }
  }
  return { type: 'path', steps: parseSteps(trimmed, template) }
}

function parseError(template: string, problem: string): CliError {
  return new CliError(`error parsing jsonpath ${template}, ${problem}`)
}
