import type { Task } from '#sim/kernel/process.ts'
import { expandArithmetic, expandPattern, expandRegExp, expandText } from './expansion.ts'
import { binaryFileTest, INTEGER_TESTS, unaryTest } from './file-tests.ts'
import { matchesPattern, patternToRegExp } from './patterns.ts'
import { FatalError, type Shell } from './shell.ts'
import type { TestExpression, Word } from './syntax.ts'

/** `[[ … ]]`. */
export function* evaluateTest(shell: Shell, node: TestExpression): Task<boolean> {
  switch (node.type) {
    case 'TestUnary':
      return yield* unary(shell, node.operator, node.operand)
    case 'TestBinary':
      return yield* binary(shell, node.operator, node.left, node.right)
    case 'TestLogical': {
      const isAnd = node.operator === '&&'
      for (const operand of node.operands) {
        if ((yield* evaluateTest(shell, operand)) !== isAnd) return !isAnd
      }
      return isAnd
    }
    case 'TestNot': {
      const result = yield* evaluateTest(shell, node.operand)
      return node.negations.length % 2 === 1 ? !result : result
    }
    case 'TestGroup':
      return yield* evaluateTest(shell, node.expression)
  }
}

function* unary(shell: Shell, operator: string, operand: Word): Task<boolean> {
  const text = yield* expandText(shell, operand)
  if (operator === '-v') return isSet(shell, text)
  if (operator === '-o') return text in shell.options && shell.options[text as 'errexit']
  const result = unaryTest(shell.proc, operator, text)
  if (result === undefined) throw new FatalError(`${operator}: unary operator expected`, 2)
  return result
}

function isSet(shell: Shell, text: string): boolean {
  const element = /^([A-Za-z_]\w*)\[(.+)\]$/.exec(text)
  if (element === null) return shell.variables.find(text)?.value !== undefined
  return shell.element(element[1] ?? '', element[2] ?? '') !== undefined
}

function* binary(shell: Shell, operator: string, left: Word, right: Word): Task<boolean> {
  const text = yield* expandText(shell, left)
  if (operator === '==' || operator === '=' || operator === '!=') {
    const pattern = yield* expandPattern(shell, right)
    const ignoresCase = shell.shopt.get('nocasematch') === true
    const isMatch = ignoresCase
      ? patternToRegExp(pattern, 'i').test(text)
      : matchesPattern(text, pattern)
    return isMatch === (operator !== '!=')
  }
  if (operator === '=~') return matchRegExp(shell, text, yield* expandRegExp(shell, right))
  const other = yield* expandText(shell, right)
  if (operator === '<') return text < other
  if (operator === '>') return text > other
  const compare = INTEGER_TESTS[operator]
  if (compare !== undefined) {
    return compare(yield* expandArithmetic(shell, text), yield* expandArithmetic(shell, other))
  }
  return binaryFileTest(shell.proc, operator, text, other) === true
}

function matchRegExp(shell: Shell, text: string, source: string): boolean {
  const match = posixRegExp(source).exec(text)
  shell.variables.setArray('BASH_REMATCH', match === null ? [] : Array.from(match, (x) => x ?? ''))
  return match !== null
}

function posixRegExp(source: string): RegExp {
  try {
    return new RegExp(extendedToJs(source), 's')
  } catch {
    throw new FatalError(`invalid regular expression \`${source}'`, 2)
  }
}

/** POSIX extended regular expressions differ from ours in the classes within brackets. */
export function extendedToJs(source: string): string {
  return source
    .replace(/\[:([a-z]+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole)
    .replace(/\[\^?\]/g, (whole) => `${whole.slice(0, -1)}\\]`)
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
}
