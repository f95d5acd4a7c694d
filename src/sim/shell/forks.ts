import { Pipe } from '#sim/kernel/os/pipe.ts'
import { type OpenFile, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { withDeepCalls } from './deep-calls.ts'
import { ArithmeticError } from './arithmetic.ts'
import {
  ExitShell,
  exitCode,
  FatalError,
  Interrupted,
  LoopJump,
  ReturnFromFunction,
  Shell,
  type Source,
} from './shell.ts'
import type { ParsedScript, Statement } from './syntax.ts'
import { ReadonlyError } from './variables.ts'

export type ForkOptions = {
  readonly body: (child: Shell) => Task<number>
  /** Instead of the parent's files; the substitutions' descriptors are never handed on. */
  readonly files?: ReadonlyMap<number, OpenFile>
  readonly group?: number | 'new'
}

const PROCESSES_MAX = 1000

/** A subshell: a process with the state of the shell as it is now, not as it will be. */
export function forkShell(shell: Shell, options: ForkOptions): OsProcess {
  // A fork bomb ends here rather than with the memory of the page.
  if (shell.proc.host.processes.list().length >= PROCESSES_MAX) {
    throw new FatalError('fork: retry: Resource temporarily unavailable', 254)
  }
  const child = new Shell(
    {
      proc: shell.proc,
      dialect: shell.dialect,
      name: shell.name,
      evaluator: shell.evaluator,
      jobs: shell.jobs.clone(),
    },
    shell,
  )
  child.proc = shell.proc.host.processes.spawn({
    host: shell.proc.host,
    program: () => runToExit(child, options.body),
    argv: shell.proc.argv,
    env: shell.proc.env,
    cwd: shell.proc.cwd,
    files: options.files ?? shell.proc.files,
    parent: shell.proc,
    ...(options.group !== undefined && { group: options.group }),
  })
  return child.proc
}

/** Runs a shell to its exit code: what unwinds to here, messages of mistakes, the EXIT trap. */
export function runToExit(shell: Shell, body: (shell: Shell) => Task<number>): Task<number> {
  return withDeepCalls(runBody(shell, body))
}

function* runBody(shell: Shell, body: (shell: Shell) => Task<number>): Task<number> {
  let code: number
  try {
    code = yield* body(shell)
  } catch (thrown) {
    if (thrown instanceof ExitShell && thrown.isReplaced) return thrown.code
    code = yield* codeOfUnwinding(shell, thrown)
  }
  return yield* runExitTrap(shell, code)
}

/** The status that something thrown stands for; prints what is to be printed. */
export function* codeOfUnwinding(shell: Shell, thrown: unknown): Task<number> {
  if (thrown instanceof ExitShell || thrown instanceof ReturnFromFunction) return thrown.code
  if (thrown instanceof LoopJump) return shell.lastStatus
  if (thrown instanceof Interrupted) return 130
  if (thrown instanceof FatalError) {
    yield* shell.complain(thrown.message)
    return thrown.code
  }
  if (thrown instanceof ReadonlyError || thrown instanceof ArithmeticError) {
    yield* shell.complain(thrown.message)
    return 1
  }
  throw thrown
}

function* runExitTrap(shell: Shell, code: number): Task<number> {
  const action = shell.traps.get('EXIT')
  if (action === undefined || action === '') return code
  shell.traps.delete('EXIT')
  shell.lastStatus = code
  try {
    yield* shell.evaluator.runText(shell, action)
  } catch (thrown) {
    return yield* codeOfUnwinding(shell, thrown)
  }
  return code
}

/** What a command prints, as `$( )` takes it; leaves its status in `substitutionStatus`. */
export function* captureOutput(
  shell: Shell,
  statements: readonly Statement[],
  source: Source,
): Task<string> {
  const file = fileRead(statements)
  if (file !== undefined) return yield* readWhole(shell, file)
  const pipe = new Pipe()
  const files = new Map(shell.proc.files).set(1, pipe.writeEnd)
  pipe.readEnd.retain()
  try {
    const child = forkShell(shell, {
      files,
      body: (inner) => {
        inner.traceDepth++
        return inner.evaluator.run(inner, statements, source)
      },
    })
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = yield* pipe.readEnd.read(64 * 1024)
      if (chunk === undefined) break
      chunks.push(chunk)
    }
    shell.substitutionStatus = exitCode(yield* child.wait())
    return decodeUtf8(concatBytes(chunks))
  } finally {
    pipe.readEnd.release()
  }
}

/** The path in `$(< path)`, which reads a file without a process, if that is what it is. */
function fileRead(statements: readonly Statement[]): string | undefined {
  const command = statements.length === 1 ? statements[0]?.command : undefined
  if (command?.type !== 'Command' || command.name !== undefined) return undefined
  const only = command.prefix.length === 1 ? command.prefix[0] : undefined
  if (only?.type !== 'Redirect' || only.operator !== '<') return undefined
  return only.target?.parts === undefined ? only.target?.value : undefined
}

function* readWhole(shell: Shell, path: string): Task<string> {
  try {
    shell.substitutionStatus = 0
    return shell.proc.host.fs.readText(shell.proc.resolvePath(path))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    shell.substitutionStatus = 1
    yield* shell.complain(new OsError(error.code, path).message)
    return ''
  }
}

const FIRST_SUBSTITUTION_FD = 63

/** Starts `<(command)` or `>(command)`; the path names a descriptor of this process. */
// oxlint-disable-next-line require-yield -- nothing to wait for, but callers expand in tasks
export function* openProcessSubstitution(
  shell: Shell,
  part: {
    readonly operator: '<' | '>'
    readonly script: ParsedScript | undefined
  },
): Task<string> {
  const pipe = new Pipe()
  const isInput = part.operator === '<'
  let fd = FIRST_SUBSTITUTION_FD
  while (shell.proc.files.has(fd)) fd--
  const files = new Map(shell.proc.files)
  // Another substitution must not hold this one's pipe open.
  for (const other of shell.substitutionFiles.keys()) files.delete(other)
  if (isInput) files.set(1, pipe.writeEnd)
  else files.set(0, pipe.readEnd)
  const ours = isInput ? pipe.readEnd : pipe.writeEnd
  ours.retain()
  shell.proc.files.set(fd, ours)
  shell.substitutionFiles.set(fd, ours)
  const { script } = part
  const child = forkShell(shell, {
    files,
    body: (inner) =>
      inner.evaluator.run(inner, script?.commands ?? [], {
        text: script?.source ?? shell.source.text,
        firstLine: shell.line,
      }),
  })
  shell.lastBackgroundPid = child.pid
  return `/dev/fd/${fd}`
}

/** Closes the substitutions opened since there were only `before`. */
export function closeSubstitutions(shell: Shell, before: ReadonlySet<number>): void {
  for (const [fd, file] of shell.substitutionFiles) {
    if (before.has(fd)) continue
    shell.substitutionFiles.delete(fd)
    if (shell.proc.files.get(fd) === file) shell.proc.files.delete(fd)
    file.release()
  }
}
