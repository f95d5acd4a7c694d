// Not every engine has it, and not every engine's types know of it.
const errors: { stackTraceLimit?: number } = Error as object

/**
 * A refusal that somebody is there to take: a system call that failed, an answer of the API server.
 * Nobody reads its stack, and engines spend more on taking one than such an answer costs otherwise.
 */
export abstract class ExpectedError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = errors
    errors.stackTraceLimit = 0
    super(message, options)
    if (stackTraceLimit === undefined) delete errors.stackTraceLimit
    else errors.stackTraceLimit = stackTraceLimit
  }
}
