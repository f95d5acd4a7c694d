/** How expressions reach variables; `key` is the text between the brackets of `name[key]`. */
export type ArithmeticContext = {
  get(name: string, key: string | undefined): string
  set(name: string, key: string | undefined, value: string): void
}

export class ArithmeticError extends Error {
  override readonly name = 'ArithmeticError'
}

/** The value of an expression, in 64-bit integers as bash has them. */
export function evaluateArithmetic(text: string, context: ArithmeticContext, depth = 0): bigint {
  if (depth > RECURSION_MAX) {
    throw new ArithmeticError(`${text}: expression recursion level exceeded`)
  }
  const trimmed = text.trim()
  if (trimmed === '') return 0n
  if (/^(0|[1-9]\d*)$/.test(trimmed)) return BigInt.asIntN(64, BigInt(trimmed))
  return evaluate(parseArithmetic(trimmed), { text: trimmed, context, depth })
}

const RECURSION_MAX = 256

type Expression =
  | { readonly type: 'number'; readonly value: bigint }
  | { readonly type: 'variable'; readonly name: string; readonly key: string | undefined }
  | { readonly type: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly type: 'step'; readonly by: bigint; readonly isPrefix: boolean; target: Target }
  | { readonly type: 'binary'; readonly operator: string; left: Expression; right: Expression }
  | { readonly type: 'assign'; readonly operator: string; target: Target; value: Expression }
  | { readonly type: 'choice'; test: Expression; yes: Expression; no: Expression }

type Target = Expression & { readonly type: 'variable' }
type Evaluation = { readonly text: string; readonly context: ArithmeticContext; depth: number }

const PRECEDENCE: readonly (readonly string[])[] = [
  [','],
  ['='],
  ['?'],
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
]
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|='])
const BINARY_START = 3
const TOKEN =
  /\s*(?:(\d+#[0-9A-Za-z@_]+|0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(<<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|[<>=!+\-*/%&^|]=|[-+*/%<>!~&^|?:,=()[\]]))/y

type Token = { readonly type: 'number' | 'name' | 'operator'; text: string; end: number }

function parseArithmetic(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.level(0)
  parser.expectEnd()
  return expression
}

class Parser {
  readonly #text: string
  #at = 0
  #next: Token | undefined
  #last = ''

  constructor(text: string) {
    this.#text = text
    this.#next = this.#scan()
  }

  level(level: number): Expression {
    if (level === 1) return this.#assignment()
    if (level === 2) return this.#choice()
    if (level === PRECEDENCE.length) return this.#unary()
    let left = this.level(level + 1)
    for (;;) {
      const operator = this.#takeOneOf(PRECEDENCE[level] ?? [])
      if (operator === undefined) return left
      // Exponentiation groups from the right.
      const right = this.level(operator === '**' ? level : level + 1)
      left = { type: 'binary', operator, left, right }
    }
  }

  expectEnd(): void {
    if (this.#next !== undefined) this.#fail('syntax error in expression')
    if (this.#text.slice(this.#at).trim() !== '')
      this.#fail('syntax error: invalid arithmetic operator')
  }

  #assignment(): Expression {
    const target = this.#choice()
    const operator = this.#next?.text
    if (operator === undefined || !ASSIGNMENTS.has(operator)) return target
    if (target.type !== 'variable') this.#fail('attempted assignment to non-variable')
    this.#advance()
    return { type: 'assign', operator: operator.slice(0, -1), target, value: this.#assignment() }
  }

  #choice(): Expression {
    const test = this.level(BINARY_START)
    if (!this.#takes('?')) return test
    const yes = this.level(0)
    if (!this.#takes(':')) this.#fail("`:' expected for conditional expression")
    return { type: 'choice', test, yes, no: this.#assignment() }
  }

  #unary(): Expression {
    const step = this.#takeOneOf(['++', '--'])
    if (step !== undefined) {
      const target = this.#unary()
      if (target.type !== 'variable') this.#fail('syntax error: operand expected')
      return { type: 'step', by: step === '++' ? 1n : -1n, isPrefix: true, target }
    }
    const operator = this.#takeOneOf(['-', '+', '!', '~'])
    if (operator !== undefined) return { type: 'unary', operator, operand: this.#unary() }
    return this.#postfix()
  }

  #postfix(): Expression {
    const operand = this.#primary()
    if (operand.type !== 'variable') return operand
    const step = this.#takeOneOf(['++', '--'])
    if (step === undefined) return operand
    return { type: 'step', by: step === '++' ? 1n : -1n, isPrefix: false, target: operand }
  }

  #primary(): Expression {
    const token = this.#next
    if (token === undefined) return this.#fail('syntax error: operand expected')
    if (this.#takes('(')) {
      const inner = this.level(0)
      if (!this.#takes(')')) this.#fail("missing `)'")
      return inner
    }
    if (token.type === 'operator') return this.#fail('syntax error: operand expected')
    if (token.type === 'number') {
      this.#advance()
      return { type: 'number', value: numberOf(token.text) }
    }
    const key = this.#subscript(token)
    this.#advance()
    return { type: 'variable', name: token.text, key }
  }

  /** The raw text between the brackets behind a name; it is an expression or a key. */
  #subscript(name: Token): string | undefined {
    if (this.#text[name.end] !== '[') return undefined
    let depth = 0
    for (let i = name.end; i < this.#text.length; i++) {
      if (this.#text[i] === '[') depth++
      else if (this.#text[i] === ']' && --depth === 0) {
        this.#at = i + 1
        return this.#text.slice(name.end + 1, i)
      }
    }
    return this.#fail('bad array subscript')
  }

  #takes(text: string): boolean {
    return this.#takeOneOf([text]) !== undefined
  }

  #takeOneOf(texts: readonly string[]): string | undefined {
    const token = this.#next
    if (token?.type !== 'operator' || !texts.includes(token.text)) return undefined
    this.#advance()
    return token.text
  }

  #advance(): void {
    this.#last = this.#next?.text ?? this.#last
    this.#next = this.#scan()
  }

  #scan(): Token | undefined {
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#text)
    if (match === null) return undefined
    this.#at = TOKEN.lastIndex
    const end = this.#at
    if (match[1] !== undefined) return { type: 'number', text: match[1], end }
    if (match[2] !== undefined) return { type: 'name', text: match[2], end }
    return { type: 'operator', text: match[3] ?? '', end }
  }

  #fail(why: string): never {
    const token = this.#next?.text ?? (this.#text.slice(this.#at).trim() || this.#last)
    throw new ArithmeticError(`${this.#text}: ${why} (error token is "${token}")`)
  }
}

function numberOf(text: string): bigint {
  const based = /^(\d+)#(.+)$/.exec(text)
  if (based !== null) return inBase(based[2] ?? '', Number(based[1]), text)
  if (/^0[xX]/.test(text)) return BigInt(text)
  if (/^0\d/.test(text)) return inBase(text.slice(1), 8, text)
  return BigInt.asIntN(64, BigInt(text))
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_'

function inBase(digits: string, base: number, text: string): bigint {
  let value = 0n
  for (const digit of base <= 36 ? digits.toLowerCase() : digits) {
    const at = DIGITS.indexOf(digit)
    if (at < 0 || at >= base) {
      throw new ArithmeticError(`${text}: value too great for base (error token is "${text}")`)
    }
    value = value * BigInt(base) + BigInt(at)
  }
  return BigInt.asIntN(64, value)
}

function evaluate(expression: Expression, evaluation: Evaluation): bigint {
  switch (expression.type) {
    case 'number':
      return expression.value
    case 'variable':
      return valueOf(expression, evaluation)
    case 'unary':
      return unary(expression.operator, evaluate(expression.operand, evaluation))
    case 'step': {
      const before = valueOf(expression.target, evaluation)
      const after = BigInt.asIntN(64, before + expression.by)
      store(expression.target, after, evaluation)
      return expression.isPrefix ? after : before
    }
    case 'choice': {
      const isYes = evaluate(expression.test, evaluation) !== 0n
      return evaluate(isYes ? expression.yes : expression.no, evaluation)
    }
    case 'assign': {
      const right = evaluate(expression.value, evaluation)
      const value =
        expression.operator === ''
          ? right
          : binary(expression.operator, valueOf(expression.target, evaluation), right, evaluation)
      store(expression.target, value, evaluation)
      return value
    }
    case 'binary': {
      const left = evaluate(expression.left, evaluation)
      if (expression.operator === '&&' && left === 0n) return 0n
      if (expression.operator === '||' && left !== 0n) return 1n
      const right = evaluate(expression.right, evaluation)
      return binary(expression.operator, left, right, evaluation)
    }
  }
}

function valueOf(target: Target, evaluation: Evaluation): bigint {
  const text = evaluation.context.get(target.name, target.key)
  return evaluateArithmetic(text, evaluation.context, evaluation.depth + 1)
}

function store(target: Target, value: bigint, evaluation: Evaluation): void {
  evaluation.context.set(target.name, target.key, String(value))
}

function unary(operator: string, value: bigint): bigint {
  if (operator === '-') return BigInt.asIntN(64, -value)
  if (operator === '!') return value === 0n ? 1n : 0n
  return operator === '~' ? ~value : value
}

function binary(operator: string, a: bigint, b: bigint, evaluation: Evaluation): bigint {
  if ((operator === '/' || operator === '%') && b === 0n) {
    throw new ArithmeticError(`${evaluation.text}: division by 0 (error token is "${b}")`)
  }
  if (operator === '**' && b < 0n) {
    throw new ArithmeticError(`${evaluation.text}: exponent less than 0 (error token is "${b}")`)
  }
  const operate = BINARY[operator]
  if (operate === undefined) throw new ArithmeticError(`${evaluation.text}: syntax error`)
  return BigInt.asIntN(64, operate(a, b))
}

/** By squaring within 64 bits: `2**1000000` must not build a number of a million bits. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = BigInt.asIntN(64, result * square)
    square = BigInt.asIntN(64, square * square)
  }
  return result
}

const truth = (isTrue: boolean): bigint => (isTrue ? 1n : 0n)

const BINARY: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  ',': (_a, b) => b,
  '||': (a, b) => truth(a !== 0n || b !== 0n),
  '&&': (a, b) => truth(a !== 0n && b !== 0n),
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '==': (a, b) => truth(a === b),
  '!=': (a, b) => truth(a !== b),
  '<=': (a, b) => truth(a <= b),
  '>=': (a, b) => truth(a >= b),
  '<': (a, b) => truth(a < b),
  '>': (a, b) => truth(a > b),
  '<<': (a, b) => a << (b & 63n),
  '>>': (a, b) => a >> (b & 63n),
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': power,
}
