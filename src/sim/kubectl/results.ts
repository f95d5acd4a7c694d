import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { type ApiResource, kindLabel } from './discovery.ts'
import { CliError, FlagError } from './errors.ts'
import { parseBool } from './flags.ts'
import type { Manifest } from './manifest.ts'
import { type Printer, printerFor } from './output/printers.ts'

export type DryRun = 'none' | 'client' | 'server'

/** Reads `--dry-run`, with a note where it stands without a value. */
export function* dryRunOf(cli: Cli): Task<DryRun> {
  const value = cli.flags.string('dry-run')
  if (value === 'unchanged') {
    if (!cli.isOld)
      yield* cli.err(
        `${logStamp(cli)} --dry-run is deprecated and can be replaced with --dry-run=client.\n`,
      )
    return 'client'
  }
  if (cli.isOld && cli.flags.isSet('dry-run') && parseBool(value) === undefined) {
    throw new FlagError(
      `invalid argument "${value}" for "--dry-run" flag: strconv.ParseBool: parsing "${value}": invalid syntax`,
    )
  }
  if (value === 'none' || value === 'client' || value === 'server') return value
  if (cli.isOld && (value === 'true' || value === 'false'))
    return value === 'true' ? 'client' : 'none'
  if (value === 'true') return 'client'
  if (value === 'false' || value === '') return 'none'
  throw new CliError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
}

// The head of a log line: W, month and day, time, process id, place in the source.
function logStamp(cli: Cli): string {
  const iso = new Date(cli.unixMs).toISOString()
  const stamp = `W${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`
  return `${stamp} ${String(cli.proc.pid).padStart(7)} helpers.go:719]`
}

export function dryRunQuery(dryRun: DryRun): [string, string][] {
  return dryRun === 'server' ? [['dryRun', 'All']] : []
}

export function fieldValidationQuery(cli: Cli): [string, string][] {
  const value = cli.flags.string('validate').toLowerCase()
  if (cli.isOld && (value === 'false' || value === 'ignore')) return [['fieldValidation', 'Ignore']]
  switch (value) {
    case 'strict':
    case 'true':
      return [['fieldValidation', 'Strict']]
    case 'warn':
      return [['fieldValidation', 'Warn']]
    case 'ignore':
    case 'false':
      return [['fieldValidation', 'Ignore']]
    default:
      throw new CliError(
        `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
      )
  }
}

/** `service/nginx created`, or `service "nginx" created` as it was in 1.10. */
export function resultLine(
  cli: Cli,
  what: { readonly resource: ApiResource; readonly name: string },
  operation: string,
  dryRun: DryRun = 'none',
): string {
  const label = kindLabel(what.resource)
  const subject = cli.isOld ? `${label} "${what.name}"` : `${label}/${what.name}`
  return `${subject} ${operation}${dryRunSuffix(dryRun)}\n`
}

export function dryRunSuffix(dryRun: DryRun): string {
  if (dryRun === 'none') return ''
  return dryRun === 'client' ? ' (dry run)' : ' (server dry run)'
}

/** Prints what became of each target: a result line, or the object as `-o` asks. */
export class ResultPrinter {
  readonly #cli: Cli
  readonly #dryRun: DryRun
  readonly #printer: Printer | undefined

  constructor(cli: Cli, dryRun: DryRun) {
    this.#cli = cli
    this.#dryRun = dryRun
    this.#printer = printerFor(cli)
  }

  *print(
    what: { readonly resource: ApiResource; readonly name: string },
    operation: string,
    object: Manifest,
  ): Task {
    const text =
      this.#printer === undefined
        ? resultLine(this.#cli, what, operation, this.#dryRun)
        : this.#printer.print(object)
    yield* this.#cli.out(text)
  }
}
