import { type Token, tokenize } from './lexer.ts'
import {
  AwkError,
  type AwkFunction,
  type AwkProgram,
  type Expr,
  type Lvalue,
  type Output,
  type Rule,
  type Statement,
} from './syntax.ts'

export function parseAwk(source: string): AwkProgram {
  return new Parser(source).program()
}

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=', '**='])
const COMPARISONS = new Set(['<', '<=', '==', '!=', '>', '>='])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  /** In `print a > "file"` the `>` is no comparison. */
  #forbidsGreater = false

  constructor(source: string) {
    this.#tokens = tokenize(source)
  }

  program(): AwkProgram {
    const rules: Rule[] = []
    const functions = new Map<string, AwkFunction>()
    for (;;) {
      this.#skipEnds()
      if (this.#next.type === 'end') return { rules, functions }
      if (this.#isKeyword('function') || this.#isKeyword('func')) this.#function(functions)
      else rules.push(this.#rule())
    }
  }

  #function(functions: Map<string, AwkFunction>): void {
    this.#at++
    const name = this.#advance().text
    this.#expect('(')
    const parameters: string[] = []
    while (!this.#takes(')')) {
      parameters.push(this.#advance().text)
      this.#takes(',')
      this.#skipNewlines()
    }
    this.#skipNewlines()
    functions.set(name, { parameters, body: this.#block() })
  }

  #rule(): Rule {
    let pattern: Rule['pattern']
    let until: Expr | undefined
    if (this.#isKeyword('BEGIN') || this.#isKeyword('END')) {
      pattern = this.#advance().text === 'BEGIN' ? 'BEGIN' : 'END'
    } else if (!this.#is('{')) {
      pattern = this.#expression()
      if (this.#takes(',')) {
        this.#skipNewlines()
        until = this.#expression()
      }
    }
    const body = this.#is('{') ? this.#block() : undefined
    return { pattern, until, body }
  }

  #block(): Statement {
    this.#expect('{')
    const body: Statement[] = []
    for (;;) {
      this.#skipEnds()
      if (this.#takes('}')) return { type: 'block', body }
      body.push(this.#statement())
    }
  }

  #statement(): Statement {
    if (this.#is('{')) return this.#block()
    const token = this.#next
    if (token.type === 'keyword') {
      const known = this.#keywordStatement(token.text)
      if (known !== undefined) return known
    }
    if (this.#takes(';')) return { type: 'block', body: [] }
    const statement = this.#simple()
    this.#endStatement()
    return statement
  }

  #keywordStatement(keyword: string): Statement | undefined {
    switch (keyword) {
      case 'if':
        return this.#if()
      case 'while': {
        this.#at++
        const test = this.#inParentheses()
        return { type: 'while', test, body: this.#body(), isAfter: false }
      }
      case 'do': {
        this.#at++
        const body = this.#body()
        this.#skipEnds()
        this.#expect('while')
        const test = this.#inParentheses()
        this.#endStatement()
        return { type: 'while', test, body, isAfter: true }
      }
      case 'for':
        return this.#for()
      case 'break':
      case 'continue':
      case 'next':
      case 'nextfile':
        this.#at++
        this.#endStatement()
        return { type: 'jump', kind: keyword }
      case 'exit':
      case 'return': {
        this.#at++
        const value = this.#isStatementEnd() ? undefined : this.#expression()
        this.#endStatement()
        return keyword === 'exit' ? { type: 'exit', code: value } : { type: 'return', value }
      }
      default:
        return undefined
    }
  }

  #if(): Statement {
    this.#at++
    const test = this.#inParentheses()
    const yes = this.#body()
    const before = this.#at
    this.#skipEnds()
    if (!this.#isKeyword('else')) {
      this.#at = before
      return { type: 'if', test, yes, no: undefined }
    }
    this.#at++
    return { type: 'if', test, yes, no: this.#body() }
  }

  #for(): Statement {
    this.#at++
    this.#expect('(')
    const [name, keyword, array, close] = this.#tokens.slice(this.#at, this.#at + 4)
    const isIn = name?.type === 'name' && keyword?.text === 'in' && close?.text === ')'
    if (isIn && name !== undefined && array !== undefined) {
      this.#at += 4
      return { type: 'forIn', variable: name.text, array: array.text, body: this.#body() }
    }
    const start = this.#is(';') ? undefined : this.#simple()
    this.#expect(';')
    this.#skipNewlines()
    const test = this.#is(';') ? undefined : this.#expression()
    this.#expect(';')
    this.#skipNewlines()
    const step = this.#is(')') ? undefined : this.#simple()
    this.#expect(')')
    return { type: 'for', start, test, step, body: this.#body() }
  }

  #body(): Statement {
    this.#skipNewlines()
    if (this.#takes(';')) return { type: 'block', body: [] }
    return this.#statement()
  }

  #simple(): Statement {
    if (this.#isKeyword('print') || this.#isKeyword('printf')) return this.#print()
    if (this.#isKeyword('delete')) {
      this.#at++
      const name = this.#advance().text
      if (!this.#takes('[')) return { type: 'delete', name, keys: undefined }
      const keys = this.#list(']')
      return { type: 'delete', name, keys }
    }
    return { type: 'expression', value: this.#expression() }
  }

  #print(): Statement {
    const isFormatted = this.#advance().text === 'printf'
    const outer = this.#forbidsGreater
    this.#forbidsGreater = true
    let args: readonly Expr[] = []
    if (!this.#isStatementEnd() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      args = this.#commaList()
      const [only] = args
      if (args.length === 1 && only?.type === 'group') args = only.items
    }
    this.#forbidsGreater = outer
    let output: Output | undefined
    for (const kind of ['>', '>>', '|'] as const) {
      if (output === undefined && this.#takes(kind))
        output = { kind, target: this.#concatenation() }
    }
    return { type: 'print', isFormatted, args, output }
  }

  #commaList(): readonly Expr[] {
    const items = [this.#expression()]
    while (this.#takes(',')) {
      this.#skipNewlines()
      items.push(this.#expression())
    }
    return items
  }

  #list(close: string): readonly Expr[] {
    this.#skipNewlines()
    if (this.#takes(close)) return []
    const items = this.#commaList()
    this.#skipNewlines()
    this.#expect(close)
    return items
  }

  #inParentheses(): Expr {
    this.#expect('(')
    const outer = this.#forbidsGreater
    this.#forbidsGreater = false
    const inner = this.#expression()
    this.#forbidsGreater = outer
    this.#expect(')')
    return inner
  }

  #expression(): Expr {
    const left = this.#choice()
    const operator = this.#next.text
    if (this.#next.type !== 'operator' || !ASSIGNMENTS.has(operator)) return left
    const target = this.#lvalue(left)
    this.#at++
    this.#skipNewlines()
    return { type: 'assign', operator: operator.slice(0, -1), target, value: this.#expression() }
  }

  #lvalue(expression: Expr): Lvalue {
    const { type } = expression
    if (type === 'variable' || type === 'element' || type === 'field') return expression
    return this.#fail()
  }

  #choice(): Expr {
    const test = this.#or()
    if (!this.#takes('?')) return test
    this.#skipNewlines()
    const yes = this.#choiceBranch()
    this.#skipNewlines()
    this.#expect(':')
    this.#skipNewlines()
    return { type: 'choice', test, yes, no: this.#choiceBranch() }
  }

  #choiceBranch(): Expr {
    return this.#expression()
  }

  #or(): Expr {
    return this.#leftGrouped(['||'], () => this.#and())
  }

  #and(): Expr {
    return this.#leftGrouped(['&&'], () => this.#membership())
  }

  #leftGrouped(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    while (this.#next.type === 'operator' && operators.includes(this.#next.text)) {
      const operator = this.#advance().text
      this.#skipNewlines()
      left = { type: 'binary', operator, left, right: operand() }
    }
    return left
  }

  #membership(): Expr {
    let left = this.#match()
    while (this.#isKeyword('in')) {
      this.#at++
      const keys = left.type === 'group' ? left.items : [left]
      left = { type: 'in', keys, array: this.#advance().text }
    }
    return left
  }

  #match(): Expr {
    return this.#leftGrouped(['~', '!~'], () => this.#comparison())
  }

  #comparison(): Expr {
    const left = this.#concatenation()
    const operator = this.#next.text
    const isComparison = this.#next.type === 'operator' && COMPARISONS.has(operator)
    if (!isComparison || (operator === '>' && this.#forbidsGreater)) {
      return this.#pipedGetline(left)
    }
    this.#at++
    return { type: 'binary', operator, left, right: this.#concatenation() }
  }

  #pipedGetline(left: Expr): Expr {
    let result = left
    while (this.#is('|') && this.#tokens[this.#at + 1]?.text === 'getline') {
      this.#at += 2
      result = { type: 'getline', target: this.#optionalTarget(), file: undefined, command: result }
    }
    return result
  }

  #optionalTarget(): Lvalue | undefined {
    const { type, text } = this.#next
    if (type !== 'name' && text !== '$') return undefined
    return this.#lvalue(this.#primary())
  }

  #concatenation(): Expr {
    let left = this.#additive()
    while (this.#startsOperand()) {
      left = { type: 'binary', operator: ' ', left, right: this.#additive() }
    }
    return left
  }

  #startsOperand(): boolean {
    const { type, text } = this.#next
    if (type === 'number' || type === 'string' || type === 'name' || type === 'call') return true
    if (type === 'regex') return true
    return type === 'operator' && ['$', '!', '(', '-', '+', '++', '--'].includes(text)
  }

  #additive(): Expr {
    return this.#leftGrouped(['+', '-'], () => this.#multiplicative())
  }

  #multiplicative(): Expr {
    return this.#leftGrouped(['*', '/', '%'], () => this.#unary())
  }

  #unary(): Expr {
    const { type, text } = this.#next
    if (type === 'operator' && (text === '!' || text === '-' || text === '+')) {
      this.#at++
      return { type: 'unary', operator: text, operand: this.#unary() }
    }
    return this.#power()
  }

  #power(): Expr {
    const left = this.#postfix()
    if (!this.#takes('^') && !this.#takes('**')) return left
    return { type: 'binary', operator: '^', left, right: this.#unary() }
  }

  #postfix(): Expr {
    const operand = this.#primary()
    const { type } = operand
    if (type !== 'variable' && type !== 'element' && type !== 'field') return operand
    if (this.#takes('++')) return { type: 'step', by: 1, isPrefix: false, target: operand }
    if (this.#takes('--')) return { type: 'step', by: -1, isPrefix: false, target: operand }
    return operand
  }

  #primary(): Expr {
    const token = this.#advance()
    switch (token.type) {
      case 'number':
        return { type: 'number', value: Number(token.text) }
      case 'string':
        return { type: 'string', text: token.text }
      case 'regex':
        return { type: 'regex', source: token.text }
      case 'name':
        return this.#nameOrCall(token)
      case 'call': {
        this.#expect('(')
        return { type: 'call', name: token.text, args: this.#argumentsOf() }
      }
      case 'keyword':
        if (token.text === 'getline') return this.#getline()
        return this.#fail()
      default:
        return this.#operatorPrimary(token.text)
    }
  }

  #argumentsOf(): readonly Expr[] {
    const outer = this.#forbidsGreater
    this.#forbidsGreater = false
    const args = this.#list(')')
    this.#forbidsGreater = outer
    return args
  }

  #nameOrCall(token: Token): Expr {
    if (this.#takes('[')) return { type: 'element', name: token.text, keys: this.#list(']') }
    if (token.text === 'length') return { type: 'call', name: 'length', args: [] }
    return { type: 'variable', name: token.text }
  }

  #getline(): Expr {
    const target = this.#optionalTarget()
    const file = this.#takes('<') ? this.#primary() : undefined
    return { type: 'getline', target, file, command: undefined }
  }

  #operatorPrimary(text: string): Expr {
    if (text === '$') {
      const isStep = this.#is('++') || this.#is('--')
      return { type: 'field', index: isStep ? this.#unaryStep() : this.#primary() }
    }
    if (text === '++' || text === '--') {
      this.#at--
      return this.#unaryStep()
    }
    if (text === '-' || text === '+' || text === '!') {
      return { type: 'unary', operator: text, operand: this.#primary() }
    }
    if (text !== '(') return this.#fail()
    const items = this.#argumentsOf()
    const [only] = items
    if (items.length === 1 && only !== undefined) {
      // Parenthesised, so that `print (a)(b)` joins and `(x) in a` tests.
      return only.type === 'group' ? only : { type: 'group', items: [only] }
    }
    return { type: 'group', items }
  }

  #unaryStep(): Expr {
    const by = this.#advance().text === '++' ? 1 : -1
    return { type: 'step', by, isPrefix: true, target: this.#lvalue(this.#primary()) }
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { type: 'end', text: '', hasBlankBefore: false }
  }

  #advance(): Token {
    const token = this.#next
    this.#at++
    return token
  }

  #is(text: string): boolean {
    return this.#next.type === 'operator' && this.#next.text === text
  }

  #isKeyword(text: string): boolean {
    return this.#next.type === 'keyword' && this.#next.text === text
  }

  #takes(text: string): boolean {
    if (!this.#is(text)) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (this.#next.text !== text) this.#fail()
    this.#at++
  }

  #isStatementEnd(): boolean {
    const { type } = this.#next
    return type === 'newline' || type === 'end' || this.#is(';') || this.#is('}')
  }

  #endStatement(): void {
    if (this.#is('}') || this.#next.type === 'end') return
    if (this.#next.type !== 'newline' && !this.#is(';')) this.#fail()
    this.#at++
  }

  #skipNewlines(): void {
    while (this.#next.type === 'newline') this.#at++
  }

  #skipEnds(): void {
    while (this.#next.type === 'newline' || this.#is(';')) this.#at++
  }

  #fail(): never {
    const near = this.#next.text || 'end of program'
    throw new AwkError(`syntax error at or near ${near === '\n' ? 'end of line' : near}`)
  }
}
