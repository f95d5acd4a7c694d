import { FileContent } from './file-content.ts'
import type { Pipe } from './pipe.ts'
import { OsError } from './types.ts'

export type DeviceOptions = {
  /** As df names it: `/dev/sda1`, `overlay`, `tmpfs`. */
  readonly name: string
  readonly type?: string
  readonly capacityBytes?: number
}

const BLOCK_BYTES = 4096
const INODE_COUNT_START = 2

/** What inodes take their space from. Full means ENOSPC to whoever writes there. */
export class Device {
  readonly name: string
  readonly type: string
  capacityBytes: number
  #usedBytes = 0
  /** What somebody outside took, without a file to show for it. */
  #takenBytes = 0
  #nextInode = INODE_COUNT_START

  constructor(options: DeviceOptions) {
    this.name = options.name
    this.type = options.type ?? 'ext4'
    this.capacityBytes = options.capacityBytes ?? 100 * 1024 ** 3
  }

  get usedBytes(): number {
    return this.#usedBytes + this.#takenBytes
  }

  get availableBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes)
  }

  /** Takes all that is free. What is deleted later, or grown, is free again. */
  fill(): void {
    this.#takenBytes += this.availableBytes
  }

  /** Gives back what `fill` took. */
  free(): void {
    this.#takenBytes = 0
  }

  nextInodeNumber(): number {
    return this.#nextInode++
  }

  /** How large a file of `size` bytes may become without more space than there is. */
  sizeMaxFor(size: number): number {
    return allocated(size) + Math.floor(this.availableBytes / BLOCK_BYTES) * BLOCK_BYTES
  }

  resized(before: number, after: number): void {
    this.#usedBytes += allocated(after) - allocated(before)
  }
}

/** Bytes on disk for a file of this size. */
export function allocated(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
}

export type InodeOptions = {
  readonly device: Device
  readonly mode: number
  readonly mtimeMs: number
  readonly uid?: number
  readonly gid?: number
}

abstract class BaseInode {
  readonly number: number
  readonly device: Device
  mode: number
  mtimeMs: number
  uid: number
  gid: number
  links = 0

  constructor(options: InodeOptions) {
    this.device = options.device
    this.number = options.device.nextInodeNumber()
    this.mode = options.mode
    this.mtimeMs = options.mtimeMs
    this.uid = options.uid ?? 0
    this.gid = options.gid ?? 0
  }
}

export class FileInode extends BaseInode {
  readonly type = 'file'
  readonly #content = new FileContent()
  readonly #changeListeners = new Set<() => void>()
  #opens = 0

  get size(): number {
    return this.#content.size
  }

  read(offset: number, max: number): Uint8Array {
    return this.#content.read(offset, max)
  }

  /** Writes what fits; throws ENOSPC with the rest unwritten, as a full disk does. */
  write(offset: number, bytes: Uint8Array, nowMs: number): void {
    const end = offset + bytes.length
    const endMax = Math.max(this.size, this.device.sizeMaxFor(this.size))
    const fitting = end <= endMax ? bytes : bytes.subarray(0, Math.max(0, endMax - offset))
    const before = this.size
    this.#content.write(offset, fitting)
    this.device.resized(before, this.size)
    this.mtimeMs = nowMs
    this.#changed()
    if (fitting.length < bytes.length) throw new OsError('ENOSPC')
  }

  truncate(size: number, nowMs: number): void {
    const before = this.size
    if (size > this.device.sizeMaxFor(before)) throw new OsError('ENOSPC')
    this.#content.truncate(size)
    this.device.resized(before, size)
    this.mtimeMs = nowMs
    this.#changed()
  }

  /** Calls back after each write, as inotify would; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  retain(): void {
    this.#opens++
  }

  release(): void {
    this.#opens--
    this.freeIfUnused()
  }

  // A deleted file keeps its space until the last process that has it open closes it.
  freeIfUnused(): void {
    if (this.links > 0 || this.#opens > 0) return
    this.device.resized(this.size, 0)
    this.#content.truncate(0)
  }

  #changed(): void {
    for (const listener of [...this.#changeListeners]) listener()
  }
}

export class DirectoryInode extends BaseInode {
  readonly type = 'directory'
  readonly entries = new Map<string, Inode>()

  get size(): number {
    return BLOCK_BYTES
  }

  link(name: string, inode: Inode, nowMs: number): void {
    this.entries.set(name, inode)
    inode.links++
    this.mtimeMs = nowMs
  }

  unlink(name: string, nowMs: number): void {
    const inode = this.entries.get(name)
    if (inode === undefined) return
    this.entries.delete(name)
    inode.links--
    this.mtimeMs = nowMs
    if (inode.type === 'file') inode.freeIfUnused()
  }
}

export class SymlinkInode extends BaseInode {
  readonly type = 'symlink'
  readonly target: string

  constructor(options: InodeOptions, target: string) {
    super(options)
    this.target = target
  }

  get size(): number {
    return this.target.length
  }
}

/** Character devices. `fd` stands for a descriptor of the process that opens it: /dev/stdout. */
export type DeviceNode =
  | { readonly kind: 'null' | 'zero' | 'full' | 'random' | 'tty' }
  | { readonly kind: 'fd'; readonly fd: number }

export class DeviceInode extends BaseInode {
  readonly type = 'device'
  readonly node: DeviceNode

  constructor(options: InodeOptions, node: DeviceNode) {
    super(options)
    this.node = node
  }

  get size(): number {
    return 0
  }
}

/** A file whose text is made when it is opened, such as /proc/uptime. */
export class GeneratedInode extends BaseInode {
  readonly type = 'generated'
  readonly content: () => string

  constructor(options: InodeOptions, content: () => string) {
    super(options)
    this.content = content
  }

  get size(): number {
    return 0
  }
}

/** A named pipe; `pipe` exists while somebody has it open. */
export class FifoInode extends BaseInode {
  readonly type = 'fifo'
  pipe: Pipe | undefined
  readonly openListeners = new Set<() => void>()

  get size(): number {
    return 0
  }
}

export type Inode =
  | FileInode
  | DirectoryInode
  | SymlinkInode
  | DeviceInode
  | GeneratedInode
  | FifoInode
