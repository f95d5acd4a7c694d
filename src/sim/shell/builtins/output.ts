import type { Builtin } from './builtin.ts'
import { misuse } from './builtin.ts'
import { echoText } from '../echo-text.ts'
import { formatPrintf } from '../printf-format.ts'
import { TestError, testWords } from '../test-words.ts'

export const echo: Builtin = function* (shell, args) {
  yield* shell.proc.write(1, echoText(args))
  return 0
}

export const printf: Builtin = function* (shell, args) {
  let variable: string | undefined
  let rest = args
  if (rest[0] === '-v') {
    variable = rest[1]
    rest = rest.slice(2)
  }
  if (rest[0] === '--') rest = rest.slice(1)
  const [format, ...values] = rest
  if (format === undefined) {
    yield* shell.proc.write(2, 'printf: usage: printf [-v var] format [arguments]\n')
    return 2
  }
  const { text, errors } = formatPrintf(format, values, shell.proc.host.simulation.unixMs)
  if (variable === undefined) yield* shell.proc.write(1, text)
  else {
    const element = /^([A-Za-z_]\w*)\[(.+)\]$/.exec(variable)
    if (element === null) shell.setVariable(variable, text)
    else {
      const [, name = '', key = ''] = element
      shell.variables.setElement(name, shell.elementKey(name, key), text)
    }
  }
  for (const error of errors) yield* shell.complain(`printf: ${error}`)
  return errors.length > 0 ? 1 : 0
}

export const test: Builtin = function* (shell, args, name) {
  let words = args
  if (name === '[') {
    if (args.at(-1) !== ']') return yield* misuse(shell, '[', "missing `]'", 2)
    words = args.slice(0, -1)
  }
  try {
    return testWords(shell.proc, words) ? 0 : 1
  } catch (error) {
    if (!(error instanceof TestError)) throw error
    return yield* misuse(shell, name, error.message, 2)
  }
}

// oxlint-disable-next-line require-yield -- says nothing
export const succeed: Builtin = function* () {
  return 0
}

// oxlint-disable-next-line require-yield -- says nothing
export const fail: Builtin = function* () {
  return 1
}
