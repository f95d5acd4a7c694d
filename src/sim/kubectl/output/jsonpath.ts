import { CliError } from '../errors.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { type Node, type Operand, parseTemplate, type Step } from './jsonpath-parser.ts'

export class JsonPathError extends CliError {}

/** kubectl's JSONPath, which is older than the RFC and differs from it. */
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
