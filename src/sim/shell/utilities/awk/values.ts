import { formatPrintf } from '../../printf-format.ts'
import { AwkError } from './syntax.ts'

/** A number, a string, or text from input, which counts as a number where it looks like one. */
export type AwkValue = number | string | { readonly input: string }

export const COMPARE: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

const NUMERIC = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/

export function isNumeric(value: AwkValue): boolean {
  if (typeof value === 'number') return true
  return typeof value === 'object' && (value.input === '' || NUMERIC.test(value.input))
}

export function number(value: AwkValue): number {
  if (typeof value === 'number') return value
  const text = typeof value === 'object' ? value.input : value
  return Number(/^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/.exec(text)?.[0] ?? 0)
}

export function truth(value: AwkValue): boolean {
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string') return value !== ''
  return value.input !== '' && !(NUMERIC.test(value.input) && Number(value.input) === 0)
}

export function unary(operator: string, value: AwkValue): AwkValue {
  if (operator === '!') return truth(value) ? 0 : 1
  return operator === '-' ? -number(value) : number(value)
}

export function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      if (b === 0) throw new AwkError('division by zero')
      return a / b
    case '%':
      if (b === 0) throw new AwkError('division by zero in %')
      return a % b
    default:
      return a ** b
  }
}

export function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return String(value)
  return formatPrintf(format, [String(value)], 0).text
}

export function textOf(value: AwkValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object') return value.input
  return numberText(value, '%.6g')
}
