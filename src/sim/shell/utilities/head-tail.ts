import type { FileInode } from '#sim/kernel/os/inodes.ts'
import { concatBytes } from '#sim/kernel/os/utf8.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import { eachInput } from './input.ts'
import { parseOptions, type Tool, UsageError } from './tool.ts'

const NEWLINE = 0x0a

/** `-20` is an old way to write `-n 20`. */
function withOldForm(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => {
    const count = index === 0 ? /^-(\d+)([a-z]*)$/.exec(arg) : null
    if (count === null) return [arg]
    return ['-n', count[1] ?? '', ...(count[2] === '' ? [] : [`-${count[2]}`])]
  })
}

const SPEC = {
  flags: 'fFqvr',
  values: 'ncs',
  long: { lines: 'n', bytes: 'c', follow: 'f', quiet: 'q', silent: 'q', verbose: 'v' },
} as const

const SIZES: Readonly<Record<string, number>> = { k: 1024, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

function countOf(text: string, what: string): number {
  const match = /^[-+]?(\d+)([kKMG]?)$/.exec(text)
  if (match === null) throw new UsageError(`invalid number of ${what}: '${text}'`)
  return Number(match[1]) * (SIZES[match[2] ?? ''] ?? 1)
}

export const head: Tool = function* (proc, flavor) {
  const options = parseOptions(withOldForm(proc.argv.slice(1)), SPEC)
  const byBytes = options.value('c')
  const text = byBytes ?? options.value('n') ?? '10'
  const count = countOf(text, byBytes === undefined ? 'lines' : 'bytes')
  const leavesOff = text.startsWith('-')
  const { operands } = options
  const showsNames = (operands.length > 1 || options.has('v')) && !options.has('q')
  let isFirst = true
  return yield* eachInput(proc, operands, flavor, function* (fd, name) {
    if (showsNames) yield* proc.write(1, heading(name, isFirst))
    isFirst = false
    if (leavesOff) yield* allButLast(proc, fd, count, byBytes !== undefined)
    else yield* firstPart(proc, fd, count, byBytes !== undefined)
  })
}

function heading(name: string, isFirst: boolean): string {
  return `${isFirst ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`
}

function* firstPart(proc: OsProcess, fd: number, count: number, isBytes: boolean): Task {
  let left = count
  while (left > 0) {
    const chunk = yield* proc.read(fd)
    if (chunk === undefined) return
    const end = isBytes ? Math.min(left, chunk.length) : endOfLines(chunk, left)
    yield* proc.writeBytes(1, chunk.subarray(0, end))
    left -= isBytes ? end : linesIn(chunk.subarray(0, end))
    // What lies behind is for the next reader of this input.
    if (left === 0) proc.files.get(fd)?.unread?.(chunk.subarray(end))
  }
}

function endOfLines(chunk: Uint8Array, lines: number): number {
  let at = 0
  for (let i = 0; i < lines; i++) {
    const end = chunk.indexOf(NEWLINE, at)
    if (end < 0) return chunk.length
    at = end + 1
  }
  return at
}

function linesIn(chunk: Uint8Array): number {
  let lines = 0
  for (const byte of chunk) if (byte === NEWLINE) lines++
  return lines
}

function* readEverything(proc: OsProcess, fd: number): Task<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk = yield* proc.read(fd)
    if (chunk === undefined) return concatBytes(chunks)
    chunks.push(chunk)
  }
}

function* allButLast(proc: OsProcess, fd: number, count: number, isBytes: boolean): Task {
  const bytes = yield* readEverything(proc, fd)
  const end = isBytes ? Math.max(0, bytes.length - count) : startOfLast(bytes, count)
  yield* proc.writeBytes(1, bytes.subarray(0, end))
}

/** Where the last `count` lines begin. */
function startOfLast(bytes: Uint8Array, count: number): number {
  if (count === 0) return bytes.length
  let left = count
  for (let at = bytes.length - 2; at >= 0; at--) {
    if (bytes[at] === NEWLINE && --left === 0) return at + 1
  }
  return 0
}

export const tail: Tool = function* (proc, flavor) {
  const options = parseOptions(withOldForm(proc.argv.slice(1)), SPEC)
  const byBytes = options.value('c')
  const text = byBytes ?? options.value('n') ?? '10'
  const count = countOf(text, byBytes === undefined ? 'lines' : 'bytes')
  const isFromStart = text.startsWith('+')
  const { operands } = options
  const showsNames = (operands.length > 1 || options.has('v')) && !options.has('q')
  let isFirst = true
  const followed: { readonly path: string; offset: number }[] = []
  const status = yield* eachInput(proc, operands, flavor, function* (fd, name) {
    if (showsNames) yield* proc.write(1, heading(name, isFirst))
    isFirst = false
    const bytes = yield* readEverything(proc, fd)
    const isBytes = byBytes !== undefined
    const start = isFromStart
      ? isBytes
        ? count - 1
        : endOfLines(bytes, count - 1)
      : isBytes
        ? Math.max(0, bytes.length - count)
        : startOfLast(bytes, count)
    yield* proc.writeBytes(1, bytes.subarray(Math.max(0, start)))
    if (name !== '-') followed.push({ path: name, offset: bytes.length })
  })
  if (!options.has('f') && !options.has('F')) return status
  yield* follow(proc, followed, showsNames)
  return status
}

type Followed = { readonly path: string; offset: number }

/** Goes on with what is written to the files, until a signal ends it. */
function* follow(proc: OsProcess, files: readonly Followed[], showsNames: boolean): Task {
  let last = files.at(-1)
  const inodes = files.map((each) => fileInode(proc, each.path))
  for (;;) {
    for (const [index, each] of files.entries()) {
      const inode = inodes[index]
      if (inode === undefined) continue
      if (inode.size < each.offset) each.offset = 0
      if (inode.size === each.offset) continue
      const bytes = inode.read(each.offset, inode.size - each.offset)
      each.offset = inode.size
      if (showsNames && each !== last) yield* proc.write(1, heading(each.path, false))
      last = each
      yield* proc.writeBytes(1, bytes)
    }
    yield* untilChanged(files, inodes)
  }
}

function fileInode(proc: OsProcess, path: string): FileInode | undefined {
  const inode = proc.host.fs.inode(proc.resolvePath(path))
  return inode.type === 'file' ? inode : undefined
}

function untilChanged(
  files: readonly Followed[],
  inodes: readonly (FileInode | undefined)[],
): Task {
  return suspend<void>((wake) => {
    const hasMore = files.some((each, index) => {
      const size = inodes[index]?.size
      return size !== undefined && size !== each.offset
    })
    if (hasMore) wake()
    const undo = inodes.map((inode) => inode?.onChange(() => wake()))
    return () => {
      for (const each of undo) each?.()
    }
  })
}
