import type { OsProcess } from '#sim/kernel/os/types.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { md5, sha256 } from './digests.ts'
import { sizeOf } from './file-changes.ts'
import { addFile, closeFd, eachInput } from './input.ts'
import { complain, errnoText, type Flavor, parseOptions, type Tool, UsageError } from './tool.ts'

function* allBytes(proc: OsProcess, fd: number): Task<Uint8Array> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const chunk = yield* proc.read(fd)
    if (chunk === undefined) return concatBytes(chunks)
    chunks.push(chunk)
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export const base64: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'dDi',
    values: 'w',
    long: { decode: 'd', wrap: 'w', 'ignore-garbage': 'i' },
  })
  let status = 0
  const failed = yield* eachInput(proc, options.operands, flavor, function* (fd) {
    const bytes = yield* allBytes(proc, fd)
    if (options.has('d') || options.has('D')) {
      const decoded = decodeBase64(bytes)
      yield* proc.writeBytes(1, decoded.bytes)
      if (!decoded.isValid) {
        status = 1
        yield* complain(proc, 'invalid input')
      }
      return
    }
    const width = Number(options.value('w') ?? '76')
    const text = encodeBase64(bytes)
    const lines =
      width === 0 ? text : (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []).join('\n')
    yield* proc.write(1, width === 0 || text === '' ? lines : `${lines}\n`)
  })
  return failed || status
}

function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | (b << 8) | c
    const digits = [18, 12, 6, 0].map((shift) => ALPHABET[(bits >> shift) & 63] ?? '')
    const kept = Math.min(3, bytes.length - at) + 1
    text += digits.slice(0, kept).join('').padEnd(4, '=')
  }
  return text
}

function decodeBase64(input: Uint8Array): {
  readonly bytes: Uint8Array
  readonly isValid: boolean
} {
  const out: number[] = []
  let bits = 0
  let count = 0
  for (const byte of input) {
    const character = String.fromCharCode(byte)
    if (/\s/.test(character)) continue
    if (character === '=') break
    const value = ALPHABET.indexOf(character)
    if (value < 0) return { bytes: Uint8Array.from(out), isValid: false }
    bits = (bits << 6) | value
    count += 6
    if (count < 8) continue
    count -= 8
    out.push((bits >> count) & 0xff)
  }
  return { bytes: Uint8Array.from(out), isValid: true }
}

function digestTool(digest: (bytes: Uint8Array) => string): Tool {
  return function* (proc, flavor) {
    const options = parseOptions(proc.argv.slice(1), {
      flags: 'bct',
      long: { check: 'c', binary: 'b' },
    })
    if (options.has('c')) return yield* checkDigests(proc, options.operands, digest, flavor)
    return yield* eachInput(proc, options.operands, flavor, function* (fd, name) {
      yield* proc.write(1, `${digest(yield* allBytes(proc, fd))}  ${name}\n`)
    })
  }
}

function* checkDigests(
  proc: OsProcess,
  names: readonly string[],
  digest: (bytes: Uint8Array) => string,
  flavor: Flavor,
): Task<number> {
  let status = 0
  const failed = yield* eachInput(proc, names, flavor, function* (fd) {
    const text = decodeUtf8(yield* allBytes(proc, fd))
    for (const line of text.split('\n')) {
      const match = /^([0-9a-f]+) [ *](.+)$/.exec(line)
      if (match === null) continue
      const path = proc.resolvePath(match[2] ?? '')
      const isSame = proc.host.fs.exists(path) && digest(proc.host.fs.readFile(path)) === match[1]
      if (!isSame) status = 1
      yield* proc.write(1, `${match[2]}: ${isSame ? 'OK' : 'FAILED'}\n`)
    }
  })
  return failed || status
}

export const md5sum: Tool = digestTool(md5)
export const sha256sum: Tool = digestTool(sha256)

export const dd: Tool = function* (proc) {
  const given = new Map<string, string>()
  for (const arg of proc.argv.slice(1)) {
    const match = /^(if|of|bs|ibs|obs|count|skip|seek|conv|status|oflag|iflag)=(.*)$/.exec(arg)
    if (match === null) throw new UsageError(`unrecognized operand '${arg}'`)
    given.set(match[1] ?? '', match[2] ?? '')
  }
  const size = (name: string, standard: number): number => {
    const text = given.get(name)
    const value = text === undefined ? standard : sizeOf(text)
    if (value === undefined) throw new UsageError(`invalid number: '${text}'`)
    return value
  }
  const block = size('bs', size('ibs', 512))
  const count = size('count', Infinity)
  const startedAt = proc.host.simulation.now
  const fds: number[] = []
  let [full, part, bytes] = [0, 0, 0]
  let problem: string | undefined
  try {
    const input = given.has('if')
      ? addFile(proc, yield* proc.open(given.get('if') ?? '', { read: true }))
      : 0
    if (input !== 0) fds.push(input)
    const output = given.has('of') ? addFile(proc, yield* openOutput(proc, given)) : 1
    if (output !== 1) fds.push(output)
    for (let i = 0; i < size('skip', 0); i++) yield* readBlock(proc, input, block)
    proc.files.get(output)?.seek?.(size('seek', 0) * size('obs', block))
    for (let i = 0; i < count; i++) {
      const chunk = yield* readBlock(proc, input, block)
      if (chunk.length === 0) break
      yield* proc.writeBytes(output, chunk)
      if (chunk.length === block) full++
      else part++
      bytes += chunk.length
    }
  } catch (error) {
    if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
    const name = error.path ?? given.get('of') ?? 'standard output'
    problem =
      error.code === 'ENOSPC'
        ? `error writing '${name}': ${errnoText(error)}`
        : `failed to open '${name}': ${errnoText(error)}`
  } finally {
    for (const fd of fds) closeFd(proc, fd)
  }
  if (problem !== undefined) yield* complain(proc, problem)
  if (given.get('status') !== 'none') {
    const seconds = Math.max(0.000001, (proc.host.simulation.now - startedAt) / 1000)
    yield* proc.write(2, transferText(full, part, bytes, seconds))
  }
  return problem === undefined ? 0 : 1
}

function openOutput(proc: OsProcess, given: ReadonlyMap<string, string>) {
  const keeps = (given.get('conv') ?? '').split(',').includes('notrunc')
  return proc.open(given.get('of') ?? '', { write: true, create: true, truncate: !keeps })
}

function* readBlock(proc: OsProcess, fd: number, size: number): Task<Uint8Array> {
  const chunk = yield* proc.read(fd, size)
  // A disk writes about this fast.
  yield* proc.charge((chunk?.length ?? 0) / 500_000)
  return chunk ?? new Uint8Array(0)
}

function transferText(full: number, part: number, bytes: number, seconds: number): string {
  const rate = bytes / seconds
  const unit =
    rate > 1e9
      ? `${(rate / 1e9).toFixed(1)} GB/s`
      : rate > 1e6
        ? `${(rate / 1e6).toFixed(1)} MB/s`
        : `${(rate / 1e3).toFixed(1)} kB/s`
  const human = bytes >= 1000 ? ` (${decimalSize(bytes)}, ${binarySize(bytes)})` : ''
  const records = `${full}+${part} records`
  return `${records} in\n${records} out\n${bytes} bytes${human} copied, ${Number(seconds.toPrecision(6))} s, ${unit}\n`
}

function decimalSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toPrecision(2)} GB`
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e3).toFixed(1)} kB`
}

function binarySize(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toPrecision(2)} GiB`
  return bytes >= 2 ** 20
    ? `${Math.round(bytes / 2 ** 20)} MiB`
    : `${(bytes / 1024).toFixed(1)} KiB`
}

export const od: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'vcxbdo',
    values: 'ANtwj',
    long: { format: 't', 'address-radix': 'A', 'read-bytes': 'N' },
  })
  const format =
    options.value('t') ??
    (options.has('c') ? 'c' : options.has('x') ? 'x2' : options.has('b') ? 'o1' : 'o2')
  const radix = options.value('A') ?? 'o'
  const address = (at: number): string => {
    if (radix === 'n') return ''
    return at.toString({ d: 10, x: 16 }[radix] ?? 8).padStart(radix === 'x' ? 6 : 7, '0')
  }
  return yield* eachInput(proc, options.operands, flavor, function* (fd) {
    const all = yield* allBytes(proc, fd)
    const bytes = all.subarray(0, Number(options.value('N') ?? all.length))
    for (let at = 0; at < bytes.length; at += 16) {
      yield* proc.write(1, `${address(at)}${odLine(bytes.subarray(at, at + 16), format)}\n`)
    }
    if (radix !== 'n') yield* proc.write(1, `${address(bytes.length)}\n`)
  })
}

const NAMED: Readonly<Record<number, string>> = {
  0: '\\0',
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
}

function odLine(bytes: Uint8Array, format: string): string {
  if (format.startsWith('c') || format.startsWith('a')) {
    return Array.from(bytes, (byte) => {
      const shown =
        NAMED[byte] ??
        (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : byte.toString(8).padStart(3, '0'))
      return shown.padStart(4)
    }).join('')
  }
  const letter = format[0] ?? 'o'
  const size = Number(/\d+/.exec(format)?.[0] ?? (letter === 'x' || letter === 'o' ? 2 : 4))
  const digits = letter === 'x' ? size * 2 : Math.ceil((size * 8) / 3)
  let text = ''
  for (let at = 0; at < bytes.length; at += size) {
    let value = 0n
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0)
    const shown =
      letter === 'x'
        ? value.toString(16).padStart(digits, '0')
        : letter === 'o'
          ? value.toString(8).padStart(digits, '0')
          : value.toString().padStart(size === 1 ? 3 : 5 * (size / 2))
    text += ` ${shown}`
  }
  return text
}

export const hexdump: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'Cvx',
    values: 'ns',
    long: { canonical: 'C' },
  })
  const isCanonical = options.has('C') || proc.argv[0]?.endsWith('hd') === true
  return yield* eachInput(proc, options.operands, flavor, function* (fd) {
    const all = yield* allBytes(proc, fd)
    const bytes = all.subarray(0, Number(options.value('n') ?? all.length))
    for (let at = 0; at < bytes.length; at += 16) {
      const row = bytes.subarray(at, at + 16)
      yield* proc.write(1, isCanonical ? canonicalRow(row, at) : plainRow(row, at))
    }
    const width = isCanonical ? 8 : 7
    if (bytes.length > 0)
      yield* proc.write(1, `${bytes.length.toString(16).padStart(width, '0')}\n`)
  })
}

function canonicalRow(row: Uint8Array, at: number): string {
  const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0'))
  const halves = [hex.slice(0, 8).join(' ').padEnd(23), hex.slice(8).join(' ').padEnd(23)]
  const text = Array.from(row, (byte) =>
    byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
  ).join('')
  return `${at.toString(16).padStart(8, '0')}  ${halves.join('  ')}  |${text}|\n`
}

function plainRow(row: Uint8Array, at: number): string {
  const words: string[] = []
  for (let i = 0; i < row.length; i += 2) {
    words.push((((row[i + 1] ?? 0) << 8) | (row[i] ?? 0)).toString(16).padStart(4, '0'))
  }
  return `${at.toString(16).padStart(7, '0')} ${words.join(' ')}\n`
}
