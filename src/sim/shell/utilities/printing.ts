import { echoText } from '../echo-text.ts'
import { formatPrintf } from '../printf-format.ts'
import { TestError, testWords } from '../test-words.ts'
import { OutputBuffer } from './input.ts'
import { complain, parseOptions, type Tool, toolName, UsageError } from './tool.ts'

export const echo: Tool = function* (proc) {
  yield* proc.write(1, echoText(proc.argv.slice(1)))
  return 0
}

export const printf: Tool = function* (proc) {
  const [format, ...values] = proc.argv.slice(1)
  if (format === undefined) throw new UsageError('missing operand')
  const { text, errors } = formatPrintf(format, values, proc.host.simulation.unixMs)
  yield* proc.write(1, text)
  for (const error of errors) yield* complain(proc, error)
  return errors.length > 0 ? 1 : 0
}

export const test: Tool = function* (proc) {
  const isBracket = toolName(proc) === '['
  const words = proc.argv.slice(1)
  if (isBracket && words.pop() !== ']') {
    yield* complain(proc, "missing ']'")
    return 2
  }
  try {
    return testWords(proc, words) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    yield* complain(proc, error.message)
    return 2
  }
}

// oxlint-disable-next-line require-yield -- says nothing
export const succeed: Tool = function* () {
  return 0
}

// oxlint-disable-next-line require-yield -- says nothing
export const fail: Tool = function* () {
  return 1
}

const YES_BYTES = 8192

export const yes: Tool = function* (proc) {
  const words = proc.argv.slice(1)
  const line = `${words.length === 0 ? 'y' : words.join(' ')}\n`
  const block = line.repeat(Math.max(1, Math.floor(YES_BYTES / line.length)))
  for (;;) yield* proc.write(1, block)
}

export const seq: Tool = function* (proc) {
  // A negative number is no option.
  const args = proc.argv.slice(1)
  const firstNumber = args.findIndex((arg) => /^[-+]?\.?\d/.test(arg))
  const head = firstNumber < 0 ? args : args.slice(0, firstNumber)
  const options = parseOptions(head, { flags: 'w', values: 'sf' })
  const numbers = [...options.operands, ...(firstNumber < 0 ? [] : args.slice(firstNumber))]
  if (numbers.length === 0) throw new UsageError('missing operand')
  const wrong = numbers.find((text) => text.trim() === '' || Number.isNaN(Number(text)))
  if (wrong !== undefined) throw new UsageError(`invalid floating point argument: '${wrong}'`)
  const [first, step, last] =
    numbers.length === 1
      ? ['1', '1', numbers[0] ?? '']
      : numbers.length === 2
        ? [numbers[0] ?? '', '1', numbers[1] ?? '']
        : [numbers[0] ?? '', numbers[1] ?? '', numbers[2] ?? '']
  if (Number(step) === 0) throw new UsageError(`invalid Zero increment value: '${step}'`)
  const digits = Math.max(decimals(first), decimals(step))
  const width = options.has('w')
    ? Math.max(Number(first).toFixed(digits).length, Number(last).toFixed(digits).length)
    : 0
  const separator = options.value('s') ?? '\n'
  const format = options.value('f')
  const count = Math.floor((Number(last) - Number(first)) / Number(step) + 1e-9) + 1
  const out = new OutputBuffer(proc)
  for (let i = 0; i < count; i++) {
    const value = (Number(first) + i * Number(step)).toFixed(digits)
    const text = format === undefined ? padded(value, width) : formatPrintf(format, [value], 0).text
    yield* out.add(i === count - 1 ? `${text}\n` : text + separator)
  }
  yield* out.flush()
  return 0
}

function decimals(text: string): number {
  return /\.(\d+)/.exec(text)?.[1]?.length ?? 0
}

function padded(text: string, width: number): string {
  if (!text.startsWith('-')) return text.padStart(width, '0')
  return `-${text.slice(1).padStart(width - 1, '0')}`
}
