import { StatusError } from '#sim/apimachinery/status.ts'

export type StatusReason = 'AlreadyExists' | 'Conflict' | 'Forbidden' | 'NotFound' | 'Gone'

/** Whether this is the server's refusal for the given reason, and no other error. */
export function isStatusReason(error: unknown, ...reasons: readonly StatusReason[]): boolean {
  return error instanceof StatusError && reasons.some((reason) => reason === error.reason)
}
