import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from '../shell.ts'

/** A command that runs in the shell itself. `name` is what it was called by. */
export type Builtin = (shell: Shell, args: readonly string[], name: string) => Task<number>

/** Prints `bash: line 1: name: message` and gives the status of a wrong use. */
export function* misuse(shell: Shell, name: string, message: string, status = 1): Task<number> {
  yield* shell.complain(`${name}: ${message}`)
  return status
}

export type Flags = { readonly flags: ReadonlySet<string>; readonly rest: readonly string[] }

/** Takes `-abc` off the front; what is not in `allowed` comes back as `invalid`. */
export function takeFlags(
  args: readonly string[],
  allowed: string,
  signs = '-',
): Flags & { readonly invalid: string | undefined } {
  const flags = new Set<string>()
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      at++
      break
    }
    if (arg.length < 2 || !signs.includes(arg[0] ?? '')) break
    for (const letter of arg.slice(1)) {
      if (!allowed.includes(letter)) return { flags, rest: args.slice(at), invalid: `-${letter}` }
      flags.add((arg.startsWith('+') ? '+' : '') + letter)
    }
  }
  return { flags, rest: args.slice(at), invalid: undefined }
}
