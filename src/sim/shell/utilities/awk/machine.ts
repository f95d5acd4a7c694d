import { Pipe } from '#sim/kernel/os/pipe.ts'
import { type OpenFile, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { formatPrintf } from '../../printf-format.ts'
import { formatDate } from '../../date-format.ts'
import { addFile, closeFd, LineReader, openFd } from '../input.ts'
import { posixRegExp } from '../regex.ts'
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
  readonly #outputs = new Map<string, { readonly fd: number; readonly child?: OsProcess }>()
  readonly #readers = new Map<string, { readonly reader: LineReader; readonly fd: number }>()
  #record = ''
  #fields: string[] | undefined
  #exitCode = 0
  #input: LineReader | undefined
  #inputFd = 0
  readonly #operands: string[]
  #hasReadFile = false
  /** What is left of a line behind a separator that is no newline. */
  #pending: string | undefined

  constructor(proc: OsProcess, program: AwkProgram, operands: readonly string[]) {
    this.#proc = proc
    this.#program = program
    this.#operands = [...operands]
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
      yield* this.#closeAll()
    }
    return this.#exitCode
  }

  *#records(): Task {
    for (;;) {
      const line = yield* this.#nextRecord()
      if (line === undefined) return
      this.#setRecord(line)
      this.#count()
      yield* this.#proc.charge(0.001)
      try {
        for (const rule of this.#program.rules) {
          if (rule.pattern === 'BEGIN' || rule.pattern === 'END') continue
          if (yield* this.#selects(rule)) yield* this.#body(rule)
        }
      } catch (thrown) {
        if (!(thrown instanceof Jump) || !thrown.kind.startsWith('next')) throw thrown
        if (thrown.kind === 'nextfile') this.#closeInput()
      }
    }
  }

  #count(): void {
    this.#globals.set('NR', number(this.#global('NR')) + 1)
    this.#globals.set('FNR', number(this.#global('FNR')) + 1)
  }

  *#nextRecord(): Task<string | undefined> {
    for (;;) {
      if (this.#input === undefined && !(yield* this.#openNext())) return undefined
      const separator = this.#text(this.#global('RS'))
      const line =
        separator === '\n'
          ? yield* this.#input?.next() ?? noLine()
          : yield* this.#paragraph(separator)
      if (line !== undefined) return line
      this.#closeInput()
    }
  }

  /** Records that end elsewhere than at newlines; an empty separator means blank lines. */
  *#paragraph(separator: string): Task<string | undefined> {
    const lines: string[] = []
    for (;;) {
      const line = this.#pending ?? (yield* this.#input?.next() ?? noLine())
      this.#pending = undefined
      if (line === undefined) break
      if (separator === '') {
        if (line !== '') lines.push(line)
        else if (lines.length > 0) return lines.join('\n')
        continue
      }
      const at = line.indexOf(separator)
      if (at < 0) {
        lines.push(line)
        continue
      }
      this.#pending = line.slice(at + separator.length)
      lines.push(line.slice(0, at))
      return lines.join('\n')
    }
    const endsLine = separator !== '' && this.#input?.hasFinalNewline === true
    const rest = lines.join('\n') + (endsLine && lines.length > 0 ? '\n' : '')
    return rest === '' ? undefined : rest
  }

  *#openNext(): Task<boolean> {
    for (;;) {
      const operand = this.#operands.shift()
      if (operand === undefined) {
        if (this.#hasReadFile) return false
        this.#hasReadFile = true
        this.#inputFd = 0
        this.#input = new LineReader(this.#proc, 0)
        return true
      }
      const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(operand)
      if (assignment !== null) {
        this.setFromText(assignment[1] ?? '', assignment[2] ?? '')
        continue
      }
      this.#hasReadFile = true
      this.#globals.set('FILENAME', operand)
      this.#globals.set('FNR', 0)
      this.#inputFd = operand === '-' ? 0 : yield* openFd(this.#proc, operand)
      this.#input = new LineReader(this.#proc, this.#inputFd)
      return true
    }
  }

  #closeInput(): void {
    if (this.#inputFd !== 0) closeFd(this.#proc, this.#inputFd)
    this.#inputFd = 0
    this.#input = undefined
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
    if (rule.body === undefined) yield* this.#proc.write(1, this.#record + this.#ors())
    else yield* this.#execute(rule.body)
  }

  #ors(): string {
    return this.#text(this.#global('ORS'))
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
    if (statement.isFormatted) text = this.#format(values)
    else if (values.length === 0) text = this.#record + this.#ors()
    else {
      const separator = this.#text(this.#global('OFS'))
      text = values.map((value) => this.#outputText(value)).join(separator) + this.#ors()
    }
    const fd = statement.output === undefined ? 1 : yield* this.#outputFd(statement.output)
    yield* this.#proc.write(fd, text)
  }

  #format(values: readonly AwkValue[]): string {
    const [format = '', ...rest] = values
    // awk's printf neither repeats its format nor complains about text that is no number.
    const source = this.#text(format)
    const args = [...source.matchAll(/%[-+ #0]*(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z%])/g)].flatMap(
      (match) =>
        match[3] === '%'
          ? []
          : [match[1] === '*' ? 'd' : '', match[2] === '*' ? 'd' : '', match[3] ?? ''],
    )
    const wanted = args.filter((letter) => letter !== '')
    const texts = wanted.map((letter, index) => {
      const value = rest[index] ?? ''
      if (letter === 's') return this.#text(value)
      if (letter === 'c')
        return typeof value === 'number' ? String.fromCodePoint(value) : this.#text(value)
      return /[diouxX]/.test(letter) ? String(Math.trunc(number(value))) : String(number(value))
    })
    return formatPrintf(source.replaceAll('\\', '\\\\'), texts, 0).text
  }

  *#outputFd(output: Output): Task<number> {
    const target = this.#text(yield* this.#evaluate(output.target))
    const known = this.#outputs.get(target)
    if (known !== undefined) return known.fd
    if (target === '/dev/stderr') return 2
    if (target === '/dev/stdout') return 1
    if (output.kind === '|') return this.#startWriter(target)
    const file = yield* this.#proc.open(target, {
      write: true,
      create: true,
      truncate: output.kind === '>',
      append: output.kind === '>>',
    })
    const fd = addFile(this.#proc, file)
    this.#outputs.set(target, { fd })
    return fd
  }

  #startWriter(command: string): number {
    const pipe = new Pipe()
    const fd = addFile(this.#proc, pipe.writeEnd)
    const child = this.#shell(command, new Map(this.#proc.files).set(0, pipe.readEnd), fd)
    this.#outputs.set(command, { fd, child })
    return fd
  }

  #shell(command: string, files: Map<number, OpenFile>, ours: number): OsProcess {
    const program = this.#proc.host.command('sh')
    if (program === undefined) throw new AwkError('no shell to run commands with')
    files.delete(ours)
    return this.#proc.host.processes.spawn({
      host: this.#proc.host,
      program,
      argv: ['sh', '-c', command],
      env: this.#proc.env,
      cwd: this.#proc.cwd,
      files,
      parent: this.#proc,
    })
  }

  *#closeAll(): Task {
    for (const name of [...this.#outputs.keys()]) yield* this.#close(name)
  }

  *#close(name: string): Task<number> {
    const reader = this.#readers.get(name)
    if (reader !== undefined) {
      closeFd(this.#proc, reader.fd)
      this.#readers.delete(name)
      return 0
    }
    const output = this.#outputs.get(name)
    if (output === undefined) return -1
    this.#outputs.delete(name)
    closeFd(this.#proc, output.fd)
    if (output.child !== undefined) yield* output.child.wait()
    return 0
  }

  *#evaluate(expression: Expr): Task<AwkValue> {
    switch (expression.type) {
      case 'number':
        return expression.value
      case 'string':
        return expression.text
      case 'regex':
        return this.#regExp(expression.source).test(this.#record) ? 1 : 0
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
      const text = this.#text(yield* this.#evaluate(expression.left))
      const isMatch = (yield* this.#pattern(expression.right)).test(text)
      return isMatch === (operator === '~') ? 1 : 0
    }
    const left = yield* this.#evaluate(expression.left)
    if (operator === '&&' && !truth(left)) return 0
    if (operator === '||' && truth(left)) return 1
    const right = yield* this.#evaluate(expression.right)
    if (operator === '&&' || operator === '||') return truth(right) ? 1 : 0
    if (operator === ' ') return this.#text(left) + this.#text(right)
    const compare = COMPARE[operator]
    if (compare !== undefined) return compare(this.#order(left, right)) ? 1 : 0
    return arithmetic(operator, number(left), number(right))
  }

  #order(left: AwkValue, right: AwkValue): number {
    if (isNumeric(left) && isNumeric(right)) return number(left) - number(right)
    const [a, b] = [this.#text(left), this.#text(right)]
    return a < b ? -1 : a > b ? 1 : 0
  }

  *#pattern(expression: Expr): Task<RegExp> {
    if (expression.type === 'regex') return this.#regExp(expression.source)
    return this.#regExp(this.#text(yield* this.#evaluate(expression)))
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
    for (const key of keys) texts.push(this.#text(yield* this.#evaluate(key)))
    return texts.join(this.#text(this.#global('SUBSEP')))
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
    return this.#field(number(yield* this.#evaluate(target.index)))
  }

  *#assign(target: Lvalue, value: AwkValue): Task {
    if (target.type === 'variable') this.#setVariable(target.name, value)
    else if (target.type === 'element') {
      this.#array(target.name).set(yield* this.#key(target.keys), value)
    } else this.#setField(number(yield* this.#evaluate(target.index)), this.#text(value))
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
    if (name === 'NF') return this.#splitFields().length
    return this.#global(name)
  }

  #setVariable(name: string, value: AwkValue): void {
    const frame = this.#frames.at(-1)
    if (frame?.has(name) === true) frame.set(name, value)
    else if (name === 'NF') {
      const fields = this.#splitFields()
      const count = number(value)
      while (fields.length < count) fields.push('')
      fields.length = count
      this.#rebuild()
    } else this.#globals.set(name, value)
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

  #setRecord(line: string): void {
    this.#record = line
    this.#fields = undefined
  }

  #splitFields(): string[] {
    this.#fields ??= this.#split(this.#record, this.#text(this.#global('FS')))
    return this.#fields
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

  #field(index: number): AwkValue {
    const at = Math.trunc(index)
    if (at < 0) throw new AwkError(`attempt to access field ${at}`)
    return { input: at === 0 ? this.#record : (this.#splitFields()[at - 1] ?? '') }
  }

  #setField(index: number, text: string): void {
    if (index === 0) return this.#setRecord(text)
    const fields = this.#splitFields()
    while (fields.length < index) fields.push('')
    fields[index - 1] = text
    this.#rebuild()
  }

  #rebuild(): void {
    this.#record = this.#splitFields().join(this.#text(this.#global('OFS')))
  }

  #text(value: AwkValue): string {
    if (typeof value === 'string') return value
    if (typeof value === 'object') return value.input
    return numberText(value, '%.6g')
  }

  #outputText(value: AwkValue): string {
    if (typeof value !== 'number') return this.#text(value)
    const format = this.#global('OFMT')
    return numberText(value, typeof format === 'string' ? format : '%.6g')
  }

  *#getline(expression: Expr & { readonly type: 'getline' }): Task<AwkValue> {
    const line = yield* this.#readLineFor(expression)
    if (line === -1) return -1
    if (line === undefined) return 0
    if (expression.file === undefined && expression.command === undefined) this.#count()
    if (expression.target === undefined) this.#setRecord(line)
    else yield* this.#assign(expression.target, { input: line })
    return 1
  }

  *#readLineFor(expression: Expr & { readonly type: 'getline' }): Task<string | undefined | -1> {
    const source = expression.file ?? expression.command
    if (source === undefined) return yield* this.#nextRecord()
    const name = this.#text(yield* this.#evaluate(source))
    let known = this.#readers.get(name)
    if (known === undefined) {
      const fd =
        expression.command === undefined ? yield* this.#openFile(name) : this.#startReader(name)
      if (fd === undefined) return -1
      known = { reader: new LineReader(this.#proc, fd), fd }
      this.#readers.set(name, known)
    }
    return yield* known.reader.next()
  }

  *#openFile(name: string): Task<number | undefined> {
    try {
      return yield* openFd(this.#proc, name)
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  #startReader(command: string): number {
    const pipe = new Pipe()
    const fd = addFile(this.#proc, pipe.readEnd)
    this.#shell(command, new Map(this.#proc.files).set(1, pipe.writeEnd), fd)
    return fd
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
      return this.#text(yield* value(arg))
    }.bind(this)
    switch (name) {
      case 'length':
        if (first === undefined) return this.#record.length
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
            ? this.#text(this.#global('FS'))
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
        return this.#format(values)
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
      case 'system': {
        const files = new Map(this.#proc.files)
        const status = yield* this.#shell(yield* text(first), files, -1).wait()
        return status.type === 'exited' ? status.code : 256
      }
      case 'close':
        return yield* this.#close(yield* text(first))
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
    const text = replacement === undefined ? '' : this.#text(yield* this.#evaluate(replacement))
    const where: Lvalue =
      target?.type === 'variable' || target?.type === 'element' || target?.type === 'field'
        ? target
        : { type: 'field', index: { type: 'number', value: 0 } }
    const before = this.#text(yield* this.#read(where))
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

// oxlint-disable-next-line require-yield -- the end of no input
function* noLine(): Task<string | undefined> {
  return undefined
}
