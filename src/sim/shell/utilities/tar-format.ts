import { concatBytes, decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'

export const BLOCK = 512

export type Member = {
  readonly type: 'file' | 'directory' | 'symlink'
  readonly name: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtimeMs: number
  /** Where a symbolic link leads. */
  readonly target: string
}

const TYPE_FLAG = { file: '0', symlink: '2', directory: '5' } as const
const CHECKSUM = { at: 148, size: 8 }

/** The header block in the ustar format; a name that does not fit goes before it, as GNU has it. */
export function writeHeader(member: Member): Uint8Array {
  const name = encodeUtf8(member.name)
  const target = encodeUtf8(member.target)
  return concatBytes([
    ...(name.length > 100 ? [longText('L', name)] : []),
    ...(target.length > 100 ? [longText('K', target)] : []),
    headerBlock(member, { flag: TYPE_FLAG[member.type], name, target }),
  ])
}

function headerBlock(
  member: Pick<Member, 'mode' | 'uid' | 'gid' | 'size' | 'mtimeMs'>,
  texts: { flag: string; name: Uint8Array; target: Uint8Array },
): Uint8Array {
  const block = new Uint8Array(BLOCK)
  const octal = (at: number, size: number, value: number) =>
    block.set(
      encodeUtf8(
        Math.trunc(value)
          .toString(8)
          .padStart(size - 1, '0'),
      ),
      at,
    )
  block.set(texts.name.subarray(0, 100), 0)
  octal(100, 8, member.mode & 0o7777)
  octal(108, 8, member.uid)
  octal(116, 8, member.gid)
  octal(124, 12, member.size)
  octal(136, 12, member.mtimeMs / 1000)
  block.fill(0x20, CHECKSUM.at, CHECKSUM.at + CHECKSUM.size)
  block.set(encodeUtf8(texts.flag), 156)
  block.set(texts.target.subarray(0, 100), 157)
  block.set(encodeUtf8('ustar\0' + '00root'), 257)
  block.set(encodeUtf8('root'), 297)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.set(encodeUtf8(`${sum.toString(8).padStart(6, '0')}\0 `), CHECKSUM.at)
  return block
}

/** GNU's member that holds the name, or link target, of the member after it. */
function longText(flag: 'L' | 'K', text: Uint8Array): Uint8Array {
  const size = text.length + 1
  const padded = new Uint8Array(Math.ceil(size / BLOCK) * BLOCK)
  padded.set(text)
  const none = { mode: 0, uid: 0, gid: 0, mtimeMs: 0, size }
  const texts = { flag, name: encodeUtf8('././@LongLink'), target: new Uint8Array(0) }
  return concatBytes([headerBlock(none, texts), padded])
}

/**
 * Reads the next member's header, together with the extended ones before it: GNU's long names and
 * the records of POSIX, of which path and linkpath count.
 */
export function* readMember(
  take: (size: number) => Task<Uint8Array | undefined>,
): Task<Member | 'end' | 'broken'> {
  let [longName, longTarget] = ['', '']
  for (;;) {
    const block = yield* take(BLOCK)
    if (block === undefined || block.every((byte) => byte === 0)) return 'end'
    if (!hasRightChecksum(block)) return 'broken'
    const size = octalAt(block, 124, 12)
    const flag = textAt(block, 156, 1)
    if ('LKxg'.includes(flag) && flag !== '') {
      const content = yield* take(Math.ceil(size / BLOCK) * BLOCK)
      if (content === undefined) return 'broken'
      const text = decodeUtf8(content.subarray(0, size))
      if (flag === 'L') longName = text.replace(/\0+$/, '')
      if (flag === 'K') longTarget = text.replace(/\0+$/, '')
      if (flag === 'x') {
        longName = record(text, 'path') ?? longName
        longTarget = record(text, 'linkpath') ?? longTarget
      }
      continue
    }
    const prefix = textAt(block, 345, 155)
    const shortName = textAt(block, 0, 100)
    const name = longName || (prefix === '' ? shortName : `${prefix}/${shortName}`)
    const type = flag === '5' ? 'directory' : flag === '2' ? 'symlink' : 'file'
    return {
      type,
      name,
      mode: octalAt(block, 100, 8),
      uid: octalAt(block, 108, 8),
      gid: octalAt(block, 116, 8),
      size: type === 'file' ? size : 0,
      mtimeMs: octalAt(block, 136, 12) * 1000,
      target: longTarget || textAt(block, 157, 100),
    }
  }
}

function hasRightChecksum(block: Uint8Array): boolean {
  const stored = octalAt(block, CHECKSUM.at, CHECKSUM.size)
  let sum = 0
  for (const [at, byte] of block.entries()) {
    sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.size ? 0x20 : byte
  }
  return sum === stored
}

function textAt(block: Uint8Array, at: number, size: number): string {
  const field = block.subarray(at, at + size)
  const end = field.indexOf(0)
  return decodeUtf8(end < 0 ? field : field.subarray(0, end))
}

function octalAt(block: Uint8Array, at: number, size: number): number {
  const digits = /[0-7]+/.exec(textAt(block, at, size))
  return digits === null ? 0 : Number.parseInt(digits[0], 8)
}

/** One value of an extended header: lines of `{length} {key}={value}`. */
function record(text: string, key: string): string | undefined {
  return new RegExp(`^\\d+ ${key}=(.*)$`, 'm').exec(text)?.[1]
}
