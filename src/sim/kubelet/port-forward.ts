import type { RemoteStreams } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { plainError } from '#sim/apimachinery/statuses.ts'
import { type Connection, OsError } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { suspend } from '#sim/kernel/waits.ts'
import type { Sandbox } from './sandbox.ts'

/** One forwarded connection, made from inside the Pod as the runtime makes it. */
export function forwardPort(sandbox: Sandbox, port: number, simulation: Simulation): RemoteStreams {
  const forward = new PortForward(sandbox, port)
  simulation.spawn(forward.connect(), { name: 'port-forward' })
  return {
    stdin: { write: (bytes) => forward.write(bytes), end: () => forward.end() },
    stdout: { read: () => forward.read() },
    done: () => forward.done(),
    close: () => forward.close(),
  }
}

class PortForward {
  readonly #sandbox: Sandbox
  readonly #port: number
  readonly #waiters = new Set<() => void>()
  #connection: Connection | undefined
  #failure: Status | undefined
  #hasEnded = false
  #isClosed = false
  #isOver = false

  constructor(sandbox: Sandbox, port: number) {
    this.#sandbox = sandbox
    this.#port = port
  }

  *connect(): Task {
    try {
      const connection = yield* this.#sandbox.host.connect('127.0.0.1', this.#port)
      this.#connection = connection
      if (this.#hasEnded) connection.end()
      if (this.#isClosed) connection.destroy()
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      const { id } = this.#sandbox
      const dial = `dial tcp4 127.0.0.1:${this.#port}: connect: connection refused`
      const message = `error forwarding port ${this.#port} to pod ${id}, uid : failed to execute portforward in network namespace: failed to connect to localhost:${this.#port} inside namespace "${id}", IPv4: ${dial}`
      this.#failure = plainError(message).status
      this.#isOver = true
    }
    this.#wakeAll()
  }

  *write(bytes: Uint8Array): Task {
    yield* this.#until(() => this.#connection !== undefined || this.#isOver)
    if (this.#connection === undefined) return
    try {
      yield* this.#connection.write(bytes)
    } catch (error) {
      // The server has closed; what is still sent goes nowhere.
      if (!(error instanceof OsError)) throw error
    }
  }

  *read(): Task<Uint8Array | undefined> {
    yield* this.#until(() => this.#connection !== undefined || this.#isOver)
    const bytes = yield* this.#readOrEnd()
    if (bytes === undefined) {
      this.#isOver = true
      this.#wakeAll()
    }
    return bytes
  }

  *#readOrEnd(): Task<Uint8Array | undefined> {
    if (this.#connection === undefined) return undefined
    try {
      return yield* this.#connection.read()
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  end(): void {
    this.#hasEnded = true
    this.#connection?.end()
  }

  close(): void {
    this.#isClosed = true
    this.#isOver = true
    this.#connection?.destroy()
    this.#wakeAll()
  }

  *done(): Task<Status> {
    yield* this.#until(() => this.#isOver)
    return this.#failure ?? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' }
  }

  *#until(isTrue: () => boolean): Task {
    while (!isTrue()) {
      yield* suspend<void>((wake) => {
        this.#waiters.add(wake)
        return () => this.#waiters.delete(wake)
      })
    }
  }

  #wakeAll(): void {
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }
}
