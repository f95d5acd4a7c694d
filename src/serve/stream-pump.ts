import type { ByteSink, ByteSource } from '#sim/apimachinery/request.ts'
import { StatusError, type Status } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { Channel } from '#sim/kernel/waits.ts'

/** Reads a source of the simulated world to its end, handing every piece to the outside. */
export function pumpOut(
  simulation: Simulation,
  source: ByteSource,
  onBytes: (bytes: Uint8Array) => void,
  onEnd: () => void,
): void {
  function* pump(): Task {
    for (;;) {
      const bytes = yield* source.read()
      if (bytes === undefined) break
      onBytes(bytes)
    }
  }
  simulation
    .spawn(pump(), { name: 'serve/out', periodic: true, onError: () => {} })
    .onExit(() => onEnd())
}

/** Feeds pieces from outside into a sink of the simulated world, in order. */
export class PumpIn {
  readonly #chunks = new Channel<Uint8Array>()

  constructor(simulation: Simulation, sink: ByteSink) {
    const chunks = this.#chunks
    function* pump(): Task {
      for (;;) {
        const bytes = yield* chunks.take()
        if (bytes === undefined) break
        yield* sink.write(bytes)
      }
      sink.end()
    }
    simulation.spawn(pump(), { name: 'serve/in', periodic: true, onError: () => {} })
  }

  push(bytes: Uint8Array): void {
    if (!this.#chunks.isClosed) this.#chunks.push(bytes)
  }

  end(): void {
    if (!this.#chunks.isClosed) this.#chunks.close()
  }
}

/** Waits in the simulated world for the status of a remote command. */
export function awaitStatus(
  simulation: Simulation,
  done: () => Task<Status>,
  onStatus: (status: Status) => void,
): void {
  simulation.spawn(done(), { name: 'serve/status', onError: () => {} }).onExit((exit) => {
    if (exit.type === 'returned') onStatus(exit.value)
    else if (exit.type === 'threw') onStatus(failureOf(exit.error))
  })
}

function failureOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status
  const message = error instanceof Error ? error.message : String(error)
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'InternalError',
    code: 500,
  }
}
