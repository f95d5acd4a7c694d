import type { Connection, OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { race, sleep } from '#sim/kernel/waits.ts'
import {
  ByteReader,
  encodeRequest,
  type HttpHeader,
  type HttpResponse,
  readResponse,
} from '../http.ts'

export type Exchange = {
  readonly method: string
  readonly target: string
  readonly headers: readonly HttpHeader[]
  readonly body?: Uint8Array
}

/** One request on an open connection; the connection is closed whatever happens. */
export function* exchange(connection: Connection, request: Exchange): Task<HttpResponse> {
  try {
    const body = request.body ?? new Uint8Array(0)
    yield* connection.write(encodeRequest({ ...request, body }))
    return yield* readResponse(new ByteReader(connection), request.method)
  } finally {
    connection.destroy()
  }
}

/** Undefined when `task` has not ended after `timeoutMs`; it is then stopped. */
export function* within<T>(
  proc: OsProcess,
  task: Task<T>,
  timeoutMs: number | undefined,
): Task<T | undefined> {
  if (timeoutMs === undefined) return yield* task
  const timeout = function* (): Task<undefined> {
    yield* sleep(timeoutMs)
    return undefined
  }
  const { value } = yield* race<T | undefined>([task, timeout()], `${proc.argv[0]}/timeout`)
  return value
}
