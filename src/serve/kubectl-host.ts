import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import type { OpenFile, Program, Tty } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { Channel } from '#sim/kernel/waits.ts'
import type { Files } from '#sim/kubectl/files.ts'

/** This machine's files. */
export const nodeFiles: Files = {
  read: (path) => new Uint8Array(readFileSync(path)),
  write: (path, bytes) => writeFileSync(path, bytes),
  kind: (path) => {
    if (!existsSync(path)) return undefined
    return statSync(path).isDirectory() ? 'directory' : 'file'
  },
  list: (path) => readdirSync(path).sort(),
  makeDirectories: (path) => {
    mkdirSync(path, { recursive: true })
  },
}

/** A program of this machine, such as an editor; it runs on our streams while we wait. */
export function hostCommand(name: string): Program | undefined {
  if (!isOnPath(name)) return undefined
  // oxlint-disable-next-line require-yield -- the whole process waits for the child
  return function* (proc) {
    const { status } = spawnSync(proc.argv[0] ?? name, proc.argv.slice(1), { stdio: 'inherit' })
    return status ?? 1
  }
}

function isOnPath(name: string): boolean {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Descriptors 0, 1 and 2 of this process, as the simulated one sees them. */
export function standardStreams(wake: () => void): Map<number, OpenFile> {
  const stdinTty = process.stdin.isTTY ? terminal() : undefined
  const stdoutTty = process.stdout.isTTY ? terminal() : undefined
  return new Map<number, OpenFile>([
    [0, readable(wake, stdinTty)],
    [1, writable(process.stdout, stdoutTty)],
    [2, writable(process.stderr, process.stderr.isTTY ? stdoutTty : undefined)],
  ])
}

function readable(wake: () => void, tty: Tty | undefined): OpenFile {
  const chunks = new Channel<Uint8Array>()
  const putBack: Uint8Array[] = []
  let isListening = false
  // Nothing is taken from stdin before somebody wants it: the next program may.
  const listen = (): void => {
    if (isListening) return
    isListening = true
    process.stdin.on('data', (bytes: Buffer) => {
      chunks.push(new Uint8Array(bytes))
      wake()
    })
    process.stdin.on('end', () => {
      chunks.close()
      wake()
    })
  }
  return {
    kind: tty === undefined ? 'pipe' : 'tty',
    *read(max): Task<Uint8Array | undefined> {
      listen()
      const bytes = putBack.shift() ?? (yield* chunks.take())
      if (bytes === undefined || bytes.length <= max) return bytes
      putBack.unshift(bytes.subarray(max))
      return bytes.subarray(0, max)
    },
    // oxlint-disable-next-line require-yield -- nobody writes here
    *write(): Task {},
    unread: (bytes) => putBack.unshift(bytes),
    retain: () => {},
    release: () => {},
    ...(tty === undefined ? {} : { tty }),
  }
}

function writable(stream: NodeJS.WriteStream, tty: Tty | undefined): OpenFile {
  return {
    kind: tty === undefined ? 'pipe' : 'tty',
    // oxlint-disable-next-line require-yield -- nobody reads here
    *read(): Task<undefined> {
      return undefined
    },
    // oxlint-disable-next-line require-yield -- the stream keeps what it cannot send yet
    *write(bytes): Task {
      stream.write(bytes)
    },
    retain: () => {},
    release: () => {},
    ...(tty === undefined ? {} : { tty }),
  }
}

function terminal(): Tty {
  return {
    get columns() {
      return process.stdout.columns ?? 80
    },
    get rows() {
      return process.stdout.rows ?? 24
    },
    get isRaw() {
      return process.stdin.isRaw === true
    },
    setRaw: (isRaw) => {
      process.stdin.setRawMode?.(isRaw)
    },
    foregroundGroup: 0,
    onResize: (listener) => {
      process.stdout.on('resize', listener)
      return () => process.stdout.off('resize', listener)
    },
  }
}
