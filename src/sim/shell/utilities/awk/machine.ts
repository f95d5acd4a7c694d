import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { formatDate } from '../../date-format.ts'
import { posixRegExp } from '../regex.ts'
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

type Frame = Map<string, AwkValue | Map<string, AwkValue> | undefined>

/** Runs one awk program over its input. */
export class AwkMachine {
  readonly #proc: OsProcess
  readonly #program: AwkProgram
  readonly #globals: Frame = new Map()
  readonly #frames: Frame[] = []
  readonly #regExps = new Map<string, RegExp>()
  readonly #activeRanges = new Set<Rule>()
  readonly #channels: AwkChannels
  readonly #input: InputRecords
  readonly #record: AwkRecord
  #exitCode = 0

  constructor(proc: OsProcess, program: AwkProgram, operands: readonly string[]) {
    this.#proc = proc
    this.#program = program
    this.#channels = new AwkChannels(proc)
    this.#input = new InputRecords(proc, operands, {
      separator: () => this.#textOf('RS'),
      assign: (name, text) => this.setFromText(name, text),
      opened: (file) => {
        this.#globals.set('FILENAME', file)
        this.#globals.set('FNR', 0)
      },
    })
    this.#record = new AwkRecord({
      split: (text) => this.#split(text, this.#textOf('FS')),
      joiner: () => this.#textOf('OFS'),
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
    for (const [name, value] of defaults) this.#globals.set(name, value)
    const environment = new Map<string, AwkValue>()
    for (const [name, text] of proc.env) environment.set(name, { input: text })
    this.#globals.set('ENVIRON', environment)
    const args = new Map<string, AwkValue>([['0', 'awk']])
    for (const [index, text] of operands.entries()) args.set(String(index + 1), { input: text })
    this.#globals.set('ARGV', args)
    this.#globals.set('ARGC', operands.length + 1)
  }

  /** `-v name=text` and `name=text` between the files. */
  setFromText(name: string, text: string): void {
    this.#globals.set(name, { input: text })
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
      yield* this.#channels.closeOutputs()
    }
    return this.#exitCode
  }

  *#records(): Task {
    for (;;) {
      const line = yield* this.#input.next()
      if (line === undefined) return
      this.#record.text = line
      this.#count()
      yield* this.#proc.charge(0.001)
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
    this.#globals.set('NR', number(this.#global('NR')) + 1)
    this.#globals.set('FNR', number(this.#global('FNR')) + 1)
  }

  *#selects(rule: Rule): Task<boolean> {
    const { pattern, until } = rule
    if (pattern === undefined || pattern === 'BEGIN' || pattern === 'END') return true
    if (until === undefined) return truth(yield* this.#evaluate(pattern))
    if (!this.#activeRanges.has(rule)) {
      if (!truth(yield* this.#evaluate(pattern))) return false
      this.#activeRanges.add(rule)
    }
    if (truth(yield* this.#evaluate(until))) this.#activeRanges.delete(rule)
    return true
  }

  *#body(rule: Rule): Task {
    if (rule.body === undefined) yield* this.#proc.write(1, this.#record.text + this.#ors())
    else yield* this.#execute(rule.body)
  }

  #ors(): string {
    return this.#textOf('ORS')
  }

  *#execute(statement: Statement): Task {
    switch (statement.type) {
      case 'block':
        for (const each of statement.body) yield* this.#execute(each)
        return
      case 'expression':
        yield* this.#evaluate(statement.value)
        return
      case 'print':
        return yield* this.#print(statement)
      case 'if':
        if (truth(yield* this.#evaluate(statement.test))) yield* this.#execute(statement.yes)
        else if (statement.no !== undefined) yield* this.#execute(statement.no)
        return
      case 'while':
        return yield* this.#while(statement)
      case 'for':
        if (statement.start !== undefined) yield* this.#execute(statement.start)
        return yield* this.#loop(statement)
      case 'forIn':
        for (const key of [...this.#array(statement.array).keys()]) {
          this.#setVariable(statement.variable, { input: key })
          if (!(yield* this.#turn(statement.body))) return
        }
        return
      case 'delete': {
        const array = this.#array(statement.name)
        if (statement.keys === undefined) array.clear()
        else array.delete(yield* this.#key(statement.keys))
        return
      }
      case 'jump':
        throw new Jump(statement.kind)
      case 'exit':
        if (statement.code !== undefined) {
          this.#exitCode = Math.trunc(number(yield* this.#evaluate(statement.code))) & 0xff
        }
        throw new Exit()
      case 'return':
        throw new Return(
          statement.value === undefined ? '' : yield* this.#evaluate(statement.value),
        )
    }
  }

  *#while(statement: Statement & { readonly type: 'while' }): Task {
    if (statement.isAfter && !(yield* this.#turn(statement.body))) return
    while (truth(yield* this.#evaluate(statement.test))) {
      if (!(yield* this.#turn(statement.body))) return
    }
  }

  *#loop(statement: Statement & { readonly type: 'for' }): Task {
    while (statement.test === undefined || truth(yield* this.#evaluate(statement.test))) {
      if (!(yield* this.#turn(statement.body))) return
      if (statement.step !== undefined) yield* this.#execute(statement.step)
    }
  }

  /** One turn of a loop; false after `break`. */
  *#turn(body: Statement): Task<boolean> {
    yield* this.#proc.charge(0.0005)
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
    for (const arg of statement.args) values.push(yield* this.#evaluate(arg))
    let text: string
    if (statement.isFormatted) text = formatted(values)
    else if (values.length === 0) text = this.#record.text + this.#ors()
    else {
      const separator = this.#textOf('OFS')
      text = values.map((value) => this.#outputText(value)).join(separator) + this.#ors()
    }
    yield* this.#proc.write(yield* this.#outputFd(statement.output), text)
  }

  *#outputFd(output: Output | undefined): Task<number> {
    if (output === undefined) return 1
    return yield* this.#channels.outputTo(textOf(yield* this.#evaluate(output.target)), output.kind)
  }

  *#evaluate(expression: Expr): Task<AwkValue> {
    switch (expression.type) {
      case 'number':
        return expression.value
      case 'string':
        return expression.text
      case 'regex':
        return this.#regExp(expression.source).test(this.#record.text) ? 1 : 0
      case 'variable':
        return this.#variable(expression.name)
      case 'element':
      case 'field':
        return yield* this.#read(expression)
      case 'group': {
        const [only] = expression.items
        if (only === undefined) return ''
        if (expression.items.length === 1) return yield* this.#evaluate(only)
        return yield* this.#key(expression.items)
      }
      case 'unary':
        return unary(expression.operator, yield* this.#evaluate(expression.operand))
      case 'step': {
        const before = number(yield* this.#read(expression.target))
        yield* this.#assign(expression.target, before + expression.by)
        return expression.isPrefix ? before + expression.by : before
      }
      case 'choice': {
        const isYes = truth(yield* this.#evaluate(expression.test))
        return yield* this.#evaluate(isYes ? expression.yes : expression.no)
      }
      case 'in':
        return this.#array(expression.array).has(yield* this.#key(expression.keys)) ? 1 : 0
      case 'assign': {
        const right = yield* this.#evaluate(expression.value)
        const value =
          expression.operator === ''
            ? right
            : arithmetic(
                expression.operator,
                number(yield* this.#read(expression.target)),
                number(right),
              )
        yield* this.#assign(expression.target, value)
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
      const text = textOf(yield* this.#evaluate(expression.left))
      const isMatch = (yield* this.#pattern(expression.right)).test(text)
      return isMatch === (operator === '~') ? 1 : 0
    }
    const left = yield* this.#evaluate(expression.left)
    if (operator === '&&' && !truth(left)) return 0
    if (operator === '||' && truth(left)) return 1
    const right = yield* this.#evaluate(expression.right)
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

  *#pattern(expression: Expr): Task<RegExp> {
    if (expression.type === 'regex') return this.#regExp(expression.source)
    return this.#regExp(textOf(yield* this.#evaluate(expression)))
  }

  #regExp(source: string): RegExp {
    const known = this.#regExps.get(source)
    if (known !== undefined) return known
    const made = posixRegExp(source, true)
    this.#regExps.set(source, made)
    return made
  }

  *#key(keys: readonly Expr[]): Task<string> {
    const texts: string[] = []
    for (const key of keys) texts.push(textOf(yield* this.#evaluate(key)))
    return texts.join(this.#textOf('SUBSEP'))
  }

  *#read(target: Lvalue): Task<AwkValue> {
    if (target.type === 'variable') return this.#variable(target.name)
    if (target.type === 'element') {
      const key = yield* this.#key(target.keys)
      const array = this.#array(target.name)
      // Looking at an element makes it.
      if (!array.has(key)) array.set(key, { input: '' })
      return array.get(key) ?? ''
    }
    return { input: this.#record.field(number(yield* this.#evaluate(target.index))) }
  }

  *#assign(target: Lvalue, value: AwkValue): Task {
    if (target.type === 'variable') this.#setVariable(target.name, value)
    else if (target.type === 'element') {
      this.#array(target.name).set(yield* this.#key(target.keys), value)
    } else this.#record.setField(number(yield* this.#evaluate(target.index)), textOf(value))
  }

  #global(name: string): AwkValue {
    const value = this.#globals.get(name)
    return value === undefined || value instanceof Map ? { input: '' } : value
  }

  #variable(name: string): AwkValue {
    const frame = this.#frames.at(-1)
    if (frame?.has(name) === true) {
      const local = frame.get(name)
      return local === undefined || local instanceof Map ? { input: '' } : local
    }
    if (name === 'NF') return this.#record.count
    return this.#global(name)
  }

  #setVariable(name: string, value: AwkValue): void {
    const frame = this.#frames.at(-1)
    if (frame?.has(name) === true) frame.set(name, value)
    else if (name === 'NF') this.#record.count = number(value)
    else this.#globals.set(name, value)
  }

  #array(name: string): Map<string, AwkValue> {
    const frame = this.#frames.at(-1)
    const owner = frame?.has(name) === true ? frame : this.#globals
    const known = owner.get(name)
    if (known instanceof Map) return known
    const made = new Map<string, AwkValue>()
    owner.set(name, made)
    return made
  }

  #split(text: string, separator: string): string[] {
    if (text === '') return []
    if (separator === ' ')
      return text
        .trim()
        .split(/[ \t\n]+/)
        .filter((field) => field !== '')
    if (separator === '') return Array.from(text)
    if (separator.length === 1) return text.split(separator)
    return text.split(this.#regExp(separator))
  }

  #textOf(variable: string): string {
    return textOf(this.#global(variable))
  }

  #outputText(value: AwkValue): string {
    if (typeof value !== 'number') return textOf(value)
    const format = this.#global('OFMT')
    return numberText(value, typeof format === 'string' ? format : '%.6g')
  }

  *#getline(expression: Expr & { readonly type: 'getline' }): Task<AwkValue> {
    const line = yield* this.#readLineFor(expression)
    if (line === -1) return -1
    if (line === undefined) return 0
    if (expression.file === undefined && expression.command === undefined) this.#count()
    if (expression.target === undefined) this.#record.text = line
    else yield* this.#assign(expression.target, { input: line })
    return 1
  }

  *#readLineFor(expression: Expr & { readonly type: 'getline' }): Task<string | undefined | -1> {
    const source = expression.file ?? expression.command
    if (source === undefined) return yield* this.#input.next()
    const name = textOf(yield* this.#evaluate(source))
    return yield* this.#channels.nextLineOf(name, expression.command !== undefined)
  }

  *#call(name: string, args: readonly Expr[]): Task<AwkValue> {
    const definition = this.#program.functions.get(name)
    if (definition === undefined) return yield* this.#builtin(name, args)
    if (this.#frames.length > 200) throw new AwkError('function calls nested too deeply')
    const frame: Frame = new Map()
    for (const [index, parameter] of definition.parameters.entries()) {
      frame.set(parameter, yield* this.#argument(args[index]))
    }
    this.#frames.push(frame)
    try {
      yield* this.#execute(definition.body)
      return ''
    } catch (thrown) {
      if (thrown instanceof Return) return thrown.value
      throw thrown
    } finally {
      this.#frames.pop()
    }
  }

  /** Arrays go by reference; a name that is nothing yet may become one in the function. */
  *#argument(arg: Expr | undefined): Task<AwkValue | Map<string, AwkValue> | undefined> {
    if (arg === undefined) return undefined
    if (arg.type === 'variable') {
      const frame = this.#frames.at(-1)
      const owner = frame?.has(arg.name) === true ? frame : this.#globals
      const value = owner.get(arg.name)
      if (value instanceof Map) return value
      if (value === undefined && arg.name !== 'NF') return this.#array(arg.name)
    }
    return yield* this.#evaluate(arg)
  }

  *#builtin(name: string, args: readonly Expr[]): Task<AwkValue> {
    const [first, second, third] = args
    const value = function* (this: AwkMachine, arg: Expr | undefined): Task<AwkValue> {
      return arg === undefined ? '' : yield* this.#evaluate(arg)
    }.bind(this)
    const text = function* (this: AwkMachine, arg: Expr | undefined): Task<string> {
      return textOf(yield* value(arg))
    }.bind(this)
    switch (name) {
      case 'length':
        if (first === undefined) return this.#record.text.length
        if (first.type === 'variable' && this.#isArray(first.name))
          return this.#array(first.name).size
        return Array.from(yield* text(first)).length
      case 'substr': {
        const all = Array.from(yield* text(first))
        const start = Math.round(number(yield* value(second)))
        const end = third === undefined ? Infinity : start + Math.round(number(yield* value(third)))
        return all.slice(Math.max(0, start - 1), Math.max(0, end - 1)).join('')
      }
      case 'index':
        return (yield* text(first)).indexOf(yield* text(second)) + 1
      case 'split': {
        const source = yield* text(first)
        if (second?.type !== 'variable') throw new AwkError('split: second argument is no array')
        const array = this.#array(second.name)
        const separator =
          third === undefined
            ? this.#textOf('FS')
            : third.type === 'regex'
              ? third.source
              : yield* text(third)
        const isPattern = third?.type === 'regex'
        const parts =
          isPattern && source !== ''
            ? source.split(this.#regExp(separator))
            : this.#split(source, separator)
        array.clear()
        for (const [index, part] of parts.entries()) array.set(String(index + 1), { input: part })
        return parts.length
      }
      case 'sub':
      case 'gsub':
        return yield* this.#substitute(name === 'gsub', first, second, third)
      case 'match': {
        const source = yield* text(first)
        const match = (yield* this.#pattern(second ?? { type: 'string', text: '' })).exec(source)
        this.#globals.set('RSTART', match === null ? 0 : match.index + 1)
        this.#globals.set('RLENGTH', match === null ? -1 : match[0].length)
        return match === null ? 0 : match.index + 1
      }
      case 'sprintf': {
        const values: AwkValue[] = []
        for (const arg of args) values.push(yield* this.#evaluate(arg))
        return formatted(values)
      }
      case 'tolower':
        return (yield* text(first)).toLowerCase()
      case 'toupper':
        return (yield* text(first)).toUpperCase()
      case 'int':
        return Math.trunc(number(yield* value(first)))
      case 'sqrt':
      case 'exp':
      case 'log':
      case 'sin':
      case 'cos':
        return Math[name](number(yield* value(first)))
      case 'atan2':
        return Math.atan2(number(yield* value(first)), number(yield* value(second)))
      case 'rand':
        return this.#proc.host.simulation.random.uniform(0, 1)
      case 'srand':
        return 0
      case 'systime':
        return Math.floor(this.#proc.host.simulation.unixMs / 1000)
      case 'strftime': {
        const format = first === undefined ? '%c' : yield* text(first)
        const seconds = second === undefined ? undefined : number(yield* value(second))
        const ms = seconds === undefined ? this.#proc.host.simulation.unixMs : seconds * 1000
        return formatDate(ms, format)
      }
      case 'system':
        return yield* this.#channels.run(yield* text(first))
      case 'close':
        return yield* this.#channels.close(yield* text(first))
      case 'fflush':
        return 0
      default:
        throw new AwkError(`calling undefined function ${name}`)
    }
  }

  #isArray(name: string): boolean {
    const frame = this.#frames.at(-1)
    return (frame?.has(name) === true ? frame : this.#globals).get(name) instanceof Map
  }

  *#substitute(
    isGlobal: boolean,
    pattern: Expr | undefined,
    replacement: Expr | undefined,
    target: Expr | undefined,
  ): Task<AwkValue> {
    const regExp = yield* this.#pattern(pattern ?? { type: 'string', text: '' })
    const text = replacement === undefined ? '' : textOf(yield* this.#evaluate(replacement))
    const where: Lvalue =
      target?.type === 'variable' || target?.type === 'element' || target?.type === 'field'
        ? target
        : { type: 'field', index: { type: 'number', value: 0 } }
    const before = textOf(yield* this.#read(where))
    let count = 0
    const after = before.replace(new RegExp(regExp.source, isGlobal ? 'g' : ''), (match) => {
      count++
      return text.replace(/\\\\|\\&|&/g, (each) =>
        each === '&' ? match : each === '\\&' ? '&' : '\\',
      )
    })
    if (count > 0) yield* this.#assign(where, after)
    return count
  }
}
