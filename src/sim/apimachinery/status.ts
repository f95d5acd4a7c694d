import { ExpectedError } from '#sim/kernel/expected-error.ts'
import type { Json } from './objects.ts'

export type StatusCause = {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

/** `v1.Status`, the server's answer to what it refuses. */
export type Status = {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly [key: string]: Json }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: {
    readonly name?: string
    readonly group?: string
    readonly kind?: string
    readonly uid?: string
    readonly causes?: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
  readonly code?: number
}

/** Thrown inside the server and by the clients' typed calls; carries the Status that travels. */
export class StatusError extends ExpectedError {
  override readonly name = 'StatusError'
  readonly status: Status

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'unknown error')
    this.status = status
  }

  get reason(): string {
    return this.status.reason ?? ''
  }

  get code(): number {
    return this.status.code ?? 500
  }
}
