import type { Task } from '../process.ts'
import { suspend } from '../waits.ts'
import { type OpenFile, OsError } from './types.ts'

const CAPACITY_BYTES = 64 * 1024
/** Writes up to this size are never mixed with those of another writer. */
const ATOMIC_BYTES = 4096

/** A pipe: 64 KiB between its two ends; a full one blocks its writers. */
export class Pipe {
  readonly readEnd: OpenFile
  readonly writeEnd: OpenFile
  readonly #chunks: Uint8Array[] = []
  readonly #waiters = new Set<() => void>()
  #bytes = 0
  #readers = 0
  #writers = 0
  #hadReader = false
  #hadWriter = false

  /**
   * The ends start without references: whoever puts one into a descriptor table retains it. Until
   * a side has been there once it counts as still to come, so the order of setting up is free.
   */
  constructor() {
    this.readEnd = this.#newReadEnd()
    this.writeEnd = this.#newWriteEnd()
  }

  get readers(): number {
    return this.#readers
  }

  get writers(): number {
    return this.#writers
  }

  get bufferedBytes(): number {
    return this.#bytes
  }

  *#read(max: number): Task<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk !== undefined) return this.#take(chunk, max)
      if (this.#writers === 0 && this.#hadWriter) return undefined
      yield* this.#changed()
    }
  }

  #take(chunk: Uint8Array, max: number): Uint8Array {
    const taken = chunk.length <= max ? chunk : chunk.subarray(0, max)
    if (taken === chunk) this.#chunks.shift()
    else this.#chunks[0] = chunk.subarray(max)
    this.#bytes -= taken.length
    this.#wakeAll()
    return taken
  }

  *#write(bytes: Uint8Array): Task {
    let rest = bytes
    while (rest.length > 0) {
      if (this.#readers === 0 && this.#hadReader) throw new OsError('EPIPE')
      const space = CAPACITY_BYTES - this.#bytes
      if (space >= Math.min(rest.length, ATOMIC_BYTES)) {
        const part = rest.subarray(0, space)
        this.#chunks.push(part.slice())
        this.#bytes += part.length
        rest = rest.subarray(part.length)
        this.#wakeAll()
      } else {
        yield* this.#changed()
      }
    }
  }

  #changed(): Task {
    return suspend<void>((wake) => {
      this.#waiters.add(wake)
      return () => this.#waiters.delete(wake)
    })
  }

  #wakeAll(): void {
    if (this.#waiters.size === 0) return
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const wake of waiters) wake()
  }

  #newReadEnd(): OpenFile {
    return {
      kind: 'pipe',
      read: (max) => this.#read(max),
      unread: (bytes) => {
        if (bytes.length === 0) return
        this.#chunks.unshift(bytes)
        this.#bytes += bytes.length
      },
      write: refuse,
      retain: () => {
        this.#readers++
        this.#hadReader = true
        this.#wakeAll()
      },
      release: () => {
        this.#readers--
        if (this.#readers === 0) this.#wakeAll()
      },
    }
  }

  #newWriteEnd(): OpenFile {
    return {
      kind: 'pipe',
      read: refuse,
      write: (bytes) => this.#write(bytes),
      retain: () => {
        this.#writers++
        this.#hadWriter = true
        this.#wakeAll()
      },
      release: () => {
        this.#writers--
        if (this.#writers === 0) this.#wakeAll()
      },
    }
  }
}

// oxlint-disable-next-line require-yield -- a task that only throws
function* refuse(): Task<never> {
  throw new OsError('EBADF')
}
