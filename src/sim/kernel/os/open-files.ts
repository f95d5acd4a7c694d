import type { Task } from '../process.ts'
import type { FileInode, Inode } from './inodes.ts'
import { type OpenFile, type OpenOptions, OsError } from './types.ts'
import { encodeUtf8 } from './utf8.ts'

/** What open(2) gives for an inode that needs no process to open it. */
export function openInode(
  inode: Inode,
  options: OpenOptions,
  nowMs: () => number,
  path: string,
): OpenFile {
  switch (inode.type) {
    case 'file':
      return new RegularFile(inode, options, nowMs)
    case 'directory':
      return new DirectoryFile()
    case 'generated':
      return new BytesFile(encodeUtf8(inode.content()))
    case 'device':
      if (inode.node.kind === 'null') return new NullFile()
      if (inode.node.kind === 'zero' || inode.node.kind === 'full') {
        return new ZeroFile(inode.node.kind === 'full')
      }
      throw new OsError('EIO', path)
    case 'symlink':
    case 'fifo':
      throw new OsError('EINVAL', path)
  }
}

/** A regular file with an offset of its own. */
export class RegularFile implements OpenFile {
  readonly kind = 'file'
  readonly inode: FileInode
  readonly #options: OpenOptions
  readonly #nowMs: () => number
  #offset = 0
  #references = 0

  constructor(inode: FileInode, options: OpenOptions, nowMs: () => number) {
    this.inode = inode
    this.#options = options
    this.#nowMs = nowMs
  }

  // oxlint-disable-next-line require-yield -- files never block
  *read(max: number): Task<Uint8Array | undefined> {
    if (this.#options.read !== true) throw new OsError('EBADF')
    const bytes = this.inode.read(this.#offset, max)
    if (bytes.length === 0) return undefined
    this.#offset += bytes.length
    return bytes
  }

  // oxlint-disable-next-line require-yield -- files never block
  *write(bytes: Uint8Array): Task {
    if (this.#options.write !== true && this.#options.append !== true) throw new OsError('EBADF')
    const at = this.#options.append === true ? this.inode.size : this.#offset
    this.inode.write(at, bytes, this.#nowMs())
    this.#offset = at + bytes.length
  }

  unread(bytes: Uint8Array): void {
    this.#offset -= bytes.length
  }

  seek(offset: number): void {
    this.#offset = offset
  }

  retain(): void {
    if (this.#references++ === 0) this.inode.retain()
  }

  release(): void {
    if (--this.#references === 0) this.inode.release()
  }
}

/** Bytes that are already there: generated files, here-documents. */
export class BytesFile implements OpenFile {
  readonly kind = 'file'
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  // oxlint-disable-next-line require-yield -- everything is there
  *read(max: number): Task<Uint8Array | undefined> {
    if (this.#offset >= this.#bytes.length) return undefined
    const part = this.#bytes.subarray(this.#offset, this.#offset + max)
    this.#offset += part.length
    return part
  }

  // oxlint-disable-next-line require-yield -- always refused
  *write(): Task {
    throw new OsError('EBADF')
  }

  unread(bytes: Uint8Array): void {
    this.#offset -= bytes.length
  }

  seek(offset: number): void {
    this.#offset = offset
  }

  retain(): void {}
  release(): void {}
}

/** /dev/null. */
export class NullFile implements OpenFile {
  readonly kind = 'null' as const;

  // oxlint-disable-next-line require-yield -- always at its end
  *read(): Task<Uint8Array | undefined> {
    return undefined
  }

  *write(): Task {}

  retain(): void {}
  release(): void {}
}

/** /dev/zero, and /dev/full, which refuses writes. */
class ZeroFile implements OpenFile {
  readonly kind = 'null'
  readonly #isFull: boolean

  constructor(isFull: boolean) {
    this.#isFull = isFull
  }

  // oxlint-disable-next-line require-yield -- never blocks
  *read(max: number): Task<Uint8Array | undefined> {
    return new Uint8Array(max)
  }

  // oxlint-disable-next-line require-yield -- never blocks
  *write(): Task {
    if (this.#isFull) throw new OsError('ENOSPC')
  }

  retain(): void {}
  release(): void {}
}

class DirectoryFile implements OpenFile {
  readonly kind = 'file' as const;

  // oxlint-disable-next-line require-yield -- always refused
  *read(): Task<Uint8Array | undefined> {
    throw new OsError('EISDIR')
  }

  // oxlint-disable-next-line require-yield -- always refused
  *write(): Task {
    throw new OsError('EBADF')
  }

  retain(): void {}
  release(): void {}
}
