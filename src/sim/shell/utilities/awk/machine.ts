import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { posixRegExp } from '../regex.ts'
import { type AwkContext, callBuiltin } from './builtins.ts'
import { AwkChannels } from './channels.ts'
import { formatted } from './format.ts'
import { InputRecords } from './input-records.ts'
import { AwkRecord } from './record.ts'
import {
  AwkError,
  type AwkProgram,
  type Expr,
  type Lvalue,
  type Output,
  type Rule,
  type Statement,
} from './syntax.ts'
import {
  arithmetic,
  type AwkValue,
  COMPARE,
  isNumeric,
  number,
  numberText,
  textOf,
  truth,
  unary,
} from './values.ts'
import { type AwkArray, AwkVariables } from './variables.ts'

class Jump {
  readonly kind: 'next' | 'nextfile' | 'break' | 'continue'
  constructor(kind: Jump['kind']) {
    this.kind = kind
  }
}

class Exit {}

class Return {
  readonly value: AwkValue
  constructor(value: AwkValue) {
    this.value = value
  }
}

/** Runs one awk program over its input. */
export class AwkMachine implements AwkContext {
  readonly proc: OsProcess
  readonly variables = new AwkVariables()
  readonly channels: AwkChannels
  readonly record: AwkRecord
  readonly #program: AwkProgram
  readonly #input: InputRecords
  readonly #regExps = new Map<string, RegExp>()
  readonly #activeRanges = new Set<Rule>()
  #exitCode = 0

  constructor(proc: OsProcess, program: AwkProgram, operands: readonly string[]) {
    this.proc = proc
    this.#program = program
    this.channels = new AwkChannels(proc)
    this.#input = new InputRecords(proc, operands, {
      separator: () => this.textOf('RS'),
      assign: (name, text) => this.setFromText(name, text),
      opened: (file) => {
        this.variables.setGlobal('FILENAME', file)
        this.variables.setGlobal('FNR', 0)
      },
    })
    this.record = new AwkRecord({
      split: (text) => this.split(text, this.textOf('FS')),
      joiner: () => this.textOf('OFS'),
    })
    const defaults: readonly (readonly [string, AwkValue])[] = [
      ['FS', ' '],
      ['OFS', ' '],
      ['ORS', '\n'],
      ['RS', '\n'],
      ['NR', 0],
      ['NF', 0],
      ['FNR', 0],
      ['SUBSEP', '\x1c'],
      ['OFMT', '%.6g'],
      ['CONVFMT', '%.6g'],
      ['FILENAME', ''],
      ['RSTART', 0],
      ['RLENGTH', -1],
    ]
    for (const [name, value] of defaults) this.variables.setGlobal(name, value)
    const environment = new Map<string, AwkValue>()
    for (const [name, text] of proc.env) environment.set(name, { input: text })
    this.variables.setGlobal('ENVIRON', environment)
    const args = new Map<string, AwkValue>([['0', 'awk']])
    for (const [index, text] of operands.entries()) args.set(String(index + 1), { input: text })
    this.variables.setGlobal('ARGV', args)
    this.variables.setGlobal('ARGC', operands.length + 1)
  }

  /** `-v name=text` and `name=text` between the files. */
  setFromText(name: string, text: string): void {
    this.variables.setGlobal(name, { input: text })
  }

  *run(): Task<number> {
    const { rules } = this.#program
    try {
      try {
        for (const rule of rules) if (rule.pattern === 'BEGIN') yield* this.#body(rule)
        const readsInput = rules.some((rule) => rule.pattern !== 'BEGIN')
        if (readsInput) yield* this.#records()
      } catch (thrown) {
        if (!(thrown instanceof Exit)) throw thrown
        if (!rules.some((rule) => rule.pattern === 'END')) return this.#exitCode
      }
      for (const rule of rules) if (rule.pattern === 'END') yield* this.#body(rule)
    } catch (thrown) {
      if (!(thrown instanceof Exit)) throw thrown
    } finally {
      yield* this.channels.closeOutputs()
    }
    return this.#exitCode
  }

  *#records(): Task {
    for (;;) {
      const line = yield* this.#input.next()
      if (line === undefined) return
      this.record.text = line
      this.#count()
      yield* this.proc.charge(0.001)
      try {
        for (const rule of this.#program.rules) {
          if (rule.pattern === 'BEGIN' || rule.pattern === 'END') continue
          if (yield* this.#selects(rule)) yield* this.#body(rule)
        }
      } catch (thrown) {
        if (!(thrown instanceof Jump) || !thrown.kind.startsWith('next')) throw thrown
        if (thrown.kind === 'nextfile') this.#input.closeFile()
      }
    }
  }

  #count(): void {
    this.variables.setGlobal('NR', number(this.variables.global('NR')) + 1)
    this.variables.setGlobal('FNR', number(this.variables.global('FNR')) + 1)
  }

  *#selects(rule: Rule): Task<boolean> {
    const { pattern, until } = rule
    if (pattern === undefined || pattern === 'BEGIN' || pattern === 'END') return true
    if (until === undefined) return truth(yield* this.evaluate(pattern))
    if (!this.#activeRanges.has(rule)) {
      if (!truth(yield* this.evaluate(pattern))) return false
      this.#activeRanges.add(rule)
    }
    if (truth(yield* this.evaluate(until))) this.#activeRanges.delete(rule)
    return true
  }

  *#body(rule: Rule): Task {
    if (rule.body === undefined) yield* this.proc.write(1, this.record.text + this.#ors())
    else yield* this.#execute(rule.body)
  }

  #ors(): string {
    return this.textOf('ORS')
  }

  *#execute(statement: Statement): Task {
    switch (statement.type) {
      case 'block':
        for (const each of statement.body) yield* this.#execute(each)
        return
      case 'expression':
        yield* this.evaluate(statement.value)
        return
      case 'print':
        return yield* this.#print(statement)
      case 'if':
        if (truth(yield* this.evaluate(statement.test))) yield* this.#execute(statement.yes)
        else if (statement.no !== undefined) yield* this.#execute(statement.no)
        return
      case 'while':
        return yield* this.#while(statement)
      case 'for':
        if (statement.start !== undefined) yield* this.#execute(statement.start)
        return yield* this.#loop(statement)
      case 'forIn':
        for (const key of [...this.variables.array(statement.array).keys()]) {
          this.#setVariable(statement.variable, { input: key })
          if (!(yield* this.#turn(statement.body))) return
        }
        return
      case 'delete': {
        const array = this.variables.array(statement.name)
        if (statement.keys === undefined) array.clear()
        else array.delete(yield* this.#key(statement.keys))
        return
      }
      case 'jump':
        throw new Jump(statement.kind)
      case 'exit':
        if (statement.code !== undefined) {
          this.#exitCode = Math.trunc(number(yield* this.evaluate(statement.code))) & 0xff
        }
        throw new Exit()
      case 'return':
        throw new Return(statement.value === undefined ? '' : yield* this.evaluate(statement.value))
    }
  }

  *#while(statement: Statement & { readonly type: 'while' }): Task {
    if (statement.isAfter && !(yield* this.#turn(statement.body))) return
    while (truth(yield* this.evaluate(statement.test))) {
      if (!(yield* this.#turn(statement.body))) return
    }
  }

  *#loop(statement: Statement & { readonly type: 'for' }): Task {
    while (statement.test === undefined || truth(yield* this.evaluate(statement.test))) {
      if (!(yield* this.#turn(statement.body))) return
      if (statement.step !== undefined) yield* this.#execute(statement.step)
    }
  }

  /** One turn of a loop; false after `break`. */
  *#turn(body: Statement): Task<boolean> {
    yield* this.proc.charge(0.0005)
    try {
      yield* this.#execute(body)
    } catch (thrown) {
      if (!(thrown instanceof Jump)) throw thrown
      if (thrown.kind === 'break') return false
      if (thrown.kind !== 'continue') throw thrown
    }
    return true
  }

  *#print(statement: Statement & { readonly type: 'print' }): Task {
    const values: AwkValue[] = []
    for (const arg of statement.args) values.push(yield* this.evaluate(arg))
    let text: string
    if (statement.isFormatted) text = formatted(values)
    else if (values.length === 0) text = this.record.text + this.#ors()
    else {
      const separator = this.textOf('OFS')
      text = values.map((value) => this.#outputText(value)).join(separator) + this.#ors()
    }
    yield* this.proc.write(yield* this.#outputFd(statement.output), text)
  }

  *#outputFd(output: Output | undefined): Task<number> {
    if (output === undefined) return 1
    return yield* this.channels.outputTo(textOf(yield* this.evaluate(output.target)), output.kind)
  }

  *evaluate(expression: Expr): Task<AwkValue> {
    switch (expression.type) {
      case 'number':
        return expression.value
      case 'string':
        return expression.text
      case 'regex':
        return this.regExp(expression.source).test(this.record.text) ? 1 : 0
      case 'variable':
        return this.#variable(expression.name)
      case 'element':
      case 'field':
        return yield* this.read(expression)
      case 'group': {
        const [only] = expression.items
        if (only === undefined) return ''
        if (expression.items.length === 1) return yield* this.evaluate(only)
        return yield* this.#key(expression.items)
      }
      case 'unary':
        return unary(expression.operator, yield* this.evaluate(expression.operand))
      case 'step': {
        const before = number(yield* this.read(expression.target))
        yield* this.assign(expression.target, before + expression.by)
        return expression.isPrefix ? before + expression.by : before
      }
      case 'choice': {
        const isYes = truth(yield* this.evaluate(expression.test))
        return yield* this.evaluate(isYes ? expression.yes : expression.no)
      }
      case 'in':
        return this.variables.array(expression.array).has(yield* this.#key(expression.keys)) ? 1 : 0
      case 'assign': {
        const right = yield* this.evaluate(expression.value)
        const value =
          expression.operator === ''
            ? right
            : arithmetic(
                expression.operator,
                number(yield* this.read(expression.target)),
                number(right),
              )
        yield* this.assign(expression.target, value)
        return value
      }
      case 'binary':
        return yield* this.#binary(expression)
      case 'call':
        return yield* this.#call(expression.name, expression.args)
      case 'getline':
        return yield* this.#getline(expression)
    }
  }

  *#binary(expression: Expr & { readonly type: 'binary' }): Task<AwkValue> {
    const { operator } = expression
    if (operator === '~' || operator === '!~') {
      const text = textOf(yield* this.evaluate(expression.left))
      const isMatch = (yield* this.pattern(expression.right)).test(text)
      return isMatch === (operator === '~') ? 1 : 0
    }
    const left = yield* this.evaluate(expression.left)
    if (operator === '&&' && !truth(left)) return 0
    if (operator === '||' && truth(left)) return 1
    const right = yield* this.evaluate(expression.right)
    if (operator === '&&' || operator === '||') return truth(right) ? 1 : 0
    if (operator === ' ') return textOf(left) + textOf(right)
    const compare = COMPARE[operator]
    if (compare !== undefined) return compare(this.#order(left, right)) ? 1 : 0
    return arithmetic(operator, number(left), number(right))
  }

  #order(left: AwkValue, right: AwkValue): number {
    if (isNumeric(left) && isNumeric(right)) return number(left) - number(right)
    const [a, b] = [textOf(left), textOf(right)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  *pattern(expression: Expr): Task<RegExp> {
    if (expression.type === 'regex') return this.regExp(expression.source)
    return this.regExp(textOf(yield* this.evaluate(expression)))
  }

  regExp(source: string): RegExp {
    const known = this.#regExps.get(source)
    if (known !== undefined) return known
    const made = posixRegExp(source, true)
    this.#regExps.set(source, made)
    return made
  }

  *#key(keys: readonly Expr[]): Task<string> {
    const texts: string[] = []
    for (const key of keys) texts.push(textOf(yield* this.evaluate(key)))
    return texts.join(this.textOf('SUBSEP'))
  }

  *read(target: Lvalue): Task<AwkValue> {
    if (target.type === 'variable') return this.#variable(target.name)
    if (target.type === 'element') {
      const key = yield* this.#key(target.keys)
      const array = this.variables.array(target.name)
      // Looking at an element makes it.
      if (!array.has(key)) array.set(key, { input: '' })
      return array.get(key) ?? ''
    }
    return { input: this.record.field(number(yield* this.evaluate(target.index))) }
  }

  *assign(target: Lvalue, value: AwkValue): Task {
    if (target.type === 'variable') this.#setVariable(target.name, value)
    else if (target.type === 'element') {
      this.variables.array(target.name).set(yield* this.#key(target.keys), value)
    } else this.record.setField(number(yield* this.evaluate(target.index)), textOf(value))
  }

  #variable(name: string): AwkValue {
    return this.#isFieldCount(name) ? this.record.count : this.variables.get(name)
  }

  #isFieldCount(name: string): boolean {
    return name === 'NF' && !this.variables.isLocal(name)
  }

  #setVariable(name: string, value: AwkValue): void {
    if (this.#isFieldCount(name)) this.record.count = number(value)
    else this.variables.set(name, value)
  }

  split(text: string, separator: string): string[] {
    if (text === '') return []
    if (separator === ' ')
      return text
        .trim()
        .split(/[ \t\n]+/)
        .filter((field) => field !== '')
    if (separator === '') return Array.from(text)
    if (separator.length === 1) return text.split(separator)
    return text.split(this.regExp(separator))
  }

  textOf(variable: string): string {
    return textOf(this.variables.global(variable))
  }

  #outputText(value: AwkValue): string {
    if (typeof value !== 'number') return textOf(value)
    const format = this.variables.global('OFMT')
    return numberText(value, typeof format === 'string' ? format : '%.6g')
  }

  *#getline(expression: Expr & { readonly type: 'getline' }): Task<AwkValue> {
    const line = yield* this.#readLineFor(expression)
    if (line === -1) return -1
    if (line === undefined) return 0
    if (expression.file === undefined && expression.command === undefined) this.#count()
    if (expression.target === undefined) this.record.text = line
    else yield* this.assign(expression.target, { input: line })
    return 1
  }

  *#readLineFor(expression: Expr & { readonly type: 'getline' }): Task<string | undefined | -1> {
    const source = expression.file ?? expression.command
    if (source === undefined) return yield* this.#input.next()
    const name = textOf(yield* this.evaluate(source))
    return yield* this.channels.nextLineOf(name, expression.command !== undefined)
  }

  *#call(name: string, args: readonly Expr[]): Task<AwkValue> {
    const definition = this.#program.functions.get(name)
    if (definition === undefined) return yield* callBuiltin(this, name, args)
    if (this.variables.depth > 200) throw new AwkError('function calls nested too deeply')
    const frame = new Map<string, AwkValue | AwkArray | undefined>()
    for (const [index, parameter] of definition.parameters.entries()) {
      frame.set(parameter, yield* this.#argument(args[index]))
    }
    this.variables.enter(frame)
    try {
      yield* this.#execute(definition.body)
      return ''
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value
      throw thrown
    } finally {
      this.variables.leave()
    }
  }

  /** Arrays go by reference; a name that is nothing yet may become one in the function. */
  *#argument(arg: Expr | undefined): Task<AwkValue | AwkArray | undefined> {
    if (arg === undefined) return undefined
    if (arg.type === 'variable') {
      const { name } = arg
      const isOpen = this.variables.isUnknown(name) && name !== 'NF'
      if (isOpen || this.variables.isArray(name)) return this.variables.array(name)
    }
    return yield* this.evaluate(arg)
  }
}
