import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { formatDate } from '../../date-format.ts'
import type { AwkChannels } from './channels.ts'
import { formatted } from './format.ts'
import type { AwkRecord } from './record.ts'
import { AwkError, type Expr, type Lvalue } from './syntax.ts'
import { type AwkValue, number, textOf } from './values.ts'
import type { AwkVariables } from './variables.ts'

/** What the functions of the language find in the machine that runs them. */
export type AwkContext = {
  readonly proc: OsProcess
  readonly variables: AwkVariables
  readonly channels: AwkChannels
  readonly record: AwkRecord
  evaluate(expression: Expr): Task<AwkValue>
  /** A regular expression, or the text of anything else as one. */
  pattern(expression: Expr): Task<RegExp>
  regExp(source: string): RegExp
  read(target: Lvalue): Task<AwkValue>
  assign(target: Lvalue, value: AwkValue): Task
  split(text: string, separator: string): string[]
  /** A global variable as text. */
  textOf(variable: string): string
}

/** Calls a function of the language; the arguments are evaluated as each of them asks for. */
export function* callBuiltin(
  context: AwkContext,
  name: string,
  args: readonly Expr[],
): Task<AwkValue> {
  const [first, second, third] = args
  const value = function* (arg: Expr | undefined): Task<AwkValue> {
    return arg === undefined ? '' : yield* context.evaluate(arg)
  }
  const text = function* (arg: Expr | undefined): Task<string> {
    return textOf(yield* value(arg))
  }
  switch (name) {
    case 'length':
      if (first === undefined) return context.record.text.length
      if (first.type === 'variable' && context.variables.isArray(first.name))
        return context.variables.array(first.name).size
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
      const array = context.variables.array(second.name)
      const separator =
        third === undefined
          ? context.textOf('FS')
          : third.type === 'regex'
            ? third.source
            : yield* text(third)
      const isPattern = third?.type === 'regex'
      const parts =
        isPattern && source !== ''
          ? source.split(context.regExp(separator))
          : context.split(source, separator)
      array.clear()
      for (const [index, part] of parts.entries()) array.set(String(index + 1), { input: part })
      return parts.length
    }
    case 'sub':
    case 'gsub':
      return yield* substitute(context, name === 'gsub', args)
    case 'match': {
      const source = yield* text(first)
      const match = (yield* context.pattern(second ?? { type: 'string', text: '' })).exec(source)
      context.variables.setGlobal('RSTART', match === null ? 0 : match.index + 1)
      context.variables.setGlobal('RLENGTH', match === null ? -1 : match[0].length)
      return match === null ? 0 : match.index + 1
    }
    case 'sprintf': {
      const values: AwkValue[] = []
      for (const arg of args) values.push(yield* context.evaluate(arg))
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
      return context.proc.host.simulation.random.uniform(0, 1)
    case 'srand':
      return 0
    case 'systime':
      return Math.floor(context.proc.host.simulation.unixMs / 1000)
    case 'strftime': {
      const format = first === undefined ? '%c' : yield* text(first)
      const seconds = second === undefined ? undefined : number(yield* value(second))
      const ms = seconds === undefined ? context.proc.host.simulation.unixMs : seconds * 1000
      return formatDate(ms, format)
    }
    case 'system':
      return yield* context.channels.run(yield* text(first))
    case 'close':
      return yield* context.channels.close(yield* text(first))
    case 'fflush':
      return 0
    default:
      throw new AwkError(`calling undefined function ${name}`)
  }
}

function* substitute(
  context: AwkContext,
  isGlobal: boolean,
  [pattern, replacement, target]: readonly Expr[],
): Task<AwkValue> {
  const regExp = yield* context.pattern(pattern ?? { type: 'string', text: '' })
  const text = replacement === undefined ? '' : textOf(yield* context.evaluate(replacement))
  const where: Lvalue =
    target?.type === 'variable' || target?.type === 'element' || target?.type === 'field'
      ? target
      : { type: 'field', index: { type: 'number', value: 0 } }
  const before = textOf(yield* context.read(where))
  let count = 0
  const after = before.replace(new RegExp(regExp.source, isGlobal ? 'g' : ''), (match) => {
    count++
    return text.replace(/\\\\|\\&|&/g, (each) =>
      each === '&' ? match : each === '\\&' ? '&' : '\\',
    )
  })
  if (count > 0) yield* context.assign(where, after)
  return count
}
