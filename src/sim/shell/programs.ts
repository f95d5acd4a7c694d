import { baseName } from '#sim/kernel/os/paths.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import type { Shell } from './shell.ts'

export type Found =
  | { readonly type: 'program'; readonly program: Program }
  | { readonly type: 'missing'; readonly code: number; readonly message: string }

const PROGRAM_DIRECTORIES = /^(?:\/usr)?(?:\/local)?\/s?bin\/[^/]+$/

/** Finds a program by name, or by a path to a script or to where programs live. */
export function findProgram(shell: Shell, name: string): Found {
  const { host } = shell.proc
  if (!name.includes('/')) {
    const program = host.command(name) ?? scriptInPath(shell, name)
    if (program !== undefined) return { type: 'program', program }
    return { type: 'missing', code: 127, message: notFound(shell, name) }
  }
  const path = shell.proc.resolvePath(name)
  if (host.fs.isDirectory(path)) return missing(126, `${name}: Is a directory`)
  const isScript = host.fs.exists(path) && host.fs.stat(path).size > 0
  if (isScript) {
    if ((host.fs.stat(path).mode & 0o111) === 0) return missing(126, `${name}: Permission denied`)
    return { type: 'program', program: scriptProgram(shell, path) }
  }
  const program = PROGRAM_DIRECTORIES.test(path) ? host.command(baseName(path)) : undefined
  if (program !== undefined) return { type: 'program', program }
  const message =
    shell.dialect === 'bash' ? `${name}: No such file or directory` : `${name}: not found`
  return missing(127, message)
}

function missing(code: number, message: string): Found {
  return { type: 'missing', code, message }
}

function notFound(shell: Shell, name: string): string {
  return shell.dialect === 'bash' ? `${name}: command not found` : `${name}: not found`
}

function scriptInPath(shell: Shell, name: string): Program | undefined {
  const { fs } = shell.proc.host
  for (const directory of (shell.variables.text('PATH') ?? '').split(':')) {
    const path = `${directory === '' ? shell.proc.cwd : directory}/${name}`
    if (!fs.exists(path)) continue
    const { type, mode, size } = fs.stat(path)
    if (type === 'file' && size > 0 && (mode & 0o111) !== 0) return scriptProgram(shell, path)
  }
  return undefined
}

/** A file with `#!` runs through what it names, any other through a shell. */
function scriptProgram(shell: Shell, path: string): Program {
  return function* (proc) {
    const firstLine = proc.host.fs.readText(path).split('\n', 1)[0] ?? ''
    const words = /^#!\s*(\S+)\s*(.*)$/.exec(firstLine)
    const isThroughEnv = words !== null && baseName(words[1] ?? '') === 'env'
    const name = isThroughEnv ? (words[2] ?? '') : baseName(words?.[1] ?? 'sh')
    const program = proc.host.command(name)
    if (program === undefined) {
      const why = 'cannot execute: required file not found'
      yield* proc.write(2, `${shell.messagePrefix}${proc.argv[0]}: ${why}\n`)
      return 127
    }
    const given = words === null || isThroughEnv ? '' : (words[2] ?? '').trim()
    const called = proc.argv[0]?.includes('/') === true ? proc.argv[0] : path
    const argv = [name, ...(given === '' ? [] : [given]), called, ...proc.argv.slice(1)]
    return yield* proc.exec(program, argv)
  }
}
