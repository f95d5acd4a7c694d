import { directoryName, joinPath } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { addFile, closeFd } from './input.ts'
import { BLOCK, type Member, readMember, writeHeader } from './tar-format.ts'
import {
  complain,
  errnoText,
  type Flavor,
  type Options,
  parseOptions,
  type Tool,
  UsageError,
} from './tool.ts'

/**
 * Archives of files, directories and symbolic links, to and from a stream: what `kubectl cp`
 * runs in containers. Simplified: no compression, hard links become files of their own.
 */
export const tar: Tool = function* (proc, flavor) {
  const [first = '', ...rest] = proc.argv.slice(1)
  // The oldest way of writing them: letters without a dash, `tar xf archive`.
  const args = first === '' || first.startsWith('-') ? [first, ...rest] : [`-${first}`, ...rest]
  const options = parseOptions(
    args.filter((arg) => arg !== ''),
    {
      flags: 'cxtvmpozjhkO',
      values: 'fC',
      status: flavor === 'gnu' ? 2 : 1,
      long: {
        create: 'c',
        extract: 'x',
        list: 't',
        verbose: 'v',
        touch: 'm',
        file: 'f',
        directory: 'C',
        'no-same-owner': 'o',
        'same-permissions': 'p',
        gzip: 'z',
        bzip2: 'j',
        dereference: 'h',
        'to-stdout': 'O',
      },
    },
  )
  const modes = ['c', 'x', 't'].filter((letter) => options.has(letter))
  if (modes.length !== 1) {
    const status = flavor === 'gnu' ? 2 : 1
    throw new UsageError("You must specify one of the '-Acdtrux' options", status)
  }
  if (options.has('z') || options.has('j'))
    throw new UsageError('compression is not simulated here', 2)
  try {
    return options.has('c')
      ? yield* create(proc, options, flavor)
      : yield* extract(proc, options, flavor)
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    const why = errnoText(error.osError)
    yield* complain(
      proc,
      flavor === 'gnu'
        ? `${error.path}: Cannot open: ${why}`
        : `can't ${error.what} '${error.path}': ${why}`,
    )
    if (flavor === 'gnu') yield* complain(proc, 'Error is not recoverable: exiting now')
    return flavor === 'gnu' ? 2 : 1
  }
}

/** The archive, or the directory to work in, cannot be reached: nothing is done at all. */
class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly what: 'open' | 'change directory to'
  readonly path: string
  readonly osError: OsError

  constructor(what: Unreachable['what'], path: string, osError: OsError) {
    super(`${what} ${path}`, { cause: osError })
    this.what = what
    this.path = path
    this.osError = osError
  }
}

function* openArchive(proc: OsProcess, options: Options, fd: 0 | 1): Task<number> {
  const name = options.value('f') ?? '-'
  if (name === '-') return fd
  const how = fd === 0 ? { read: true } : { write: true, create: true, truncate: true }
  try {
    return addFile(proc, yield* proc.open(name, how))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    throw new Unreachable('open', name, error)
  }
}

function baseOf(proc: OsProcess, options: Options): string {
  const name = options.value('C') ?? '.'
  const base = proc.resolvePath(name)
  const { fs } = proc.host
  if (fs.isDirectory(base)) return base
  const error = new OsError(fs.exists(base) ? 'ENOTDIR' : 'ENOENT')
  throw new Unreachable('change directory to', name, error)
}

type Archiving = {
  readonly proc: OsProcess
  readonly options: Options
  readonly flavor: Flavor
  readonly fd: number
  readonly base: string
  hasFailed: boolean
}

function* create(proc: OsProcess, options: Options, flavor: Flavor): Task<number> {
  if (options.operands.length === 0)
    throw new UsageError('Cowardly refusing to create an empty archive', flavor === 'gnu' ? 2 : 1)
  const fd = yield* openArchive(proc, options, 1)
  const base = baseOf(proc, options)
  const archiving: Archiving = { proc, options, flavor, fd, base, hasFailed: false }
  if (options.operands.some((name) => name.startsWith('/'))) {
    const text = flavor === 'gnu' ? "Removing leading `/'" : "removing leading '/'"
    yield* complain(proc, `${text} from member names`)
  }
  for (const name of options.operands) yield* add(archiving, name)
  yield* proc.writeBytes(fd, new Uint8Array(BLOCK * 2))
  if (fd !== 1) closeFd(proc, fd)
  if (!archiving.hasFailed) return 0
  return yield* failed(proc, flavor)
}

function* failed(proc: OsProcess, flavor: Flavor): Task<number> {
  yield* complain(
    proc,
    flavor === 'gnu'
      ? 'Exiting with failure status due to previous errors'
      : 'error exit delayed from previous errors',
  )
  return flavor === 'gnu' ? 2 : 1
}

function* add(archiving: Archiving, name: string): Task {
  const { proc, options, flavor, fd, base } = archiving
  const { fs } = proc.host
  const path = name.startsWith('/') ? name : joinPath(base, name)
  try {
    const stat = fs.stat(path, { follow: options.has('h') })
    const member = name.replace(/^\/+/, '').replace(/\/+$/, '')
    if (options.has('v')) yield* proc.write(fd === 1 ? 2 : 1, `${member}\n`)
    yield* proc.charge(0.02 + stat.size / 500_000)
    const common = { mode: stat.mode, mtimeMs: stat.mtimeMs, uid: stat.uid, gid: stat.gid }
    switch (stat.type) {
      case 'directory':
        yield* proc.writeBytes(
          fd,
          writeHeader({ ...common, type: 'directory', name: `${member}/`, size: 0, target: '' }),
        )
        for (const entry of fs.readdir(path)) yield* add(archiving, joinName(name, entry))
        return
      case 'symlink':
        yield* proc.writeBytes(
          fd,
          writeHeader({
            ...common,
            type: 'symlink',
            name: member,
            size: 0,
            target: fs.readlink(path),
          }),
        )
        return
      case 'file':
      case 'generated': {
        const bytes = fs.readFile(path)
        const size = bytes.length
        yield* proc.writeBytes(
          fd,
          writeHeader({ ...common, type: 'file', name: member, size, target: '' }),
        )
        yield* proc.writeBytes(fd, bytes)
        yield* proc.writeBytes(fd, new Uint8Array(padding(size)))
        return
      }
      default:
        yield* complain(proc, `${name}: ${stat.type} ignored`)
    }
  } catch (error) {
    if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
    archiving.hasFailed = true
    const what = flavor === 'gnu' ? 'Cannot stat: ' : ''
    yield* complain(proc, `${name}: ${what}${errnoText(error)}`)
  }
}

function joinName(directory: string, entry: string): string {
  return directory.endsWith('/') ? `${directory}${entry}` : `${directory}/${entry}`
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function* extract(proc: OsProcess, options: Options, flavor: Flavor): Task<number> {
  const base = baseOf(proc, options)
  const fd = yield* openArchive(proc, options, 0)
  const input = new BlockInput(proc, fd)
  let hasFailed = false
  for (;;) {
    const member = yield* readMember((size) => input.take(size))
    if (member === 'end') break
    if (member === 'broken') {
      yield* complain(proc, 'This does not look like a tar archive')
      hasFailed = true
      break
    }
    const bytes = yield* input.take(member.size + padding(member.size))
    if (bytes === undefined) {
      yield* complain(proc, flavor === 'gnu' ? 'Unexpected EOF in archive' : 'short read')
      hasFailed = true
      break
    }
    const content = bytes.subarray(0, member.size)
    const isWanted =
      options.operands.length === 0 ||
      options.operands.some((name) => `${member.name}/`.startsWith(name.replace(/\/*$/, '/')))
    if (!isWanted) continue
    if (options.has('t') || options.has('v')) yield* proc.write(1, `${member.name}\n`)
    if (options.has('t')) continue
    if (options.has('O')) {
      yield* proc.writeBytes(1, content)
      continue
    }
    if (!(yield* place(proc, { member, content, base, options }))) hasFailed = true
  }
  // The rest is padding to the size of a tape's record; whoever sends it must not find a closed pipe.
  while ((yield* input.take(BLOCK)) !== undefined);
  if (fd !== 0) closeFd(proc, fd)
  return hasFailed ? yield* failed(proc, flavor) : 0
}

function* place(
  proc: OsProcess,
  what: { member: Member; content: Uint8Array; base: string; options: Options },
): Task<boolean> {
  const { member, content, base, options } = what
  const { fs, simulation } = proc.host
  if (member.name.split('/').includes('..')) {
    yield* complain(proc, `${member.name}: Member name contains '..'`)
    return false
  }
  const path = joinPath(base, member.name.replace(/^\/+/, ''))
  yield* proc.charge(0.02 + content.length / 500_000)
  try {
    fs.mkdir(directoryName(path), { recursive: true })
    if (member.type === 'directory') {
      fs.mkdir(path, { recursive: true })
      fs.chmod(path, member.mode)
    } else if (member.type === 'symlink') {
      if (isThere(() => fs.stat(path, { follow: false }))) fs.unlink(path)
      fs.symlink(member.target, path)
      return true
    } else {
      // A program that has the old file open keeps it: the new one is another file.
      if (isThere(() => fs.stat(path, { follow: false }))) fs.unlink(path)
      fs.writeFile(path, content, { mode: member.mode })
    }
    fs.setModified(path, options.has('m') ? simulation.unixMs : member.mtimeMs)
    return true
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    yield* complain(proc, `${member.name}: Cannot open: ${errnoText(error)}`)
    return false
  }
}

function isThere(look: () => unknown): boolean {
  try {
    look()
    return true
  } catch (error) {
    if (error instanceof OsError) return false
    throw error
  }
}

/** Exactly as many bytes as are asked for, whatever pieces they come in. */
class BlockInput {
  readonly #proc: OsProcess
  readonly #fd: number
  #chunk = new Uint8Array(0)

  constructor(proc: OsProcess, fd: number) {
    this.#proc = proc
    this.#fd = fd
  }

  /** Undefined where the input ends before. */
  *take(size: number): Task<Uint8Array | undefined> {
    const taken = new Uint8Array(size)
    let filled = 0
    while (filled < size) {
      if (this.#chunk.length === 0) {
        const next = yield* this.#proc.read(this.#fd)
        if (next === undefined) return undefined
        this.#chunk = Uint8Array.from(next)
      }
      const piece = this.#chunk.subarray(0, size - filled)
      taken.set(piece, filled)
      filled += piece.length
      this.#chunk = this.#chunk.subarray(piece.length)
    }
    return taken
  }
}
