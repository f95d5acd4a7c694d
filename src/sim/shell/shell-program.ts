import { baseName } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { applyOption } from './builtins/options.ts'
import { runToExit } from './forks.ts'
import { evaluator } from './interpreter.ts'
import { type PromptOptions, runPrompt } from './interactive.ts'
import { JobTable } from './jobs.ts'
import { type Dialect, Shell } from './shell.ts'
import { isIncomplete } from './syntax.ts'

export type ShellProgramOptions = {
  /** Which shell `sh` is here: busybox's in small containers, dash in Debian's. */
  readonly sh?: Dialect
} & Pick<PromptOptions, 'complete' | 'onForeground'>

/** `sh` and `bash`: `-c script`, a script file, a script on stdin, or a prompt on a terminal. */
export function createShellProgram(options: ShellProgramOptions = {}): Program {
  return function* (proc) {
    const name = proc.argv[0] ?? 'sh'
    const called = baseName(name).replace(/^-/, '')
    const dialect: Dialect = called === 'bash' ? 'bash' : (options.sh ?? 'ash')
    const shell = new Shell({ proc, dialect, name, evaluator, jobs: new JobTable() })
    shell.messageName = called
    return yield* runToExit(shell, () => start(shell, proc, options))
  }
}

export const shellProgram: Program = createShellProgram()

function* start(shell: Shell, proc: OsProcess, options: ShellProgramOptions): Task<number> {
  const invocation = parseInvocation(shell, proc.argv.slice(1))
  if (invocation.wrong !== undefined) {
    yield* proc.write(2, `${shell.messageName}: ${invocation.wrong}\n`)
    return 2
  }
  const { rest, isCommand, isLogin } = invocation
  if (isCommand) {
    const [script = '', name, ...positional] = rest
    shell.isCommandString = true
    if (name !== undefined) shell.name = name
    if (name !== undefined) shell.messageName = name
    shell.positional = positional
    return yield* runScript(shell, script)
  }
  const file = invocation.readsInput ? undefined : rest[0]
  shell.positional = file === undefined ? rest : rest.slice(1)
  if (file !== undefined) return yield* runFile(shell, file)
  const isTerminal = proc.files.get(0)?.tty !== undefined
  if (invocation.isInteractive || isTerminal) {
    return yield* runPrompt(shell, { isLogin, ...options })
  }
  return yield* runInput(shell)
}

type Invocation = {
  readonly rest: readonly string[]
  readonly isCommand: boolean
  readonly readsInput: boolean
  readonly isInteractive: boolean
  readonly isLogin: boolean
  readonly wrong: string | undefined
}

function parseInvocation(shell: Shell, args: readonly string[]): Invocation {
  const seen = new Set<string>()
  let wrong: string | undefined
  let at = 0
  for (; at < args.length && wrong === undefined; at++) {
    const arg = args[at] ?? ''
    if (arg === '--' || arg === '-') {
      at++
      break
    }
    if (arg.startsWith('--')) continue
    if (!/^[-+]./.test(arg)) break
    for (const letter of arg.slice(1)) {
      seen.add(letter)
      if ('csil'.includes(letter)) continue
      const longName = letter === 'o' ? args[++at] : undefined
      wrong ??= applyOption(shell, letter, arg.startsWith('-'), longName)
    }
  }
  const rest = args.slice(at)
  if (seen.has('c') && rest.length === 0) wrong ??= '-c: option requires an argument'
  return {
    rest,
    isCommand: seen.has('c'),
    readsInput: seen.has('s'),
    isInteractive: seen.has('i'),
    isLogin: seen.has('l') || args.includes('--login') || shell.name.startsWith('-'),
    wrong,
  }
}

/** A whole script; its last command, if it is a program, takes the place of the shell. */
function* runScript(shell: Shell, text: string): Task<number> {
  const script = shell.syntax.script(text)
  const only = script.commands.length === 1 ? script.commands[0] : undefined
  const isOneProgram =
    only?.command.type === 'Command' && only.background !== true && script.errors === undefined
  if (isOneProgram && only !== undefined) {
    return yield* shell.evaluator.runLast(shell, only, { text, firstLine: 1 })
  }
  return yield* shell.evaluator.runText(shell, text)
}

function* runFile(shell: Shell, path: string): Task<number> {
  shell.name = path
  let text: string
  try {
    text = shell.proc.host.fs.readText(shell.proc.resolvePath(path))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const why = new OsError(error.code, path).message
    const message =
      shell.dialect === 'bash' ? why : `can't open '${path}': ${error.message.split(': ').at(-1)}`
    yield* shell.proc.write(2, `${shell.messageName}: ${message}\n`)
    return error.code === 'ENOENT' ? 127 : 126
  }
  shell.messageName = path
  return yield* shell.evaluator.runText(shell, text)
}

/** A script on stdin runs statement by statement: what it runs may read the rest. */
function* runInput(shell: Shell): Task<number> {
  let pending = ''
  for (;;) {
    const line = yield* shell.proc.readLine(0)
    if (line === undefined) break
    pending += `${line}\n`
    if (isIncomplete(pending)) continue
    const text = pending
    pending = ''
    yield* shell.evaluator.runText(shell, text)
  }
  if (pending !== '') yield* shell.evaluator.runText(shell, pending)
  return shell.lastStatus
}
