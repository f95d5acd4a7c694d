import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from '../shell.ts'
import { type Builtin, misuse, takeFlags } from './builtin.ts'

const KEYWORDS = new Set([
  'if',
  'then',
  'else',
  'elif',
  'fi',
  'case',
  'esac',
  'for',
  'select',
  'while',
  'until',
  'do',
  'done',
  'in',
  'function',
  'time',
  '{',
  '}',
  '!',
  '[[',
  ']]',
])

/** Tells which names are builtins; given by the table, which imports this module. */
export type IsBuiltin = (name: string) => boolean

type Kind = 'alias' | 'keyword' | 'function' | 'builtin' | 'file'

function kindOf(shell: Shell, name: string, isBuiltin: IsBuiltin): Kind | undefined {
  const expandsAliases = shell.isInteractive || shell.shopt.get('expand_aliases') === true
  if (expandsAliases && shell.aliases.has(name)) return 'alias'
  if (KEYWORDS.has(name)) return 'keyword'
  if (shell.functions.has(name)) return 'function'
  if (isBuiltin(name)) return 'builtin'
  return programPath(shell, name) === undefined ? undefined : 'file'
}

/** Where a program is, as `which` shows it. */
export function programPath(shell: Shell, name: string): string | undefined {
  const { host } = shell.proc
  const isExecutable = (path: string): boolean =>
    host.fs.exists(path) &&
    host.fs.stat(path).type === 'file' &&
    (host.fs.stat(path).mode & 0o111) !== 0
  if (name.includes('/')) return isExecutable(shell.proc.resolvePath(name)) ? name : undefined
  const directories = (shell.variables.text('PATH') ?? '').split(':')
  const found = directories.map((each) => `${each}/${name}`).find(isExecutable)
  if (found !== undefined) return found
  return host.command(name) === undefined ? undefined : `/usr/bin/${name}`
}

export function newType(isBuiltin: IsBuiltin): Builtin {
  return function* (shell, args) {
    const { flags, rest } = takeFlags(args, 'tpaPf')
    let status = 0
    for (const name of rest) {
      const kind = kindOf(shell, name, isBuiltin)
      if (kind === undefined) {
        status = 1
        if (!flags.has('t') && !flags.has('p')) yield* misuse(shell, 'type', `${name}: not found`)
      } else if (flags.has('t')) yield* shell.proc.write(1, `${kind}\n`)
      else if (flags.has('p') || flags.has('P')) {
        if (kind === 'file') yield* shell.proc.write(1, `${programPath(shell, name)}\n`)
      } else yield* shell.proc.write(1, `${describe(shell, name, kind)}\n`)
    }
    return status
  }
}

function describe(shell: Shell, name: string, kind: Kind): string {
  switch (kind) {
    case 'alias':
      return `${name} is aliased to \`${shell.aliases.get(name)}'`
    case 'keyword':
      return `${name} is a shell keyword`
    case 'function':
      return `${name} is a function`
    case 'builtin':
      return `${name} is a shell builtin`
    case 'file':
      return `${name} is ${programPath(shell, name)}`
  }
}

export function newCommandBuiltin(isBuiltin: IsBuiltin): Builtin {
  return function* (shell, args) {
    const { flags, rest } = takeFlags(args, 'vVp')
    const [name] = rest
    if (name === undefined) return 0
    if (!flags.has('v') && !flags.has('V')) {
      return yield* shell.evaluator.runWords(shell, rest, { skipsFunctions: true })
    }
    let status = 0
    for (const each of rest) {
      if (!(yield* describeCommand(shell, each, flags.has('V'), isBuiltin))) status = 1
    }
    return status
  }
}

function* describeCommand(
  shell: Shell,
  name: string,
  isVerbose: boolean,
  isBuiltin: IsBuiltin,
): Task<boolean> {
  const kind = kindOf(shell, name, isBuiltin)
  if (kind === undefined) {
    if (isVerbose) yield* misuse(shell, 'command', `${name}: not found`)
    return false
  }
  const short =
    kind === 'alias'
      ? `alias ${name}='${shell.aliases.get(name)}'`
      : kind === 'file'
        ? programPath(shell, name)
        : name
  yield* shell.proc.write(1, `${isVerbose ? describe(shell, name, kind) : short}\n`)
  return true
}

export const builtin: Builtin = function* (shell, args) {
  if (args.length === 0) return 0
  return yield* shell.evaluator.runWords(shell, args, { skipsFunctions: true })
}

export const alias: Builtin = function* (shell, args) {
  const show = (name: string): Task =>
    shell.proc.write(1, `alias ${name}='${shell.aliases.get(name)?.replaceAll("'", "'\\''")}'\n`)
  if (args.length === 0) for (const name of [...shell.aliases.keys()].sort()) yield* show(name)
  let status = 0
  for (const arg of args) {
    const equals = arg.indexOf('=')
    if (equals > 0) shell.aliases.set(arg.slice(0, equals), arg.slice(equals + 1))
    else if (shell.aliases.has(arg)) yield* show(arg)
    else status = yield* misuse(shell, 'alias', `${arg}: not found`)
  }
  return status
}

export const unalias: Builtin = function* (shell, args) {
  if (args[0] === '-a') shell.aliases.clear()
  let status = 0
  for (const name of args) {
    if (name === '-a' || shell.aliases.delete(name)) continue
    status = yield* misuse(shell, 'unalias', `${name}: not found`)
  }
  return status
}

export const hash: Builtin = function* (shell, args) {
  let status = 0
  for (const name of args) {
    if (name.startsWith('-') || programPath(shell, name) !== undefined) continue
    status = yield* misuse(shell, 'hash', `${name}: not found`)
  }
  return status
}
