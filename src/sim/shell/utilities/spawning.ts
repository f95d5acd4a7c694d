import { type OsProcess, type Program, SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import { baseName } from '#sim/kernel/os/paths.ts'
import type { Task } from '#sim/kernel/process.ts'
import { complain } from './tool.ts'

/** Starts another program as a child with this process's files. */
export function spawnChild(
  proc: OsProcess,
  program: Program,
  argv: readonly string[],
  options: { readonly group?: 'new' } = {},
): OsProcess {
  return proc.host.processes.spawn({
    host: proc.host,
    program,
    argv,
    env: proc.env,
    cwd: proc.cwd,
    files: proc.files,
    parent: proc,
    ...options,
  })
}

/** A program by name, or by a path to where programs live. */
export function programNamed(proc: OsProcess, name: string): Program | undefined {
  const direct = proc.host.command(name)
  if (direct !== undefined || !name.includes('/')) return direct
  const path = proc.resolvePath(name)
  const { fs } = proc.host
  if (fs.exists(path) && fs.stat(path).type === 'file' && fs.stat(path).size > 0) {
    return scriptAt(proc, path)
  }
  return proc.host.command(baseName(name))
}

function scriptAt(proc: OsProcess, path: string): Program | undefined {
  const shell = proc.host.command('sh')
  if (shell === undefined) return undefined
  return (child) => child.exec(shell, ['sh', path, ...child.argv.slice(1)])
}

/** Runs a command to its exit code; 127 with a message if there is no such program. */
export function* runChild(proc: OsProcess, argv: readonly string[]): Task<number> {
  const [name = ''] = argv
  const program = programNamed(proc, name)
  if (program === undefined) {
    yield* complain(proc, notFound(name))
    return 127
  }
  yield* proc.charge(1)
  const status = yield* spawnChild(proc, program, argv).wait()
  return status.type === 'exited' ? status.code : 128 + SIGNAL_NUMBER[status.signal]
}

/** Becomes another program, as `env` and `nohup` do. */
export function* becomeProgram(proc: OsProcess, argv: readonly string[]): Task<number> {
  const [name = ''] = argv
  const program = programNamed(proc, name)
  if (program === undefined) {
    yield* complain(proc, notFound(name))
    return 127
  }
  return yield* proc.exec(program, argv)
}

function notFound(name: string): string {
  return `${name}: No such file or directory`
}
