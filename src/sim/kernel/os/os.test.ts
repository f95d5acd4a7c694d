import { expect, it } from 'vitest'
import fc from 'fast-check'
import type { Task } from '../process.ts'
import { Simulation } from '../simulation.ts'
import { FileSystem, newDirectory } from './filesystem.ts'
import { FileContent } from './file-content.ts'
import { Device } from './inodes.ts'
import { Pipe } from './pipe.ts'
import { Processes } from './process-table.ts'
import { Terminal } from './tty.ts'
import {
  type ExitStatus,
  type Host,
  type OpenFile,
  OsError,
  type OsProcess,
  type Program,
} from './types.ts'
import { concatBytes, decodeUtf8, encodeUtf8, Utf8Decoder } from './utf8.ts'

function newHost(options: { firstPid?: number } = {}): Host {
  const simulation = new Simulation({ seed: 1 })
  return {
    simulation,
    hostname: 'box',
    fs: new FileSystem({ simulation }),
    processes: new Processes(options),
    command: () => undefined,
    commandNames: () => [],
    network: undefined,
  }
}

function start(
  host: Host,
  program: Program,
  options: { files?: Map<number, OpenFile>; parent?: OsProcess; group?: number | 'new' } = {},
): OsProcess {
  return host.processes.spawn({
    host,
    program,
    argv: ['prog'],
    env: new Map(),
    cwd: '/',
    files: options.files ?? new Map(),
    ...(options.parent && { parent: options.parent }),
    ...(options.group && { group: options.group }),
  })
}

const FOREVER: Program = function* (proc) {
  for (;;) yield* proc.sleep(1000)
}

it('decodes what it encodes, however the stream is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), (text, size) => {
      const bytes = encodeUtf8(text)
      expect(decodeUtf8(bytes)).toBe(new TextDecoder().decode(new TextEncoder().encode(text)))
      const decoder = new Utf8Decoder()
      let out = ''
      for (let i = 0; i < bytes.length; i += size) out += decoder.push(bytes.subarray(i, i + size))
      expect(out + decoder.finish(new Uint8Array(0))).toBe(decodeUtf8(bytes))
    }),
  )
})

it('keeps file content as a plain array of bytes would', () => {
  const step = fc.oneof(
    fc.record({
      at: fc.integer({ min: 0, max: 200_000 }),
      bytes: fc.uint8Array({ maxLength: 300 }),
    }),
    fc.record({ size: fc.integer({ min: 0, max: 200_000 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const content = new FileContent()
      let model: Uint8Array = new Uint8Array(0)
      const resize = (size: number): Uint8Array => {
        const next = new Uint8Array(size)
        next.set(model.subarray(0, size))
        return next
      }
      for (const each of steps) {
        if ('size' in each) {
          content.truncate(each.size)
          model = resize(each.size)
        } else if (each.bytes.length > 0) {
          content.write(each.at, each.bytes)
          model = resize(Math.max(model.length, each.at + each.bytes.length))
          model.set(each.bytes, each.at)
        }
      }
      expect(content.size).toBe(model.length)
      expect(decodeUtf8(content.read(0, content.size))).toBe(decodeUtf8(model))
    }),
    { numRuns: 60 },
  )
})

it('shows one volume in two filesystems, one of them read-only', () => {
  const { fs, simulation } = newHost()
  const other = new FileSystem({ simulation })
  const volume = newDirectory(new Device({ name: '/dev/vdb' }), simulation)
  fs.mount('/data', volume)
  other.mount('/usr/share/html', volume, { readOnly: true })
  fs.writeText('/data/index.html', 'web-0\n')
  expect(other.readText('/usr/share/html/index.html')).toBe('web-0\n')
  expect(() => other.writeText('/usr/share/html/x', '')).toThrow('Read-only file system')
  expect(() => fs.rmdir('/data')).toThrow('Device or resource busy')
  expect(() => fs.rename('/data/index.html', '/index.html')).toThrow('Invalid cross-device link')
  expect(fs.mountOf('/data/index.html').source).toBe('/dev/vdb')
})

it('follows links, and gives up on circles', () => {
  const { fs } = newHost()
  fs.mkdir('/a/b', { recursive: true })
  fs.writeText('/a/b/file', 'x')
  fs.symlink('a/b', '/link')
  fs.symlink('/loop', '/loop')
  expect(fs.readText('/link/file')).toBe('x')
  expect(fs.realPath('/link/../b/file')).toBe('/a/b/file')
  expect(fs.stat('/link', { follow: false }).type).toBe('symlink')
  expect(() => fs.readText('/loop')).toThrow('Too many levels of symbolic links')
  fs.unlink('/link')
  expect(fs.readdir('/')).toEqual(['a', 'loop'])
})

it('refuses writes to a full disk, and frees what is deleted', () => {
  const { fs, simulation } = newHost()
  const device = new Device({ name: 'small', capacityBytes: 16 * 4096 })
  fs.mount('/disk', newDirectory(device, simulation))
  expect(() => fs.writeFile('/disk/big', new Uint8Array(17 * 4096))).toThrow(
    'No space left on device',
  )
  expect(fs.stat('/disk/big').size).toBe(16 * 4096)
  expect(device.availableBytes).toBe(0)
  fs.unlink('/disk/big')
  expect(device.usedBytes).toBe(0)
})

it('blocks a writer on a full pipe until there is a reader, and keeps the order', () => {
  const host = newHost({ firstPid: 10 })
  const pipe = new Pipe()
  const sent = encodeUtf8('0123456789'.repeat(20_000))
  let isWritten = false
  let received = ''
  start(
    host,
    function* (proc) {
      yield* proc.writeBytes(1, sent)
      isWritten = true
      return 0
    },
    { files: new Map([[1, pipe.writeEnd]]) },
  )
  start(
    host,
    function* (proc) {
      yield* proc.sleep(10)
      expect(isWritten).toBe(false)
      received = yield* proc.readAll(0)
      return 0
    },
    { files: new Map([[0, pipe.readEnd]]) },
  )
  host.simulation.runUntilRest()
  expect(received === decodeUtf8(sent)).toBe(true)
})

it('ends a writer without readers with SIGPIPE, or EPIPE where that is ignored', () => {
  for (const ignores of [false, true]) {
    const host = newHost({ firstPid: 10 })
    const pipe = new Pipe()
    let failure: unknown
    const writer = start(
      host,
      function* (proc) {
        if (ignores) proc.setDisposition('SIGPIPE', 'ignore')
        try {
          for (;;) yield* proc.write(1, 'y\n')
        } catch (error) {
          failure = error
          return 3
        }
      },
      { files: new Map([[1, pipe.writeEnd]]) },
    )
    start(
      host,
      function* (proc) {
        return (yield* proc.readLine(0)) === 'y' ? 0 : 1
      },
      { files: new Map([[0, pipe.readEnd]]) },
    )
    host.simulation.runUntilRest()
    const want: ExitStatus = ignores
      ? { type: 'exited', code: 3 }
      : { type: 'signaled', signal: 'SIGPIPE' }
    expect(writer.status).toEqual(want)
    expect(failure instanceof OsError).toBe(ignores)
  }
})

it('leaves what a reader did not use to the next reader', () => {
  const host = newHost()
  host.fs.writeText('/f', 'one\ntwo\nthree\n')
  const lines: (string | undefined)[] = []
  start(host, function* (proc) {
    const file = yield* proc.open('/f', { read: true })
    file.retain()
    proc.files.set(0, file)
    lines.push(yield* proc.readLine(0))
    const child = start(
      host,
      function* (inner) {
        lines.push(yield* inner.readLine(0))
        return 0
      },
      { files: proc.files, parent: proc },
    )
    yield* child.wait()
    lines.push(yield* proc.readLine(0), yield* proc.readLine(0))
    return 0
  })
  host.simulation.runUntilRest()
  expect(lines).toEqual(['one', 'two', 'three', undefined])
})

it('passes bytes through a named pipe', () => {
  const host = newHost({ firstPid: 10 })
  host.fs.mkfifo('/p')
  let got = ''
  start(host, function* (proc) {
    const file = yield* proc.open('/p', { read: true })
    file.retain()
    proc.files.set(0, file)
    got = yield* proc.readAll(0)
    return 0
  })
  start(host, function* (proc) {
    yield* proc.sleep(5)
    const file = yield* proc.open('/p', { write: true })
    file.retain()
    proc.files.set(1, file)
    yield* proc.write(1, 'through')
    return 0
  })
  host.simulation.runUntilRest()
  expect(got).toBe('through')
})

it('calls a handler, interrupts a sleep, and stops and continues a process', () => {
  const host = newHost({ firstPid: 10 })
  const seen: string[] = []
  const proc = start(host, function* (self): Task<number> {
    self.setDisposition('SIGTERM', (signal) => seen.push(signal))
    try {
      yield* self.sleep(60_000)
    } catch (error) {
      seen.push(String(error))
    }
    yield* self.sleep(1000)
    seen.push(`at ${host.simulation.now}`)
    return 7
  })
  host.simulation.runFor(100)
  proc.signal('SIGTERM')
  proc.signal('SIGSTOP')
  host.simulation.runFor(5000)
  expect(proc.isStopped).toBe(true)
  proc.signal('SIGCONT')
  host.simulation.runUntilRest()
  expect(seen).toEqual(['SIGTERM', 'OsError: Interrupted system call', 'at 5100'])
  expect(proc.status).toEqual({ type: 'exited', code: 7 })
})

it('protects process 1 from inside, and ends the container with it', () => {
  const host = newHost()
  const main = start(host, FOREVER)
  const inside = start(host, FOREVER, { group: 'new' })
  host.simulation.runFor(10)
  main.signal('SIGTERM')
  main.signal('SIGKILL', inside)
  expect(main.status).toBeUndefined()
  main.signal('SIGKILL')
  expect(main.status).toEqual({ type: 'signaled', signal: 'SIGKILL' })
  expect(inside.status).toEqual({ type: 'signaled', signal: 'SIGKILL' })
  expect(host.processes.list()).toEqual([])
})

it('edits a cooked line, echoes it, and keeps type-ahead', () => {
  const host = newHost()
  const terminal = new Terminal({ columns: 80, rows: 24, processes: host.processes })
  let screen = ''
  terminal.onOutput((text) => (screen += text))
  terminal.input('helxx\x7f\x7flo wrold\x17world\rnext')
  const lines: (string | undefined)[] = []
  start(
    host,
    function* (proc) {
      lines.push(yield* proc.readLine(0))
      lines.push(yield* proc.readLine(0))
      lines.push(yield* proc.readLine(0))
      yield* proc.write(1, 'a\nb\n')
      return 0
    },
    {
      files: new Map([
        [0, terminal.file],
        [1, terminal.file],
      ]),
    },
  )
  host.simulation.runUntilRest()
  terminal.input('\r\x04')
  host.simulation.runUntilRest()
  expect(lines).toEqual(['hello world', 'next', undefined])
  const erased = '\b \b'
  expect(screen).toBe(
    `helxx${erased.repeat(2)}lo wrold${erased.repeat(5)}world\r\nnext\r\na\r\nb\r\n`,
  )
})

it('sends the foreground group SIGINT on Ctrl-C, and nobody else', () => {
  const host = newHost({ firstPid: 10 })
  const terminal = new Terminal({ columns: 80, rows: 24, processes: host.processes })
  const front = start(host, FOREVER, { group: 'new' })
  const back = start(host, FOREVER, { group: 'new' })
  terminal.foregroundGroup = front.pgid
  host.simulation.runFor(1)
  terminal.input('abc\x03')
  expect(front.status).toEqual({ type: 'signaled', signal: 'SIGINT' })
  expect(back.status).toBeUndefined()
})

it('hands raw keys on as they come, with what was typed before', () => {
  const host = newHost()
  const terminal = new Terminal({ columns: 80, rows: 24, processes: host.processes })
  terminal.input('ls')
  terminal.setRaw(true)
  terminal.input('\x1b[D\x03')
  const got: Uint8Array[] = []
  start(
    host,
    function* (proc) {
      for (let i = 0; i < 2; i++) {
        const bytes = yield* proc.read(0)
        if (bytes !== undefined) got.push(bytes)
      }
      return 0
    },
    { files: new Map([[0, terminal.file]]) },
  )
  host.simulation.runUntilRest()
  expect(decodeUtf8(concatBytes(got))).toBe('ls\x1b[D\x03')
})
