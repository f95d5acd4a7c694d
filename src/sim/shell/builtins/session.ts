import { type Builtin, misuse, takeFlags } from './builtin.ts'

export const umask: Builtin = function* (shell, args) {
  if (args.length === 0) yield* shell.proc.write(1, '0022\n')
  return 0
}

export const ulimit: Builtin = function* (shell) {
  yield* shell.proc.write(1, 'unlimited\n')
  return 0
}

export const times: Builtin = function* (shell) {
  yield* shell.proc.write(1, '0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n')
  return 0
}

export const history: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'cwran')
  if (flags.has('c')) {
    shell.historyEntries.length = 0
    return 0
  }
  const entries = shell.historyEntries
  const count = rest[0] === undefined ? entries.length : Number(rest[0])
  if (!Number.isInteger(count)) {
    return yield* misuse(shell, 'history', `${rest[0]}: numeric argument required`)
  }
  const first = Math.max(0, entries.length - count)
  for (let i = first; i < entries.length; i++) {
    yield* shell.proc.write(1, `${String(i + 1).padStart(5)}  ${entries[i]}\n`)
  }
  return 0
}

export const caller: Builtin = function* (shell) {
  if (shell.functionDepth === 0) return 1
  yield* shell.proc.write(1, `${shell.line} ${shell.functionNames.at(-2) ?? 'main'}\n`)
  return 0
}

export const help: Builtin = function* (shell) {
  yield* shell.proc.write(
    1,
    'This is the shell of a simulated cluster. Try `kubectl`, `ls`, `cat`, `echo`, `for`, `while`;\n' +
      'Tab completes, the arrow keys bring back earlier lines, Ctrl-C interrupts.\n',
  )
  return 0
}
