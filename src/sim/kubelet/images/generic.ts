import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Connection } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import { awaitedSleep } from './awaited-sleep.ts'

export type ServerOptions = {
  /** How it names itself on stdout. */
  readonly name: string
  readonly ports: readonly number[]
  /** What SIGTERM makes of it: an exit code, after `exitMs`. */
  readonly exitCode: number
  readonly startMs: number
  readonly exitMs: number
  /** The answer to one chunk of what a client sends; none where the protocol is not simulated. */
  readonly answer?: (text: string, proc: OsProcess) => string | undefined
}

/**
 * A server that stands in for one whose protocol is not simulated: it takes its time to start,
 * listens where the real one listens, and stops when it is told to.
 */
export function newServer(options: ServerOptions): Program {
  return function* server(proc) {
    const network = proc.host.network
    if (network === undefined) throw new OsError('ENETUNREACH')
    let stop = () => {}
    let isStopping = false
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
      proc.setDisposition(signal, () => {
        isStopping = true
        stop()
      })
    }
    yield* awaitedSleep(options.startMs)
    const listeners = []
    const sessions = new Set<{ kill(): void }>()
    try {
      for (const port of options.ports) {
        const listener = network.listen(port)
        listeners.push(listener)
        const accepting = proc.host.simulation.spawn(
          (function* (): Task {
            for (;;) {
              const connection = yield* listener.accept()
              if (connection === undefined) return
              const session = proc.host.simulation.spawn(converse(proc, connection, options), {
                name: `${options.name}/session`,
                periodic: false,
                onError: () => connection.destroy(),
              })
              sessions.add(session)
              session.onExit(() => sessions.delete(session))
            }
          })(),
          { name: `${options.name}/accept`, periodic: true },
        )
        sessions.add(accepting)
      }
      yield* proc.write(1, `${options.name}: ready for connections\n`)
      if (!isStopping) {
        yield* suspend<void>((wake) => {
          stop = wake
          return undefined
        })
      }
      yield* awaitedSleep(options.exitMs)
      return options.exitCode
    } finally {
      for (const listener of listeners) listener.close()
      for (const session of sessions) session.kill()
    }
  }
}

function* converse(proc: OsProcess, connection: Connection, options: ServerOptions): Task {
  try {
    for (;;) {
      const chunk = yield* connection.read()
      if (chunk === undefined) return
      const answer = options.answer?.(String.fromCharCode(...chunk.subarray(0, 4096)), proc)
      if (answer === undefined) continue
      yield* connection.write(Uint8Array.from(answer, (character) => character.charCodeAt(0)))
    }
  } finally {
    connection.end()
  }
}

/** A client or helper whose work is not simulated; it says so, and fails. */
export function notSimulated(name: string): Program {
  return function* unsupported(proc) {
    yield* proc.write(2, `${name}: this program is not simulated\n`)
    return 1
  }
}

/** pause: waits for a signal. */
export const pause: Program = function* (proc) {
  let stop = () => {}
  for (const signal of ['SIGTERM', 'SIGINT'] as const) proc.setDisposition(signal, () => stop())
  yield* suspend<void>((wake) => {
    stop = wake
    return undefined
  })
  return 0
}
