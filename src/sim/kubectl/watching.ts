import type { WatchEvent } from '#sim/apimachinery/request.ts'
import { type Status, StatusError } from '#sim/apimachinery/status.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { race, sleep } from '#sim/kernel/waits.ts'
import type { Cli } from './cli.ts'
import { type ApiResource, resourcePath } from './discovery.ts'
import type { Manifest } from './manifest.ts'

export type WatchOptions = {
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly accept?: string
  /** Returns true when enough was seen. */
  readonly onEvent: (event: WatchEvent) => Task<boolean | void>
}

/** Shows events until Ctrl-C, which makes the exit code 1, or until the server gives up. */
export function* watchUntilInterrupted(cli: Cli, options: WatchOptions): Task<number> {
  const { proc } = cli
  const before = proc.disposition('SIGINT')
  proc.setDisposition('SIGINT', () => {})
  const { events, stop } = yield* cli.watch(options.path, options.query, options.accept)
  try {
    for (;;) {
      const event = yield* proc.interruptible(events.take())
      if (event === undefined) return 0
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'ERROR') throw new StatusError(event.object as unknown as Status)
      if ((yield* options.onEvent(event)) === true) return 0
    }
  } catch (error) {
    if (error instanceof OsError && error.code === 'EINTR') return 1
    throw error
  } finally {
    stop()
    proc.setDisposition('SIGINT', before)
  }
}

/**
 * Follows one object: calls back with its present state, undefined while it is absent, and then
 * with every change, until the callback returns a result or time runs out (undefined).
 */
export function* followObject<T>(
  cli: Cli,
  where: {
    readonly resource: ApiResource
    readonly namespace: string | undefined
    readonly name: string
  },
  options: { readonly timeoutMs?: number },
  look: (object: Manifest | undefined) => Task<T | undefined>,
): Task<T | undefined> {
  const following = follow(cli, where, look)
  if (options.timeoutMs === undefined) return yield* following
  const { index, value } = yield* race<T | undefined>(
    [following, after(options.timeoutMs)],
    `${cli.proc.kernel.name}/timeout`,
  )
  return index === 0 ? value : undefined
}

function* after(delayMs: number): Task<undefined> {
  yield* sleep(delayMs)
  return undefined
}

function* follow<T>(
  cli: Cli,
  where: {
    readonly resource: ApiResource
    readonly namespace: string | undefined
    readonly name: string
  },
  look: (object: Manifest | undefined) => Task<T | undefined>,
): Task<T> {
  const path = resourcePath(where.resource, { namespace: where.namespace })
  const selector: [string, string] = ['fieldSelector', `metadata.name=${where.name}`]
  for (;;) {
    const list = yield* cli.request('GET', path, { query: [selector] })
    const [item] = (list['items'] ?? []) as Manifest[]
    const present = yield* look(item)
    if (present !== undefined) return present
    const version = String(list['metadata']?.resourceVersion ?? '')
    const { events, stop } = yield* cli.watch(path, [selector, ['resourceVersion', version]])
    try {
      for (;;) {
        const event = yield* events.take()
        if (event === undefined || event.type === 'ERROR') break
        if (event.type === 'BOOKMARK') continue
        const found = yield* look(
          event.type === 'DELETED' ? undefined : (event.object as unknown as Manifest),
        )
        if (found !== undefined) return found
      }
    } finally {
      stop()
    }
    // The server ended the watch; to start over at once could go on for ever in one instant.
    yield* sleep(1000)
  }
}
