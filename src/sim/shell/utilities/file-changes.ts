import type { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { baseName, joinPath, normalizePath } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { changedMode } from './file-text.ts'
import { parseDate } from './date.ts'
import { complain, errnoText, type Flavor, parseOptions, type Tool, UsageError } from './tool.ts'

/** Does something to each operand; complains in the tool's words and goes on. */
function* forEach(
  proc: OsProcess,
  operands: readonly string[],
  act: (path: string, name: string) => void,
  message: (name: string, why: string, error: OsError) => string,
): Task<number> {
  let status = 0
  for (const name of operands) {
    yield* proc.charge(0.01)
    try {
      act(proc.resolvePath(name), name)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      status = 1
      yield* complain(proc, message(name, errnoText(error), error))
    }
  }
  return status
}

/** GNU quotes names in messages, busybox says `can't` where GNU says `cannot`. */
function cannot(flavor: Flavor, what: string, busyboxWhat = what) {
  return (name: string, why: string): string =>
    flavor === 'gnu' ? `cannot ${what} '${name}': ${why}` : `can't ${busyboxWhat} '${name}': ${why}`
}

function needOperands(operands: readonly string[]): void {
  if (operands.length === 0) throw new UsageError('missing operand')
}

export const mkdir: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'pv',
    values: 'm',
    long: { parents: 'p', mode: 'm', verbose: 'v' },
  })
  needOperands(options.operands)
  const mode = modeOption(options.value('m'), 0o777)
  const { fs } = proc.host
  return yield* forEach(
    proc,
    options.operands,
    (path) => {
      fs.mkdir(path, { recursive: options.has('p') })
      if (options.has('m')) fs.chmod(path, mode)
    },
    cannot(flavor, 'create directory'),
  )
}

function modeOption(text: string | undefined, mode: number): number {
  if (text === undefined) return mode
  const changed = changedMode(mode, text)
  if (changed === undefined) throw new UsageError(`invalid mode: '${text}'`)
  return changed
}

export const rmdir: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'pv', long: { parents: 'p' } })
  needOperands(options.operands)
  return yield* forEach(
    proc,
    options.operands,
    (path) => proc.host.fs.rmdir(path),
    (name, why) => (flavor === 'gnu' ? `failed to remove '${name}': ${why}` : `'${name}': ${why}`),
  )
}

export const rm: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'rRfivd',
    long: { recursive: 'r', force: 'f', verbose: 'v' },
  })
  const isRecursive = options.has('r') || options.has('R')
  if (!options.has('f')) needOperands(options.operands)
  const { fs } = proc.host
  return yield* forEach(
    proc,
    options.operands,
    (path, name) => {
      if (options.has('f') && !existsOrLink(fs, path)) return
      if (isRecursive && normalizePath(path) === '/') throw new OsError('EPERM', name)
      if (isRecursive) {
        if (!existsOrLink(fs, path)) throw new OsError('ENOENT', name)
        fs.removeTree(path)
      } else fs.unlink(path)
    },
    cannot(flavor, 'remove'),
  )
}

function existsOrLink(fs: FileSystem, path: string): boolean {
  try {
    fs.stat(path, { follow: false })
    return true
  } catch (error) {
    if (error instanceof OsError) return false
    throw error
  }
}

export const touch: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'camf',
    values: 'drt',
    long: { 'no-create': 'c', date: 'd', reference: 'r' },
  })
  needOperands(options.operands)
  const { fs, simulation } = proc.host
  const given = options.value('d')
  const time = given === undefined ? simulation.unixMs : parseDate(given, simulation.unixMs)
  if (time === undefined) throw new UsageError(`invalid date format '${given}'`)
  return yield* forEach(
    proc,
    options.operands,
    (path) => {
      if (!fs.exists(path)) {
        if (options.has('c')) return
        fs.inodeToOpen(path, { write: true, create: true })
      }
      fs.setModified(path, time)
    },
    (name, why) => (flavor === 'gnu' ? `cannot touch '${name}': ${why}` : `${name}: ${why}`),
  )
}

export const chmod: Tool = function* (proc, flavor) {
  // `-x` is a mode, not an option.
  const args = proc.argv.slice(1)
  const isRecursive = args.some((arg) => arg === '-R' || arg === '--recursive')
  const [mode, ...names] = args.filter((arg) => !['-R', '--recursive', '-v', '-f'].includes(arg))
  if (mode === undefined || names.length === 0) throw new UsageError('missing operand')
  if (changedMode(0, mode) === undefined) throw new UsageError(`invalid mode: '${mode}'`)
  const { fs } = proc.host
  return yield* forEach(
    proc,
    names,
    (path) => {
      for (const each of isRecursive ? withAllBelow(fs, path) : [path]) {
        fs.chmod(each, changedMode(fs.stat(each).mode, mode) ?? 0)
      }
    },
    (name, why) => (flavor === 'gnu' ? `cannot access '${name}': ${why}` : `${name}: ${why}`),
  )
}

/** A path and everything under it, links not followed. */
export function withAllBelow(fs: FileSystem, path: string): readonly string[] {
  if (fs.stat(path, { follow: false }).type !== 'directory') return [path]
  return [path, ...fs.readdir(path).flatMap((name) => withAllBelow(fs, joinPath(path, name)))]
}

export const chown: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'Rvhf', long: { recursive: 'R' } })
  const [owner, ...names] = options.operands
  if (owner === undefined || names.length === 0) throw new UsageError('missing operand')
  const { fs } = proc.host
  const [user = '', group] = owner.split(/[:.]/)
  const uid = user === '' ? undefined : idOf(fs, user)
  if (user !== '' && uid === undefined) throw new UsageError(`invalid user: '${owner}'`)
  const gid = group === undefined || group === '' ? undefined : idOf(fs, group)
  return yield* forEach(
    proc,
    names,
    (path) => {
      for (const each of options.has('R') ? withAllBelow(fs, path) : [path]) {
        const stat = fs.stat(each)
        fs.chown(each, uid ?? stat.uid, gid ?? stat.gid)
      }
    },
    (name, why) => (flavor === 'gnu' ? `cannot access '${name}': ${why}` : `${name}: ${why}`),
  )
}

function idOf(fs: FileSystem, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name)
  if (name === 'root') return 0
  if (!fs.exists('/etc/passwd')) return undefined
  const line = fs
    .readText('/etc/passwd')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`))
  return line === undefined ? undefined : Number(line.split(':')[2])
}

export const mv: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'finvuT', long: { force: 'f' } })
  return yield* toTarget(proc, options.operands, undefined, (from, to, name) => {
    const { fs } = proc.host
    if (options.has('n') && fs.exists(to)) return undefined
    try {
      fs.rename(from, to)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      if (error.code === 'EXDEV') {
        copyTree(fs, from, to)
        fs.removeTree(from)
      } else if (error.code === 'ENOENT' && !existsOrLink(fs, from)) {
        return cannot(flavor, 'stat', 'rename')(name, errnoText(error))
      } else return `cannot move '${name}' to '${to}': ${errnoText(error)}`
    }
    return undefined
  })
}

export const cp: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'rRafipvndLPT',
    values: 't',
    long: { recursive: 'r', archive: 'a', force: 'f', preserve: 'p', 'target-directory': 't' },
  })
  const isRecursive = options.has('r') || options.has('R') || options.has('a')
  const { fs } = proc.host
  return yield* toTarget(proc, options.operands, options.value('t'), (from, to, name) => {
    if (!fs.exists(from)) {
      const why = errnoText(new OsError('ENOENT'))
      return flavor === 'gnu' ? `cannot stat '${name}': ${why}` : `can't stat '${name}': ${why}`
    }
    if (fs.isDirectory(from) && !isRecursive) {
      return flavor === 'gnu'
        ? `-r not specified; omitting directory '${name}'`
        : `omitting directory '${name}'`
    }
    if (options.has('n') && fs.exists(to)) return undefined
    if (fs.exists(to) && fs.inode(to) === fs.inode(from)) {
      return `'${name}' and '${to}' are the same file`
    }
    try {
      copyTree(fs, from, to, options.has('p') || options.has('a'))
      return undefined
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      if (error.code === 'ENOSPC') return `error writing '${to}': ${errnoText(error)}`
      return `cannot create regular file '${to}': ${errnoText(error)}`
    }
  })
}

/** `tool from… to`, where `to` may be a directory to put them into. */
function* toTarget(
  proc: OsProcess,
  operands: readonly string[],
  directory: string | undefined,
  act: (from: string, to: string, name: string) => string | undefined,
): Task<number> {
  const names = directory === undefined ? operands.slice(0, -1) : operands
  const target = directory ?? operands.at(-1)
  if (target === undefined) throw new UsageError('missing file operand')
  if (names.length === 0) {
    throw new UsageError(`missing destination file operand after '${target}'`)
  }
  const to = proc.resolvePath(target)
  const isDirectory = proc.host.fs.isDirectory(to)
  if (names.length > 1 && !isDirectory)
    throw new UsageError(`target '${target}' is not a directory`)
  let status = 0
  for (const name of names) {
    yield* proc.charge(0.01)
    const from = proc.resolvePath(name)
    const problem = act(from, isDirectory ? joinPath(to, baseName(from)) : to, name)
    if (problem === undefined) continue
    status = 1
    yield* complain(proc, problem)
  }
  return status
}

function copyTree(fs: FileSystem, from: string, to: string, keepsTime = false): void {
  const stat = fs.stat(from, { follow: !keepsTime })
  if (stat.type === 'directory') {
    if (!fs.exists(to)) fs.mkdir(to, { mode: stat.mode })
    for (const name of fs.readdir(from)) {
      copyTree(fs, joinPath(from, name), joinPath(to, name), keepsTime)
    }
  } else if (stat.type === 'symlink') fs.symlink(fs.readlink(from), to)
  else fs.writeFile(to, fs.readFile(from), { mode: stat.mode })
  if (keepsTime && stat.type !== 'symlink') fs.setModified(to, stat.mtimeMs)
}

export const ln: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'sfnvT',
    long: { symbolic: 's', force: 'f' },
  })
  const [target, name = '.'] = options.operands
  if (target === undefined) throw new UsageError('missing file operand')
  const { fs } = proc.host
  const at = proc.resolvePath(name)
  const isInto = fs.isDirectory(at) && !options.has('n') && !options.has('T')
  const path = isInto ? joinPath(at, baseName(target)) : at
  try {
    if (options.has('f') && existsOrLink(fs, path)) fs.unlink(path)
    if (options.has('s')) fs.symlink(target, path)
    else fs.link(proc.resolvePath(target), path)
    return 0
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    const kind = options.has('s') ? 'symbolic' : 'hard'
    yield* complain(proc, `failed to create ${kind} link '${name}': ${errnoText(error)}`)
    return 1
  }
}

export const mkfifo: Tool = function* (proc, flavor) {
  const { operands } = parseOptions(proc.argv.slice(1), { values: 'm' })
  needOperands(operands)
  return yield* forEach(
    proc,
    operands,
    (path) => proc.host.fs.mkfifo(path),
    cannot(flavor, 'create fifo'),
  )
}

export const truncate: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'c', values: 's', long: { size: 's' } })
  const size = sizeOf(options.value('s') ?? '')
  if (size === undefined) throw new UsageError("you must specify either '--size' or '--reference'")
  const { fs, simulation } = proc.host
  return yield* forEach(
    proc,
    options.operands,
    (path) => {
      const inode = fs.inodeToOpen(path, { write: true, create: !options.has('c') })
      if (inode.type === 'file') inode.truncate(size, simulation.unixMs)
    },
    (name, why) => `cannot open '${name}' for writing: ${why}`,
  )
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  KB: 1000,
  kB: 1000,
  M: 1024 ** 2,
  MB: 1000 ** 2,
  G: 1024 ** 3,
  GB: 1000 ** 3,
  T: 1024 ** 4,
}

/** `1M`, `512`, `10kB` in bytes. */
export function sizeOf(text: string): number | undefined {
  const match = /^(\d+)([a-zA-Z]*?)(?:iB)?$/.exec(text)
  const unit = SIZE_UNITS[match?.[2] ?? '']
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}

export const fallocate: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { values: 'lo', long: { length: 'l' } })
  const size = sizeOf(options.value('l') ?? '')
  if (size === undefined) throw new UsageError('no length argument specified')
  const { fs, simulation } = proc.host
  return yield* forEach(
    proc,
    options.operands,
    (path) => {
      const inode = fs.inodeToOpen(path, { write: true, create: true })
      if (inode.type === 'file' && inode.size < size) inode.truncate(size, simulation.unixMs)
    },
    (_name, why) => `fallocate failed: ${why}`,
  )
}
