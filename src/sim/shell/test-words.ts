import type { OsProcess } from '#sim/kernel/os/types.ts'
import { binaryFileTest, INTEGER_TESTS, unaryTest } from './file-tests.ts'

/** A test that makes no sense; its status is 2. */
export class TestError extends Error {
  override readonly name = 'TestError'
}

/** `test` and `[`: by the number of words first, as POSIX has it, then by grammar. */
export function testWords(proc: OsProcess, words: readonly string[]): boolean {
  switch (words.length) {
    case 0:
      return false
    case 1:
      return words[0] !== ''
    case 2:
      return twoWords(proc, words[0] ?? '', words[1] ?? '')
    case 3: {
      const [left = '', operator = '', right = ''] = words
      const result = binary(proc, left, operator, right)
      if (result !== undefined) return result
      if (left === '!') return !testWords(proc, words.slice(1))
      if (left === '(' && right === ')') return operator !== ''
      throw new TestError(`${operator}: binary operator expected`)
    }
    case 4:
      if (words[0] === '!') return !testWords(proc, words.slice(1))
      if (words[0] === '(' && words[3] === ')') return testWords(proc, words.slice(1, 3))
  }
  return new TestParser(proc, words).parse()
}

function twoWords(proc: OsProcess, operator: string, operand: string): boolean {
  if (operator === '!') return operand === ''
  const result = unaryTest(proc, operator, operand)
  if (result === undefined) throw new TestError(`${operator}: unary operator expected`)
  return result
}

const BINARY = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-nt',
  '-ot',
  '-ef',
  ...Object.keys(INTEGER_TESTS),
])

function binary(
  proc: OsProcess,
  left: string,
  operator: string,
  right: string,
): boolean | undefined {
  if (operator === '=' || operator === '==') return left === right
  if (operator === '!=') return left !== right
  if (operator === '<') return left < right
  if (operator === '>') return left > right
  if (operator === '-a') return left !== '' && right !== ''
  if (operator === '-o') return left !== '' || right !== ''
  const compare = INTEGER_TESTS[operator]
  if (compare !== undefined) return compare(integer(left), integer(right))
  return binaryFileTest(proc, operator, left, right)
}

function integer(text: string): bigint {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new TestError(`${text}: integer expression expected`)
  return BigInt(text.trim().replace(/^\+/, ''))
}

class TestParser {
  readonly #proc: OsProcess
  readonly #words: readonly string[]
  #at = 0

  constructor(proc: OsProcess, words: readonly string[]) {
    this.#proc = proc
    this.#words = words
  }

  parse(): boolean {
    const result = this.#or()
    if (this.#at < this.#words.length) throw new TestError('too many arguments')
    return result
  }

  #or(): boolean {
    let result = this.#and()
    while (this.#takes('-o')) result = this.#and() || result
    return result
  }

  #and(): boolean {
    let result = this.#term()
    while (this.#takes('-a')) result = this.#term() && result
    return result
  }

  #term(): boolean {
    if (this.#takes('!')) return !this.#term()
    const word = this.#words[this.#at]
    const operator = this.#words[this.#at + 1]
    const right = this.#words[this.#at + 2]
    if (word === undefined) throw new TestError('argument expected')
    if (operator !== undefined && right !== undefined && BINARY.has(operator)) {
      this.#at += 3
      return binary(this.#proc, word, operator, right) === true
    }
    if (this.#takes('(')) {
      const inner = this.#or()
      if (!this.#takes(')')) throw new TestError("`)' expected")
      return inner
    }
    if (operator !== undefined && /^-[a-zA-Z]$/.test(word)) {
      this.#at += 2
      return twoWords(this.#proc, word, operator)
    }
    this.#at++
    return word !== ''
  }

  #takes(word: string): boolean {
    if (this.#words[this.#at] !== word) return false
    this.#at++
    return true
  }
}
