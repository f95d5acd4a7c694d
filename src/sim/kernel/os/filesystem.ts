import type { Simulation } from '../simulation.ts'
import {
  Device,
  DeviceInode,
  type DeviceNode,
  DirectoryInode,
  FifoInode,
  FileInode,
  GeneratedInode,
  type Inode,
  type InodeOptions,
  SymlinkInode,
} from './inodes.ts'
import { openInode } from './open-files.ts'
import { joinPath, normalizePath } from './paths.ts'
import { type OpenFile, type OpenOptions, OsError } from './types.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

export type MountOptions = {
  readonly readOnly?: boolean
  /** What `mount` and `df` show; the device's name unless given. */
  readonly source?: string
}

export type Mount = {
  readonly path: string
  readonly inode: Inode
  readonly device: Device
  readonly source: string
  readonly readOnly: boolean
}

export type Stat = {
  readonly type: Inode['type']
  readonly mode: number
  readonly size: number
  readonly mtimeMs: number
  readonly uid: number
  readonly gid: number
  readonly number: number
  readonly links: number
  readonly device: Device
}

/** Where a path led: the inode, or the directory and name under which there is none. */
type Location = {
  readonly path: string
  readonly name: string
  readonly parent: DirectoryInode | undefined
  readonly inode: Inode | undefined
  readonly mount: Mount
}

const SYMLINKS_MAX = 40
const UMASK = 0o022

/**
 * The tree of files one host sees. Inodes live on devices and may be mounted into several trees:
 * a volume is the same directory inode in every container that mounts it. All paths are absolute.
 * Simplified: everything runs as root, so modes are kept and shown but refuse nothing.
 */
export class FileSystem {
  readonly root: DirectoryInode
  readonly #simulation: Simulation
  readonly #mounts = new Map<string, Mount>()

  constructor(options: { readonly simulation: Simulation; readonly device?: Device }) {
    this.#simulation = options.simulation
    const device = options.device ?? new Device({ name: 'overlay', type: 'overlay' })
    this.root = newDirectory(device, this.#simulation)
    this.#mounts.set('/', {
      path: '/',
      inode: this.root,
      device,
      source: device.name,
      readOnly: false,
    })
  }

  /** Shows `inode` at `path`, which is made if it is missing, as container runtimes do. */
  mount(path: string, inode: Inode, options: MountOptions = {}): void {
    const at = normalizePath(path)
    if (!this.exists(at)) {
      if (inode.type === 'directory') this.mkdir(at, { recursive: true })
      else this.writeText(at, '')
    }
    this.#mounts.set(this.realPath(at), {
      path: this.realPath(at),
      inode,
      device: inode.device,
      source: options.source ?? inode.device.name,
      readOnly: options.readOnly === true,
    })
  }

  unmount(path: string): void {
    this.#mounts.delete(normalizePath(path))
  }

  /** In the order they were mounted, the root first. */
  mounts(): readonly Mount[] {
    return [...this.#mounts.values()]
  }

  /** The mount that a path lies on. */
  mountOf(path: string): Mount {
    return this.#locate(path).mount
  }

  inode(path: string, options: { readonly follow?: boolean } = {}): Inode {
    const found = this.#locate(path, options.follow ?? true)
    if (found.inode === undefined) throw new OsError('ENOENT', path)
    return found.inode
  }

  exists(path: string): boolean {
    return this.#tryInode(path) !== undefined
  }

  isDirectory(path: string): boolean {
    return this.#tryInode(path)?.type === 'directory'
  }

  /** With `follow: false` a link is itself, as lstat(2) has it. */
  stat(path: string, options: { readonly follow?: boolean } = {}): Stat {
    const inode = this.inode(path, options)
    return {
      type: inode.type,
      mode: inode.mode,
      size: inode.size,
      mtimeMs: inode.mtimeMs,
      uid: inode.uid,
      gid: inode.gid,
      number: inode.number,
      links: inode.type === 'directory' ? 2 + countDirectories(inode) : inode.links,
      device: inode.device,
    }
  }

  /** Names in byte order, without `.` and `..`. */
  readdir(path: string): readonly string[] {
    const directory = this.#directory(path)
    return [...directory.entries.keys()].sort(compareNames)
  }

  readFile(path: string): Uint8Array {
    const inode = this.inode(path)
    if (inode.type === 'file') return inode.read(0, inode.size)
    if (inode.type === 'generated') return encodeUtf8(inode.content())
    throw new OsError(inode.type === 'directory' ? 'EISDIR' : 'EINVAL', path)
  }

  readText(path: string): string {
    return decodeUtf8(this.readFile(path))
  }

  writeFile(path: string, bytes: Uint8Array, options: { readonly mode?: number } = {}): void {
    const file = this.#fileForWriting(path, options.mode)
    file.truncate(0, this.#simulation.unixMs)
    file.write(0, bytes, this.#simulation.unixMs)
  }

  writeText(path: string, text: string, options: { readonly mode?: number } = {}): void {
    this.writeFile(path, encodeUtf8(text), options)
  }

  append(path: string, bytes: Uint8Array): void {
    const file = this.#fileForWriting(path)
    file.write(file.size, bytes, this.#simulation.unixMs)
  }

  appendText(path: string, text: string): void {
    this.append(path, encodeUtf8(text))
  }

  /**
   * Opens a regular file or a device that needs no process. `OsProcess.open` knows the others:
   * named pipes, terminals and /dev/stdout.
   */
  open(path: string, options: OpenOptions): OpenFile {
    return openInode(this.inodeToOpen(path, options), options, () => this.#simulation.unixMs, path)
  }

  /** Creates, truncates and checks what open(2) would, and returns what to open. */
  inodeToOpen(path: string, options: OpenOptions): Inode {
    const found = this.#locate(path)
    const isWriting = options.write === true || options.append === true
    if (found.inode === undefined) {
      if (options.create !== true || path.endsWith('/')) throw new OsError('ENOENT', path)
      return this.#create(found, path, (inode) => new FileInode(inode), options.mode ?? 0o666)
    }
    if (options.create === true && options.exclusive === true) throw new OsError('EEXIST', path)
    if (found.inode.type === 'directory' && isWriting) throw new OsError('EISDIR', path)
    if (isWriting && found.mount.readOnly && found.inode.type === 'file') {
      throw new OsError('EROFS', path)
    }
    if (isWriting && options.truncate === true && found.inode.type === 'file') {
      found.inode.truncate(0, this.#simulation.unixMs)
    }
    return found.inode
  }

  mkdir(
    path: string,
    options: { readonly recursive?: boolean; readonly mode?: number } = {},
  ): void {
    if (options.recursive === true) return this.#mkdirAll(path, options.mode)
    const found = this.#locate(path)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    this.#create(found, path, (inode) => new DirectoryInode(inode), options.mode ?? 0o777)
  }

  symlink(target: string, path: string): void {
    const found = this.#locate(path, false)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    this.#create(found, path, (inode) => new SymlinkInode({ ...inode, mode: 0o777 }, target), 0o777)
  }

  mkfifo(path: string, mode = 0o666): void {
    const found = this.#locate(path)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    this.#create(found, path, (inode) => new FifoInode(inode), mode)
  }

  mknod(path: string, node: DeviceNode): void {
    const found = this.#locate(path)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    this.#create(found, path, (inode) => new DeviceInode({ ...inode, mode: 0o666 }, node), 0o666)
  }

  /** A read-only file whose text is made anew for every reader. */
  generate(path: string, content: () => string): void {
    const found = this.#locate(path)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    this.#create(found, path, (inode) => new GeneratedInode(inode, content), 0o444)
  }

  /** A hard link. */
  link(target: string, path: string): void {
    const source = this.#locate(target, false)
    if (source.inode === undefined) throw new OsError('ENOENT', target)
    if (source.inode.type === 'directory') throw new OsError('EPERM', target)
    const found = this.#locate(path, false)
    if (found.inode !== undefined) throw new OsError('EEXIST', path)
    if (source.mount !== found.mount) throw new OsError('EXDEV', path)
    this.#writableParent(found, path).link(found.name, source.inode, this.#simulation.unixMs)
  }

  readlink(path: string): string {
    const inode = this.inode(path, { follow: false })
    if (inode.type !== 'symlink') throw new OsError('EINVAL', path)
    return inode.target
  }

  /** The path without links. The last component may be missing. */
  realPath(path: string): string {
    return this.#locate(path).path
  }

  unlink(path: string): void {
    const found = this.#locate(path, false)
    if (found.inode === undefined) throw new OsError('ENOENT', path)
    if (found.inode.type === 'directory') throw new OsError('EISDIR', path)
    this.#refuseMountPoint(found, path)
    this.#writableParent(found, path).unlink(found.name, this.#simulation.unixMs)
  }

  rmdir(path: string): void {
    const found = this.#locate(path, false)
    if (found.inode === undefined) throw new OsError('ENOENT', path)
    if (found.inode.type !== 'directory') throw new OsError('ENOTDIR', path)
    this.#refuseMountPoint(found, path)
    if (found.inode.entries.size > 0) throw new OsError('ENOTEMPTY', path)
    this.#writableParent(found, path).unlink(found.name, this.#simulation.unixMs)
  }

  /** A whole tree, as `rm -r` removes it; nothing if it is missing. */
  removeTree(path: string): void {
    const inode = this.#tryInode(path, false)
    if (inode === undefined) return
    if (inode.type !== 'directory') return this.unlink(path)
    for (const name of [...inode.entries.keys()]) this.removeTree(joinPath(path, name))
    this.rmdir(path)
  }

  rename(from: string, to: string): void {
    const source = this.#locate(from, false)
    const target = this.#locate(to, false)
    if (source.inode === undefined) throw new OsError('ENOENT', from)
    this.#refuseMountPoint(source, from)
    this.#refuseMountPoint(target, to)
    if (source.mount !== target.mount) throw new OsError('EXDEV', to)
    if (target.path === source.path) return
    if (source.inode.type === 'directory') this.#checkDirectoryRename(source, target, to)
    else if (target.inode?.type === 'directory') throw new OsError('EISDIR', to)
    const targetParent = this.#writableParent(target, to)
    const sourceParent = this.#writableParent(source, from)
    const now = this.#simulation.unixMs
    if (target.inode !== undefined) targetParent.unlink(target.name, now)
    targetParent.link(target.name, source.inode, now)
    sourceParent.unlink(source.name, now)
  }

  chmod(path: string, mode: number): void {
    this.#inodeToChange(path).mode = mode
  }

  chown(path: string, uid: number, gid: number): void {
    const inode = this.#inodeToChange(path)
    inode.uid = uid
    inode.gid = gid
  }

  setModified(path: string, mtimeMs: number): void {
    this.#inodeToChange(path).mtimeMs = mtimeMs
  }

  #inodeToChange(path: string): Inode {
    const found = this.#locate(path)
    if (found.inode === undefined) throw new OsError('ENOENT', path)
    if (found.mount.readOnly) throw new OsError('EROFS', path)
    return found.inode
  }

  #tryInode(path: string, follow = true): Inode | undefined {
    try {
      return this.#locate(path, follow).inode
    } catch (error) {
      if (error instanceof OsError) return undefined
      throw error
    }
  }

  #directory(path: string): DirectoryInode {
    const inode = this.inode(path)
    if (inode.type !== 'directory') throw new OsError('ENOTDIR', path)
    return inode
  }

  #fileForWriting(path: string, mode = 0o644): FileInode {
    const inode = this.inodeToOpen(path, { write: true, create: true, mode })
    if (inode.type !== 'file') throw new OsError('EINVAL', path)
    return inode
  }

  #mkdirAll(path: string, mode = 0o777): void {
    let at = ''
    for (const name of normalizePath(path).split('/').slice(1)) {
      at = `${at}/${name}`
      const found = this.#locate(at)
      if (found.inode === undefined) this.mkdir(at, { mode })
      else if (found.inode.type !== 'directory') throw new OsError('EEXIST', path)
    }
  }

  #create<T extends Inode>(
    found: Location,
    path: string,
    make: (options: InodeOptions) => T,
    mode: number,
  ): T {
    const parent = this.#writableParent(found, path)
    const now = this.#simulation.unixMs
    const inode = make({ device: parent.device, mode: mode & ~UMASK, mtimeMs: now })
    parent.link(found.name, inode, now)
    return inode
  }

  #writableParent(found: Location, path: string): DirectoryInode {
    if (found.parent === undefined) throw new OsError('EBUSY', path)
    if (found.mount.readOnly) throw new OsError('EROFS', path)
    return found.parent
  }

  #refuseMountPoint(found: Location, path: string): void {
    if (this.#mounts.has(found.path)) throw new OsError('EBUSY', path)
  }

  #checkDirectoryRename(source: Location, target: Location, to: string): void {
    if (target.path.startsWith(`${source.path}/`)) throw new OsError('EINVAL', to)
    if (target.inode === undefined) return
    if (target.inode.type !== 'directory') throw new OsError('ENOTDIR', to)
    if (target.inode.entries.size > 0) throw new OsError('ENOTEMPTY', to)
  }

  #locate(path: string, follow = true): Location {
    if (path === '') throw new OsError('ENOENT', path)
    const rootMount = this.#mounts.get('/') as Mount // Mounted by the constructor.
    const start: Location = {
      path: '/',
      name: '',
      parent: undefined,
      inode: rootMount.inode,
      mount: rootMount,
    }
    const stack = [start]
    const pending = componentsReversed(path)
    const mustBeDirectory = path.endsWith('/')
    for (let links = 0; ;) {
      const name = pending.pop()
      const here = stack.at(-1) ?? start
      if (name === undefined) return here
      if (here.inode === undefined) throw new OsError('ENOENT', path)
      if (here.inode.type !== 'directory') throw new OsError('ENOTDIR', path)
      if (name === '.') continue
      if (name === '..') {
        if (stack.length > 1) stack.pop()
        continue
      }
      const next = this.#child(here, here.inode, name)
      const isFollowed = pending.length > 0 || follow || mustBeDirectory
      if (next.inode?.type === 'symlink' && isFollowed) {
        if (++links > SYMLINKS_MAX) throw new OsError('ELOOP', path)
        if (next.inode.target.startsWith('/')) stack.length = 1
        pending.push(...componentsReversed(next.inode.target))
      } else {
        stack.push(next)
      }
    }
  }

  #child(here: Location, directory: DirectoryInode, name: string): Location {
    const path = joinPath(here.path, name)
    const mount = this.#mounts.get(path)
    return {
      path,
      name,
      parent: directory,
      inode: mount?.inode ?? directory.entries.get(name),
      mount: mount ?? here.mount,
    }
  }
}

/** The root directory of a fresh volume. */
export function newDirectory(device: Device, simulation: Simulation): DirectoryInode {
  return new DirectoryInode({ device, mode: 0o755, mtimeMs: simulation.unixMs })
}

function componentsReversed(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .reverse()
}

function countDirectories(directory: DirectoryInode): number {
  let count = 0
  for (const inode of directory.entries.values()) if (inode.type === 'directory') count++
  return count
}

export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
