import { type OpenFile, OsError } from '#sim/kernel/os/types.ts'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'

export type LogEntry = { readonly unixMs: number; readonly bytes: Uint8Array }

/** kubelets rotate a container's log at this size. */
const BYTES_MAX = 10 * 1024 * 1024

/**
 * What a container wrote, stdout and stderr interleaved, and who reads along: `logs -f` and
 * `attach`. A log without readers costs an array of what was written.
 */
export class ContainerLog {
  readonly #simulation: Simulation
  readonly #listeners = new Set<(entry: LogEntry, stream: 1 | 2) => void>()
  readonly #closeListeners = new Set<() => void>()
  #entries: LogEntry[] = []
  #bytes = 0
  #isClosed = false

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  get entries(): readonly LogEntry[] {
    return this.#entries
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  write(stream: 1 | 2, bytes: Uint8Array): void {
    const entry = { unixMs: this.#simulation.unixMs, bytes: bytes.slice() }
    this.#entries.push(entry)
    this.#bytes += bytes.length
    if (this.#bytes > BYTES_MAX) this.#rotate()
    for (const listener of [...this.#listeners]) listener(entry, stream)
  }

  /** The container has ended; nothing more comes. */
  close(): void {
    this.#isClosed = true
    for (const listener of [...this.#closeListeners]) listener()
    this.#closeListeners.clear()
    this.#listeners.clear()
  }

  onEntry(listener: (entry: LogEntry, stream: 1 | 2) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  onClose(listener: () => void): () => void {
    if (this.#isClosed) listener()
    else this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  /** A descriptor that writes to this log. */
  file(stream: 1 | 2): OpenFile {
    return new LogFile(this, stream)
  }

  #rotate(): void {
    while (this.#bytes > BYTES_MAX / 2) {
      const dropped = this.#entries.shift()
      if (dropped === undefined) return
      this.#bytes -= dropped.bytes.length
    }
  }
}

class LogFile implements OpenFile {
  readonly kind = 'pipe'
  readonly #log: ContainerLog
  readonly #stream: 1 | 2

  constructor(log: ContainerLog, stream: 1 | 2) {
    this.#log = log
    this.#stream = stream
  }

  // oxlint-disable-next-line require-yield -- nothing to read
  *read(): Task<Uint8Array | undefined> {
    throw new OsError('EBADF')
  }

  // oxlint-disable-next-line require-yield -- a log takes everything
  *write(bytes: Uint8Array): Task {
    this.#log.write(this.#stream, bytes)
  }

  retain(): void {}
  release(): void {}
}

/** Lines with the time their first byte was written. The last may lack its newline. */
export function logLines(
  entries: readonly LogEntry[],
): readonly { unixMs: number; text: string }[] {
  const lines: { unixMs: number; text: string }[] = []
  let partial = ''
  let partialSince = 0
  for (const { unixMs, bytes } of entries) {
    const pieces = decodeUtf8(bytes).split('\n')
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) {
        lines.push({ unixMs: partialSince, text: `${partial}\n` })
        partial = ''
      }
      if (partial === '') partialSince = unixMs
      partial += piece
    }
  }
  if (partial !== '') lines.push({ unixMs: partialSince, text: partial })
  return lines
}

export type LogSelection = {
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceUnixMs?: number
  readonly limitBytes?: number
}

/** The part of a log that a request asks for. */
export function selectLog(entries: readonly LogEntry[], options: LogSelection): Uint8Array {
  let lines = logLines(entries)
  const { sinceUnixMs, tailLines, limitBytes } = options
  if (sinceUnixMs !== undefined) lines = lines.filter((line) => line.unixMs >= sinceUnixMs)
  if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines)
  const text = lines
    .map((line) => (options.timestamps ? `${nanoTime(line.unixMs)} ${line.text}` : line.text))
    .join('')
  const bytes = encodeUtf8(text)
  return limitBytes === undefined ? bytes : bytes.subarray(0, limitBytes)
}

/** RFC 3339 with nanoseconds, as the runtime stamps lines. */
function nanoTime(unixMs: number): string {
  const whole = Math.floor(unixMs)
  const nanos = Math.round((unixMs - whole) * 1e6)
  const text = new Date(whole).toISOString()
  return `${text.slice(0, -1)}${String(nanos).padStart(6, '0')}Z`
}
