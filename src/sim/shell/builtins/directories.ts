import { normalizePath } from '#sim/kernel/os/paths.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from '../shell.ts'
import { type Builtin, misuse, takeFlags } from './builtin.ts'

export const cd: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'LPe@')
  if (rest.length > 1) return yield* misuse(shell, 'cd', 'too many arguments')
  const [given] = rest
  const target =
    given === '-' ? shell.variables.text('OLDPWD') : (given ?? shell.variables.text('HOME'))
  if (target === undefined) {
    return yield* misuse(shell, 'cd', given === '-' ? 'OLDPWD not set' : 'HOME not set')
  }
  const failure = changeDirectory(shell, target, flags.has('P'))
  if (failure !== undefined) return yield* refuse(shell, 'cd', target, failure)
  if (given === '-') yield* shell.proc.write(1, `${shell.variables.text('PWD')}\n`)
  return 0
}

function refuse(shell: Shell, name: string, target: string, failure: OsError): Task<number> {
  const why = new OsError(failure.code, target).message
  if (shell.dialect === 'bash') return misuse(shell, name, why)
  return misuse(shell, name, `can't cd to ${why}`, shell.dialect === 'dash' ? 2 : 1)
}

function changeDirectory(shell: Shell, target: string, isPhysical: boolean): OsError | undefined {
  const { fs } = shell.proc.host
  const logical = normalizePath(target, shell.proc.cwd)
  if (!fs.exists(logical)) return new OsError('ENOENT')
  if (!fs.isDirectory(logical)) return new OsError('ENOTDIR')
  const path = isPhysical ? fs.realPath(logical) : logical
  shell.export('OLDPWD', shell.variables.text('PWD') ?? shell.proc.cwd)
  shell.proc.cwd = path
  shell.export('PWD', path)
  return undefined
}

export const pwd: Builtin = function* (shell, args) {
  const { flags } = takeFlags(args, 'LP')
  const { cwd, host } = shell.proc
  yield* shell.proc.write(1, `${flags.has('P') ? host.fs.realPath(cwd) : cwd}\n`)
  return 0
}

export const pushd: Builtin = function* (shell, args) {
  const [target] = args
  const here = shell.proc.cwd
  const to = target ?? shell.directoryStack[0]
  if (to === undefined) return yield* misuse(shell, 'pushd', 'no other directory')
  const failure = changeDirectory(shell, to, false)
  if (failure !== undefined) return yield* refuse(shell, 'pushd', to, failure)
  if (target === undefined) shell.directoryStack[0] = here
  else shell.directoryStack.unshift(here)
  return yield* dirs(shell, [], 'dirs')
}

export const popd: Builtin = function* (shell) {
  const to = shell.directoryStack.shift()
  if (to === undefined) return yield* misuse(shell, 'popd', 'directory stack empty')
  const failure = changeDirectory(shell, to, false)
  if (failure !== undefined) return yield* refuse(shell, 'popd', to, failure)
  return yield* dirs(shell, [], 'dirs')
}

export const dirs: Builtin = function* (shell) {
  const home = shell.variables.text('HOME')
  const shown = [shell.proc.cwd, ...shell.directoryStack].map((path) =>
    home !== undefined && (path === home || path.startsWith(`${home}/`))
      ? `~${path.slice(home.length)}`
      : path,
  )
  yield* shell.proc.write(1, `${shown.join(' ')}\n`)
  return 0
}
