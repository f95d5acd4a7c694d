import { labelValueFaults, qualifiedNameFaults } from './names.ts'
import { goQuote } from './quote.ts'
import { badRequest } from './statuses.ts'

/** One term of the query parameter `labelSelector`. */
type Requirement = {
  readonly key: string
  readonly operator: '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<'
  readonly values: readonly string[]
}

/** All of its requirements must hold; an empty one selects everything. */
export type Selector = readonly Requirement[]

export function matchesSelector(
  selector: Selector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selector.every((requirement) => meets(requirement, labels?.[requirement.key]))
}

function meets({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case '>':
    case '<':
      return compares(value, operator, values[0] ?? '')
  }
}

const INTEGER = /^[+-]?\d+$/

function compares(value: string | undefined, operator: '>' | '<', bound: string): boolean {
  if (value === undefined || !INTEGER.test(value)) return false
  return operator === '>' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound)
}

type Token = { readonly type: 'word' | 'symbol' | 'end'; readonly text: string }

/** Parses a selector. Throws a 400 worded as the server words it. */
export function parseLabelSelector(text: string): Selector {
  return text === '' ? [] : new SelectorParser(tokenize(text)).parse()
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const [token] of text.matchAll(/==|!=|[=!<>(),]|[^\s=!<>(),]+/g))
    tokens.push({ type: /^[=!<>(),]/.test(token) ? 'symbol' : 'word', text: token })
  return tokens
}

class SelectorParser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Selector {
    const requirements: Requirement[] = []
    const first = this.#peek()
    if (first.type === 'end') return requirements
    if (first.type === 'symbol' && first.text !== '!')
      throw badRequest(`found '${first.text}', expected: !, identifier, or 'end of string'`)
    for (;;) {
      requirements.push(this.#requirement())
      const next = this.#take()
      if (next.type === 'end') return requirements
      if (next.text !== ',')
        throw badRequest(`found '${next.text}', expected: ',' or 'end of string'`)
      const after = this.#peek()
      if (after.type !== 'word' && after.text !== '!')
        throw badRequest(`found '${after.text}', expected: identifier after ','`)
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '' }
  }

  #take(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #requirement(): Requirement {
    const isNegated = this.#peek().text === '!'
    if (isNegated) this.#take()
    const key = this.#take()
    if (key.type !== 'word') throw unable(`found '${key.text}', expected: identifier`)
    checkKey(key.text)
    if (isNegated) return { key: key.text, operator: '!', values: [] }
    const next = this.#peek()
    if (next.type === 'end' || next.text === ',')
      return { key: key.text, operator: 'exists', values: [] }
    this.#take()
    const requirement = { key: key.text, ...this.#comparison(next) }
    checkValues(requirement)
    return requirement
  }

  #comparison(token: Token): Omit<Requirement, 'key'> {
    switch (token.text) {
      case '=':
      case '==':
        return { operator: '=', values: [this.#exactValue()] }
      case '!=':
      case '>':
      case '<':
        return { operator: token.text, values: [this.#exactValue()] }
      case 'in':
      case 'notin':
        return { operator: token.text, values: this.#values() }
      default:
        throw unable(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  #exactValue(): string {
    const next = this.#peek()
    if (next.type === 'end' || next.text === ',') return ''
    this.#take()
    if (next.type !== 'word') throw unable(`found '${next.text}', expected: identifier`)
    return next.text
  }

  #values(): string[] {
    const open = this.#take()
    if (open.text !== '(') throw unable(`found '${open.text}' expected: '('`)
    const values: string[] = []
    let isValueDue = true
    for (;;) {
      const token = this.#take()
      if (token.type === 'word' && isValueDue) {
        values.push(token.text)
        isValueDue = false
      } else if (token.text === ',') {
        if (isValueDue) values.push('')
        isValueDue = true
      } else if (token.text === ')') {
        if (isValueDue) values.push('')
        return [...new Set(values)]
      } else {
        throw unable(`found '${token.text}', expected: ',' or ')'`)
      }
    }
  }
}

function checkKey(key: string): void {
  const faults = qualifiedNameFaults(key)
  if (faults.length > 0) throw unable(`<nil>: Invalid value: ${goQuote(key)}: ${faults.join('; ')}`)
}

function checkValues({ key, operator, values }: Requirement): void {
  if (operator === '>' || operator === '<') {
    const bound = values[0] ?? ''
    if (!INTEGER.test(bound)) {
      throw unable(
        `values[0]: Invalid value: ${goQuote(bound)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      )
    }
  }
  for (const [index, value] of values.entries()) {
    const faults = labelValueFaults(value)
    if (faults.length === 0) continue
    throw unable(`values[${index}][${key}]: Invalid value: ${goQuote(value)}: ${faults.join('; ')}`)
  }
}

function unable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`)
}
