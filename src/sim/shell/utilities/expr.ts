import { posixRegExp } from './regex.ts'
import { type Tool, UsageError } from './tool.ts'

const LEVELS: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['<', '<=', '=', '==', '!=', '>=', '>'],
  ['+', '-'],
  ['*', '/', '%'],
  [':'],
]

export const expr: Tool = function* (proc) {
  const words = proc.argv.slice(1)
  if (words.length === 0) throw new UsageError('missing operand', 2)
  const parser = new ExprParser(words)
  const result = parser.level(0)
  parser.expectEnd()
  yield* proc.write(1, `${result}\n`)
  return result === '' || result === '0' ? 1 : 0
}

class ExprParser {
  readonly #words: readonly string[]
  #at = 0

  constructor(words: readonly string[]) {
    this.#words = words
  }

  level(level: number): string {
    const operators = LEVELS[level]
    if (operators === undefined) return this.#primary()
    let left = this.level(level + 1)
    for (;;) {
      const operator = this.#words[this.#at]
      if (operator === undefined || !operators.includes(operator)) return left
      this.#at++
      left = operate(operator, left, this.level(level + 1))
    }
  }

  expectEnd(): void {
    const rest = this.#words[this.#at]
    if (rest !== undefined) throw new UsageError(`syntax error: unexpected argument '${rest}'`, 2)
  }

  #primary(): string {
    const word = this.#words[this.#at++]
    if (word === undefined)
      throw new UsageError(`syntax error: missing argument after '${this.#words.at(-1)}'`, 2)
    if (word === '(') {
      const inner = this.level(0)
      if (this.#words[this.#at++] !== ')') throw new UsageError("syntax error: expecting ')'", 2)
      return inner
    }
    const next = this.#words[this.#at]
    if (word === 'length' && next !== undefined) return String(Array.from(this.#primary()).length)
    if (word === 'substr' && next !== undefined) {
      const [text, start, length] = [
        this.#primary(),
        Number(this.#primary()),
        Number(this.#primary()),
      ]
      return text.slice(Math.max(0, start - 1), Math.max(0, start - 1 + length))
    }
    if (word === 'index' && next !== undefined) {
      const [text, set] = [this.#primary(), this.#primary()]
      return String(Array.from(text).findIndex((character) => set.includes(character)) + 1)
    }
    if (word === 'match' && next !== undefined)
      return operate(':', this.#primary(), this.#primary())
    return word
  }
}

function operate(operator: string, left: string, right: string): string {
  switch (operator) {
    case '|':
      return left !== '' && left !== '0' ? left : right === '' ? '0' : right
    case '&':
      return left !== '' && left !== '0' && right !== '' && right !== '0' ? left : '0'
    case ':':
      return matched(left, right)
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(operator, left, right)
    default:
      return compare(operator, left, right) ? '1' : '0'
  }
}

function matched(text: string, pattern: string): string {
  const match = posixRegExp(pattern.startsWith('^') ? pattern : `^${pattern}`, false).exec(text)
  const hasGroup = pattern.includes('\\(')
  if (hasGroup) return match?.[1] ?? ''
  return String(match?.[0].length ?? 0)
}

function isInteger(text: string): boolean {
  return /^-?\d+$/.test(text)
}

function arithmetic(operator: string, left: string, right: string): string {
  if (!isInteger(left) || !isInteger(right)) throw new UsageError('non-integer argument', 2)
  const [a, b] = [BigInt(left), BigInt(right)]
  if (operator === '+') return String(a + b)
  if (operator === '-') return String(a - b)
  if (operator === '*') return String(a * b)
  if (b === 0n) throw new UsageError('division by zero', 2)
  return String(operator === '/' ? a / b : a % b)
}

function compare(operator: string, left: string, right: string): boolean {
  const areNumbers = isInteger(left) && isInteger(right)
  const order = areNumbers
    ? Math.sign(Number(BigInt(left) - BigInt(right)))
    : left < right
      ? -1
      : left > right
        ? 1
        : 0
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '!=':
      return order !== 0
    case '>=':
      return order >= 0
    case '>':
      return order > 0
    default:
      return order === 0
  }
}
