import { OsError } from '#sim/kernel/os/types.ts'
import { normalizePath } from '#sim/kernel/os/paths.ts'
import { ExitShell, LoopJump, ReturnFromFunction, type Shell } from '../shell.ts'
import { findProgram } from '../programs.ts'
import { type Builtin, misuse } from './builtin.ts'
import { ArithmeticError } from '../arithmetic.ts'

/** `3`, or the status so far; what is not a number is a mistake with status 2. */
function* statusOf(shell: Shell, name: string, text: string | undefined) {
  if (text === undefined) return shell.lastStatus
  if (/^[+-]?\d+$/.test(text)) return Number(text) & 0xff
  return yield* misuse(shell, name, `${text}: numeric argument required`, 2)
}

export const exit: Builtin = function* (shell, args) {
  if (shell.dialect === 'bash' && shell.isInteractive && !shell.isSubshell)
    yield* shell.proc.write(2, 'exit\n')
  throw new ExitShell(yield* statusOf(shell, 'exit', args[0]))
}

export const returnFrom: Builtin = function* (shell, args) {
  if (shell.functionDepth === 0 && shell.sourceDepth === 0) {
    const why = "can only `return' from a function or sourced script"
    return yield* misuse(shell, 'return', why, 2)
  }
  throw new ReturnFromFunction(yield* statusOf(shell, 'return', args[0]))
}

export const jump: Builtin = function* (shell, args, name) {
  if (shell.loopDepth === 0) {
    const why = "only meaningful in a `for', `while', or `until' loop"
    return yield* misuse(shell, name, why, 0)
  }
  const levels = Number(args[0] ?? '1')
  if (!Number.isInteger(levels) || levels < 1) {
    return yield* misuse(shell, name, `${args[0]}: loop count out of range`)
  }
  throw new LoopJump(name === 'break' ? 'break' : 'continue', Math.min(levels, shell.loopDepth))
}

export const evaluate: Builtin = function* (shell, args) {
  shell.lastStatus = 0
  return yield* shell.evaluator.runText(shell, args.join(' '))
}

export const source: Builtin = function* (shell, args, name) {
  const [path, ...positional] = args
  if (path === undefined) return yield* misuse(shell, name, 'filename argument required', 2)
  let text: string
  try {
    text = shell.proc.host.fs.readText(normalizePath(path, shell.proc.cwd))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    yield* shell.complain(new OsError(error.code, path).message)
    return 1
  }
  const before = shell.positional
  if (positional.length > 0) shell.positional = positional
  shell.sourceDepth++
  try {
    return yield* shell.evaluator.runText(shell, text)
  } catch (thrown) {
    if (thrown instanceof ReturnFromFunction) return thrown.code
    throw thrown
  } finally {
    shell.sourceDepth--
    shell.positional = before
  }
}

export const exec: Builtin = function* (shell, args) {
  const words = args[0] === '--' ? args.slice(1) : args
  if (words.length === 0) return 0
  const name = words[0] ?? ''
  const isMissing = !name.includes('/') && findProgram(shell, name).type === 'missing'
  if (isMissing && shell.dialect === 'bash') {
    yield* misuse(shell, 'exec', `${name}: not found`)
    if (!shell.isInteractive) throw new ExitShell(127)
    return 127
  }
  const status = yield* shell.evaluator.runWords(shell, words, {
    skipsFunctions: true,
    skipsBuiltins: true,
    inPlace: true,
  })
  // Only a program that was not found comes back here, and ends a script.
  if (!shell.isInteractive) throw new ExitShell(status)
  return status
}

export const letExpressions: Builtin = function* (shell, args) {
  let last = 0n
  try {
    for (const text of args) last = shell.arithmetic(text)
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error
    return yield* misuse(shell, 'let', error.message)
  }
  return last === 0n ? 1 : 0
}
