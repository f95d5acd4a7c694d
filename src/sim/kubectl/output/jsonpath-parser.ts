import { CliError } from '../errors.ts'

export type Step =
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

export type Operand =
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'literal'; readonly value: string | number | boolean }

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] }

type Block = { readonly text?: string; readonly action?: string }

export function parseTemplate(template: string): Node[] {
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
    const range = /^range(?![\w-])\s*(.*)$/s.exec(action)
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
