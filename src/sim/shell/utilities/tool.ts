import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'

/** Whose words a tool speaks: GNU's coreutils or busybox's applets. */
export type Flavor = 'gnu' | 'busybox'

export type Tool = (proc: OsProcess, flavor: Flavor) => Task<number>

/** A wrong command line; `status` is what the real tool ends with. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly status: number

  constructor(message: string, status = 1) {
    super(message)
    this.status = status
  }
}

/** A tool as a program: usage mistakes become its message and status. */
export function toolProgram(tool: Tool, flavor: Flavor): Program {
  return function* (proc) {
    try {
      return yield* tool(proc, flavor)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      const name = toolName(proc)
      const hint = flavor === 'gnu' ? `Try '${name} --help' for more information.\n` : ''
      yield* proc.write(2, `${name}: ${error.message}\n${hint}`)
      return error.status
    }
  }
}

export function toolName(proc: OsProcess): string {
  return (proc.argv[0] ?? '').split('/').at(-1) ?? ''
}

export function complain(proc: OsProcess, message: string): Task {
  return proc.write(2, `${toolName(proc)}: ${message}\n`)
}

/** The text of an errno alone: `No such file or directory`. */
export function errnoText(error: OsError): string {
  return new OsError(error.code).message
}

export type OptionSpec = {
  /** Letters without a value. */
  readonly flags?: string
  /** Letters with a value. */
  readonly values?: string
  /** Long names and the letter each stands for. */
  readonly long?: Readonly<Record<string, string>>
  /** The first operand ends the options: `xargs`, `env`, `timeout`. */
  readonly stopsAtOperand?: boolean
  /** Status of a wrong option. */
  readonly status?: number
}

export class Options {
  readonly operands: string[] = []
  readonly #flags = new Set<string>()
  readonly #values = new Map<string, string[]>()

  has(letter: string): boolean {
    return this.#flags.has(letter) || this.#values.has(letter)
  }

  value(letter: string): string | undefined {
    return this.#values.get(letter)?.at(-1)
  }

  values(letter: string): readonly string[] {
    return this.#values.get(letter) ?? []
  }

  set(letter: string, value?: string): void {
    if (value === undefined) this.#flags.add(letter)
    else this.#values.set(letter, [...this.values(letter), value])
  }
}

/** Options in GNU's manner: bundled letters, long names, anywhere before `--`. */
export function parseOptions(args: readonly string[], spec: OptionSpec): Options {
  const options = new Options()
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      options.operands.push(...args.slice(at + 1))
      break
    }
    if (arg === '-' || !arg.startsWith('-')) {
      if (spec.stopsAtOperand === true) {
        options.operands.push(...args.slice(at))
        break
      }
      options.operands.push(arg)
    } else if (arg.startsWith('--')) at += longOption(arg, args[at + 1], spec, options)
    else at += letters(arg, args[at + 1], spec, options)
  }
  return options
}

function longOption(
  arg: string,
  next: string | undefined,
  spec: OptionSpec,
  options: Options,
): number {
  const [name = '', value] = arg.slice(2).split(/=(.*)/s, 2)
  const long = spec.long ?? {}
  const candidates = Object.keys(long).filter((each) => each.startsWith(name))
  const found = long[name] ?? (candidates.length === 1 ? long[candidates[0] ?? ''] : undefined)
  if (found === undefined) throw new UsageError(`unrecognized option '--${name}'`, spec.status)
  if (!(spec.values ?? '').includes(found)) {
    options.set(found)
    return 0
  }
  if (value !== undefined) {
    options.set(found, value)
    return 0
  }
  if (next === undefined)
    throw new UsageError(`option '--${name}' requires an argument`, spec.status)
  options.set(found, next)
  return 1
}

function letters(
  arg: string,
  next: string | undefined,
  spec: OptionSpec,
  options: Options,
): number {
  for (let i = 1; i < arg.length; i++) {
    const letter = arg[i] ?? ''
    if ((spec.flags ?? '').includes(letter)) {
      options.set(letter)
      continue
    }
    if (!(spec.values ?? '').includes(letter)) {
      throw new UsageError(`invalid option -- '${letter}'`, spec.status)
    }
    if (i + 1 < arg.length) {
      options.set(letter, arg.slice(i + 1))
      return 0
    }
    if (next === undefined) {
      throw new UsageError(`option requires an argument -- '${letter}'`, spec.status)
    }
    options.set(letter, next)
    return 1
  }
  return 0
}
