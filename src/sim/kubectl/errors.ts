import { StatusError, type Status } from '#sim/apimachinery/status.ts'

/** A refusal by kubectl itself, printed as `error: MESSAGE`. */
export class CliError extends Error {
  override readonly name: string = 'CliError'
}

/** A misuse of a verb: the message is followed by a pointer to the verb's help. */
export class UsageError extends CliError {
  override readonly name = 'UsageError'
}

/** Misuse of flags: the second line names `--help` instead. */
export class FlagError extends CliError {
  override readonly name = 'FlagError'
}

/** Ends the command with a code, after printing a text without any prefix. */
export class ExitError extends Error {
  override readonly name = 'ExitError'
  readonly code: number

  constructor(code: number, text = '') {
    super(text)
    this.code = code
  }
}

/** What went wrong with several targets; printed together at the end. */
export class ErrorList extends Error {
  override readonly name = 'ErrorList'
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.errors = errors
  }
}

export function isCommandError(error: unknown): error is Error {
  return (
    error instanceof CliError ||
    error instanceof ExitError ||
    error instanceof ErrorList ||
    error instanceof StatusError
  )
}

/** Throws what was collected: nothing, the one error, or all of them. */
export function throwCollected(errors: readonly Error[]): void {
  const flat = errors.flatMap((error) => (error instanceof ErrorList ? error.errors : [error]))
  const [only] = flat
  if (only === undefined) return
  if (flat.length === 1) throw only
  throw new ErrorList(flat)
}

/** Runs what may fail for one of several targets, and keeps the error. */
export function collect(errors: Error[], error: unknown): void {
  if (!isCommandError(error) || error instanceof ExitError) throw error
  errors.push(error)
}

export function isNotFound(error: unknown): error is StatusError {
  return error instanceof StatusError && error.reason === 'NotFound'
}

/** Names the file an object came from, as `error when creating "web.yaml": …`. */
export function withSource(error: unknown, verb: string, source: string | undefined): unknown {
  if (source === undefined || !(error instanceof Error)) return error
  const prefix = `error when ${verb} "${source}": `
  if (error instanceof StatusError) {
    return new StatusError({ ...error.status, message: prefix + (error.status.message ?? '') })
  }
  return error instanceof CliError ? new CliError(prefix + error.message) : error
}

/** How the program reports an error: the text for stderr, with newlines, and the exit code. */
export function errorReport(
  error: Error,
  hints: { readonly usage: string; readonly flags: string },
): { readonly text: string; readonly code: number } {
  if (error instanceof ExitError) {
    return { text: error.message === '' ? '' : `${error.message}\n`, code: error.code }
  }
  if (error instanceof ErrorList) {
    return { text: error.errors.map((one) => `${lineOfSeveral(one)}\n`).join(''), code: 1 }
  }
  if (error instanceof StatusError) return { text: lineOf(error.status), code: 1 }
  const text = withPrefix(error.message)
  if (error instanceof UsageError) return { text: `${text}\n${hints.usage}\n`, code: 1 }
  if (error instanceof FlagError) return { text: `${text}\n${hints.flags}\n`, code: 1 }
  return { text: ended(text), code: 1 }
}

/** Some texts of the server end their line themselves. */
function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

function withPrefix(message: string): string {
  return message.startsWith('error: ') ? message : `error: ${message}`
}

function lineOfSeveral(error: Error): string {
  return error instanceof StatusError ? serverText(error.status) : error.message
}

function lineOf(status: Status): string {
  return status.reason === 'Invalid' ? `${invalidText(status)}\n` : ended(serverText(status))
}

function serverText(status: Status): string {
  const { reason = '', message = '' } = status
  if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`
  return reason === ''
    ? `Error from server: ${message}`
    : `Error from server (${reason}): ${message}`
}

function invalidText({ details, message = '' }: Status): string {
  const causes = [
    ...new Set(
      (details?.causes ?? []).map(({ field, message: text = '' }) =>
        field === undefined || field === '' ? text : `${field}: ${text}`,
      ),
    ),
  ]
  const { kind = '', name = '' } = details ?? {}
  const isNamed = kind !== '' || name !== ''
  if (causes.length === 0) {
    return isNamed ? `The ${kind} "${name}" is invalid` : `The request is invalid: ${message}`
  }
  const head = isNamed ? `The ${kind} "${name}" is invalid: ` : 'The request is invalid: '
  if (causes.length === 1) return head + causes[0]
  return `${head}\n${causes.map((cause) => `* ${cause}`).join('\n')}`
}
