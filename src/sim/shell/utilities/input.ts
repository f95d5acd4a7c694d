import { type OpenFile, OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { complain, errnoText, type Flavor, toolName } from './tool.ts'

const READ_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** Lines of one open file, read in large pieces. */
export class LineReader {
  readonly #proc: OsProcess
  readonly #fd: number
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  /** Whether the last line ended with a newline. */
  hasFinalNewline = true

  constructor(proc: OsProcess, fd: number) {
    this.#proc = proc
    this.#fd = fd
  }

  /** The next line without its newline; undefined at the end. */
  *next(): Task<string | undefined> {
    const parts: Uint8Array[] = []
    for (;;) {
      const end = this.#chunk.indexOf(NEWLINE, this.#at)
      if (end >= 0) {
        parts.push(this.#chunk.subarray(this.#at, end))
        this.#at = end + 1
        return textOf(parts)
      }
      if (this.#at < this.#chunk.length) parts.push(this.#chunk.subarray(this.#at))
      const chunk = yield* this.#proc.read(this.#fd, READ_BYTES)
      this.#chunk = chunk ?? new Uint8Array(0)
      this.#at = 0
      if (chunk === undefined) {
        if (parts.length === 0) return undefined
        this.hasFinalNewline = false
        return textOf(parts)
      }
    }
  }

  /** Puts back what was read ahead, for whoever reads this file next. */
  putBack(): void {
    const rest = this.#chunk.subarray(this.#at)
    if (rest.length > 0) this.#proc.files.get(this.#fd)?.unread?.(rest)
    this.#chunk = new Uint8Array(0)
    this.#at = 0
  }
}

function textOf(parts: readonly Uint8Array[]): string {
  return decodeUtf8(parts.length === 1 && parts[0] !== undefined ? parts[0] : concatBytes(parts))
}

/** Opens a file into the lowest free descriptor from 3 on. */
export function* openFd(proc: OsProcess, path: string): Task<number> {
  const file = yield* proc.open(path, { read: true })
  if (!isSpecial(path) && proc.host.fs.isDirectory(proc.resolvePath(path))) {
    throw new OsError('EISDIR', path)
  }
  return addFile(proc, file)
}

export function addFile(proc: OsProcess, file: OpenFile): number {
  let fd = 3
  while (proc.files.has(fd)) fd++
  file.retain()
  proc.files.set(fd, file)
  return fd
}

export function closeFd(proc: OsProcess, fd: number): void {
  proc.files.get(fd)?.release()
  proc.files.delete(fd)
}

function isSpecial(path: string): boolean {
  return path.startsWith('/dev/')
}

/**
 * Calls `use` with a descriptor for each named file; `-`, or no name, is stdin. What cannot be
 * opened is complained about; gives 1 if there was any, else 0.
 */
export function* eachInput(
  proc: OsProcess,
  names: readonly string[],
  flavor: Flavor,
  use: (fd: number, name: string) => Task,
): Task<number> {
  let status = 0
  for (const name of names.length === 0 ? ['-'] : names) {
    let fd = 0
    try {
      if (name !== '-') fd = yield* openFd(proc, name)
      yield* use(fd, name)
    } catch (error) {
      if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
      if (error.path === undefined || error.path !== name) {
        if (error.code !== 'EISDIR') throw error
      }
      status = 1
      yield* complain(proc, cannotOpen(toolName(proc), name, error, flavor))
    } finally {
      if (fd !== 0) closeFd(proc, fd)
    }
  }
  return status
}

function cannotOpen(tool: string, name: string, error: OsError, flavor: Flavor): string {
  if (error.code === 'EISDIR') {
    return flavor === 'gnu' ? `${name}: Is a directory` : 'read error: Is a directory'
  }
  const why = errnoText(error)
  if (flavor === 'busybox') {
    return SILENT_BUSYBOX.has(tool) ? `${name}: ${why}` : `can't open '${name}': ${why}`
  }
  if (tool === 'head' || tool === 'tail') return `cannot open '${name}' for reading: ${why}`
  if (tool === 'sort') return `cannot read: ${name}: ${why}`
  return tool === 'sed' ? `can't read ${name}: ${why}` : `${name}: ${why}`
}

/** Applets that print the bare errno text. */
const SILENT_BUSYBOX: ReadonlySet<string> = new Set([
  'grep',
  'sed',
  'head',
  'tail',
  'sort',
  'wc',
  'cut',
])

/** Every line of every named file, in order. */
export function* eachLine(
  proc: OsProcess,
  names: readonly string[],
  flavor: Flavor,
  use: (line: string) => Task,
): Task<number> {
  return yield* eachInput(proc, names, flavor, function* (fd) {
    const reader = new LineReader(proc, fd)
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) return
      yield* use(line)
    }
  })
}

/** All of the named files as lines: for tools that need everything first. */
export function* allLines(
  proc: OsProcess,
  names: readonly string[],
  flavor: Flavor,
): Task<{ readonly lines: string[]; readonly status: number }> {
  const lines: string[] = []
  // oxlint-disable-next-line require-yield -- the reader does the waiting
  const status = yield* eachLine(proc, names, flavor, function* (line) {
    lines.push(line)
  })
  return { lines, status }
}

/** Collects output, so that a thousand short lines are not a thousand writes. */
export class OutputBuffer {
  readonly #proc: OsProcess
  #text = ''

  constructor(proc: OsProcess) {
    this.#proc = proc
  }

  *line(text: string): Task {
    this.#text += `${text}\n`
    if (this.#text.length >= 8192) yield* this.flush()
  }

  *add(text: string): Task {
    this.#text += text
    if (this.#text.length >= 8192) yield* this.flush()
  }

  *flush(): Task {
    if (this.#text === '') return
    const text = this.#text
    this.#text = ''
    yield* this.#proc.write(1, text)
  }
}
