import { allocated } from '#sim/kernel/os/inodes.ts'
import { baseName, directoryName, joinPath, normalizePath } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import { formatDate } from '../date-format.ts'
import { withAllBelow } from './file-changes.ts'
import { modeText, ownerName, sizeText } from './file-text.ts'
import { complain, errnoText, type Flavor, parseOptions, type Tool, UsageError } from './tool.ts'

export const pwd: Tool = function* (proc) {
  yield* proc.write(1, `${proc.cwd}\n`)
  return 0
}

export const basename: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'az',
    values: 's',
    long: { suffix: 's', multiple: 'a' },
  })
  const [first, second] = options.operands
  if (first === undefined) throw new UsageError('missing operand')
  const isMany = options.has('a') || options.has('s')
  const suffix = options.value('s') ?? (isMany ? undefined : second)
  for (const name of isMany ? options.operands : [first]) {
    const base = baseName(name)
    const isCut = suffix !== undefined && base.endsWith(suffix) && base !== suffix
    yield* proc.write(1, `${isCut ? base.slice(0, -suffix.length) : base}\n`)
  }
  return 0
}

export const dirname: Tool = function* (proc) {
  const { operands } = parseOptions(proc.argv.slice(1), {})
  if (operands.length === 0) throw new UsageError('missing operand')
  for (const name of operands) yield* proc.write(1, `${directoryName(name)}\n`)
  return 0
}

export const readlink: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'femnqsv' })
  let status = 0
  const end = options.has('n') ? '' : '\n'
  for (const name of options.operands) {
    try {
      const path = proc.resolvePath(name)
      const isCanonical = options.has('f') || options.has('e') || options.has('m')
      const text = isCanonical ? proc.host.fs.realPath(path) : proc.host.fs.readlink(path)
      yield* proc.write(1, text + end)
    } catch (error) {
      if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
      status = 1
    }
  }
  return status
}

export const realpath: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'emsqL' })
  const { operands } = options
  if (operands.length === 0) throw new UsageError('missing operand')
  let status = 0
  for (const name of operands) {
    try {
      const path = proc.resolvePath(name)
      const text = options.has('m') ? normalizePath(path) : proc.host.fs.realPath(path)
      yield* proc.write(1, `${text}\n`)
    } catch (error) {
      if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
      status = 1
      yield* complain(proc, `${name}: ${errnoText(error)}`)
    }
  }
  return status
}

export const mktemp: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'dtuq',
    values: 'p',
    long: { directory: 'd', tmpdir: 'p' },
  })
  const { fs, simulation } = proc.host
  const template = options.operands[0] ?? 'tmp.XXXXXXXXXX'
  if (!/X{3}/.test(template)) throw new UsageError(`too few X's in template '${template}'`)
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  const name = template.replace(/X+$/, (run) =>
    Array.from(run, () => simulation.random.pick(Array.from(letters))).join(''),
  )
  const isInTmp = options.operands[0] === undefined || options.has('t') || options.has('p')
  const path = isInTmp
    ? joinPath(options.value('p') ?? proc.env.get('TMPDIR') ?? '/tmp', name)
    : name
  const absolute = proc.resolvePath(path)
  if (options.has('d')) fs.mkdir(absolute, { mode: 0o700 })
  else fs.writeText(absolute, '', { mode: 0o600 })
  yield* proc.write(1, `${path}\n`)
  return 0
}

export const stat: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'Lft',
    values: 'c',
    long: { format: 'c', printf: 'c', dereference: 'L' },
  })
  if (options.operands.length === 0) throw new UsageError('missing operand')
  let status = 0
  for (const name of options.operands) {
    try {
      yield* proc.write(1, statText(proc, name, options.has('L'), options.value('c')))
    } catch (error) {
      if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
      status = 1
      yield* complain(proc, `cannot statx '${name}': ${errnoText(error)}`)
    }
  }
  return status
}

const TYPE_NAMES = {
  file: 'regular file',
  directory: 'directory',
  symlink: 'symbolic link',
  device: 'character special file',
  generated: 'regular file',
  fifo: 'fifo',
} as const

function statText(
  proc: OsProcess,
  name: string,
  follow: boolean,
  format: string | undefined,
): string {
  const { fs } = proc.host
  const path = proc.resolvePath(name)
  const found = fs.stat(path, { follow })
  const time = `${formatDate(found.mtimeMs, '%Y-%m-%d %H:%M:%S.%N')} +0000`
  const octal = (found.mode & 0o7777).toString(8)
  const type =
    found.size === 0 && found.type === 'file' ? 'regular empty file' : TYPE_NAMES[found.type]
  const blocks = Math.ceil(found.size / 4096) * 8
  const fields: Readonly<Record<string, string>> = {
    n: name,
    N: found.type === 'symlink' ? `'${name}' -> '${fs.readlink(path)}'` : `'${name}'`,
    s: String(found.size),
    b: String(blocks),
    B: '512',
    a: octal,
    A: modeText(found),
    F: type,
    i: String(found.number),
    h: String(found.links),
    u: String(found.uid),
    g: String(found.gid),
    U: ownerName(proc, found.uid),
    G: ownerName(proc, found.gid),
    y: time,
    Y: String(Math.floor(found.mtimeMs / 1000)),
    x: time,
    z: time,
    '%': '%',
  }
  if (format !== undefined) {
    return `${format.replace(/%(.)/g, (whole, letter: string) => fields[letter] ?? whole)}\n`
  }
  const owner = (id: number): string =>
    `(${String(id).padStart(5)}/${ownerName(proc, id).padStart(8)})`
  return [
    `  File: ${found.type === 'symlink' ? `${name} -> ${fs.readlink(path)}` : name}`,
    `  Size: ${String(found.size).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${type}`,
    `Device: 0,1\tInode: ${String(found.number).padEnd(11)} Links: ${found.links}`,
    `Access: (${octal.padStart(4, '0')}/${modeText(found)})  Uid: ${owner(found.uid)}   Gid: ${owner(found.gid)}`,
    `Access: ${time}`,
    `Modify: ${time}`,
    `Change: ${time}`,
    ` Birth: ${time}`,
    '',
  ].join('\n')
}

export const du: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'shackbm',
    values: 'd',
    long: {
      summarize: 's',
      'human-readable': 'h',
      all: 'a',
      'max-depth': 'd',
      total: 'c',
      bytes: 'b',
    },
  })
  const { fs } = proc.host
  const show = (bytes: number): string =>
    options.has('h') ? sizeText(bytes) : String(options.has('b') ? bytes : Math.ceil(bytes / 1024))
  const sizeOf = (path: string): number =>
    withAllBelow(fs, path).reduce((sum, each) => {
      const { size } = fs.stat(each, { follow: false })
      return sum + (options.has('b') ? size : allocated(size))
    }, 0)
  let status = 0
  let total = 0
  for (const name of options.operands.length === 0 ? ['.'] : options.operands) {
    const root = normalizePath(proc.resolvePath(name))
    try {
      const depthMax = options.has('s') ? 0 : Number(options.value('d') ?? Infinity)
      for (const path of [...withAllBelow(fs, root)].reverse()) {
        const below = path === root ? '' : path.slice(root === '/' ? 0 : root.length)
        const depth = below === '' ? 0 : below.split('/').length - 1
        const isShown = path === root || options.has('a') || fs.isDirectory(path)
        if (depth > depthMax || !isShown) continue
        yield* proc.write(1, `${show(sizeOf(path))}\t${name.replace(/\/$/, '')}${below}\n`)
      }
      total += sizeOf(root)
    } catch (error) {
      if (!(error instanceof OsError) || error.code === 'EPIPE') throw error
      status = 1
      yield* complain(proc, `cannot access '${name}': ${errnoText(error)}`)
    }
  }
  if (options.has('c')) yield* proc.write(1, `${show(total)}\ttotal\n`)
  return status
}

export const df: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'hkTaPiHm',
    long: { 'human-readable': 'h', 'print-type': 'T', all: 'a', portability: 'P' },
  })
  const { fs } = proc.host
  let status = 0
  const mounts = []
  for (const name of options.operands) {
    const path = proc.resolvePath(name)
    if (fs.exists(path)) mounts.push(fs.mountOf(path))
    else {
      status = 1
      yield* complain(proc, `${name}: No such file or directory`)
    }
  }
  const shown = options.operands.length > 0 ? mounts : fs.mounts()
  if (shown.length === 0) return status
  const isHuman = options.has('h')
  const size = (bytes: number): string =>
    isHuman ? sizeText(bytes) : String(Math.ceil(bytes / 1024))
  const rows = shown.map(({ source, device, path }) => {
    const { capacityBytes, usedBytes, availableBytes } = device
    const share = capacityBytes === 0 ? '-' : `${Math.ceil((usedBytes / capacityBytes) * 100)}%`
    return [
      source,
      ...(options.has('T') ? [device.type] : []),
      size(capacityBytes),
      size(usedBytes),
      size(availableBytes),
      share,
      path,
    ]
  })
  yield* proc.write(1, table(rows, isHuman, options.has('T'), flavor))
  return status
}

function table(
  rows: readonly (readonly string[])[],
  isHuman: boolean,
  showsType: boolean,
  flavor: Flavor,
): string {
  const sizes = isHuman
    ? ['Size', 'Used', flavor === 'gnu' ? 'Avail' : 'Available']
    : ['1K-blocks', 'Used', 'Available']
  const head = ['Filesystem', ...(showsType ? ['Type'] : []), ...sizes, 'Use%', 'Mounted on']
  if (flavor === 'busybox') {
    const line = (cells: readonly string[]): string => {
      const [source = '', ...rest] = cells
      const [total = '', used = '', available = '', share = '', path = ''] = rest.slice(
        showsType ? 1 : 0,
      )
      const sizes = [total, used, available].map((size) => size.padStart(9)).join(' ')
      return `${source.padEnd(20)} ${sizes} ${share.padStart(4)} ${path}\n`
    }
    return [head, ...rows].map(line).join('')
  }
  const all = [head, ...rows]
  const leftAligned = showsType ? 2 : 1
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          if (column === head.length - 1) return cell
          const width =
            column === 0
              ? Math.max(14, widths[0] ?? 0)
              : Math.max(column === head.length - 2 ? 4 : 5, widths[column] ?? 0)
          return column < leftAligned ? cell.padEnd(width) : cell.padStart(width)
        })
        .join(' '),
    )
    .map((line) => `${line}\n`)
    .join('')
}

export const mount: Tool = function* (proc) {
  if (proc.argv.length > 1)
    throw new UsageError('only root of the node can mount; nothing was mounted')
  for (const { source, path, device, readOnly } of proc.host.fs.mounts()) {
    yield* proc.write(
      1,
      `${source} on ${path} type ${device.type} (${readOnly ? 'ro' : 'rw'},relatime)\n`,
    )
  }
  return 0
}

export const hostname: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'fsidIA',
    long: { fqdn: 'f', long: 'f', short: 's' },
  })
  const { host } = proc
  if (options.has('i') || options.has('I')) {
    yield* proc.write(1, `${host.network?.ip ?? '127.0.0.1'}\n`)
    return 0
  }
  const full = fullName(proc)
  if (options.has('f')) yield* proc.write(1, `${full}\n`)
  else if (options.has('d')) yield* proc.write(1, `${full.split('.').slice(1).join('.')}\n`)
  else yield* proc.write(1, `${host.hostname}\n`)
  return 0
}

/** The name /etc/hosts gives for this host: the kubelet writes a Pod's full name there. */
function fullName(proc: OsProcess): string {
  const { host } = proc
  if (!host.fs.exists('/etc/hosts')) return host.hostname
  for (const line of host.fs.readText('/etc/hosts').split('\n')) {
    const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (names.includes(host.hostname)) return names[0] ?? host.hostname
  }
  return host.hostname
}

export const uname: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'asnrvmpio', long: { all: 'a' } })
  const parts = {
    s: 'Linux',
    n: proc.host.hostname,
    r: '6.1.0-31-amd64',
    v: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.128-1 (2025-02-07)',
    m: 'x86_64',
    o: 'GNU/Linux',
  }
  const isAny = Array.from('snrvmpio').some((letter) => options.has(letter))
  const shown = Object.entries(parts).filter(
    ([letter]) => options.has('a') || options.has(letter) || (!isAny && letter === 's'),
  )
  yield* proc.write(1, `${shown.map(([, text]) => text).join(' ')}\n`)
  return 0
}

export const whoami: Tool = function* (proc) {
  yield* proc.write(1, `${userName(proc)}\n`)
  return 0
}

function userName(proc: OsProcess): string {
  return proc.env.get('USER') ?? 'root'
}

export const id: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'ugnGr' })
  const name = userName(proc)
  const number = name === 'root' ? 0 : 1000
  const text = options.has('n') ? name : String(number)
  if (options.has('u') || options.has('g') || options.has('G')) yield* proc.write(1, `${text}\n`)
  else
    yield* proc.write(
      1,
      `uid=${number}(${name}) gid=${number}(${name}) groups=${number}(${name})\n`,
    )
  return 0
}

export const which: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'as' })
  const { fs } = proc.host
  let status = 0
  for (const name of options.operands) {
    const path = (proc.env.get('PATH') ?? '')
      .split(':')
      .map((directory) => joinPath(directory, name))
      .find((each) => fs.exists(each) && (fs.stat(each).mode & 0o111) !== 0)
    const found = path ?? (proc.host.command(name) === undefined ? undefined : `/usr/bin/${name}`)
    if (found === undefined) status = 1
    else yield* proc.write(1, `${found}\n`)
  }
  return status
}

export const clear: Tool = function* (proc) {
  yield* proc.write(1, '\x1b[H\x1b[2J\x1b[3J')
  return 0
}

export const stty: Tool = function* (proc) {
  const tty = proc.files.get(0)?.tty
  if (tty === undefined) {
    yield* complain(proc, "'standard input': Inappropriate ioctl for device")
    return 1
  }
  const args = proc.argv.slice(1)
  if (args[0] === 'size') yield* proc.write(1, `${tty.rows} ${tty.columns}\n`)
  else if (args.includes('raw')) tty.setRaw(true)
  else if (args.includes('sane') || args.includes('cooked') || args.includes('-raw'))
    tty.setRaw(false)
  else if (args.length === 0)
    yield* proc.write(1, `speed 38400 baud; rows ${tty.rows}; columns ${tty.columns};\n`)
  return 0
}

export const tty: Tool = function* (proc) {
  const isTerminal = proc.files.get(0)?.tty !== undefined
  yield* proc.write(1, isTerminal ? '/dev/pts/0\n' : 'not a tty\n')
  return isTerminal ? 0 : 1
}

// oxlint-disable-next-line require-yield -- everything is on disk at once
export const sync: Tool = function* () {
  return 0
}

export const uptime: Tool = function* (proc) {
  const { simulation } = proc.host
  const minutes = Math.floor(simulation.now / 60_000)
  const up =
    minutes < 60
      ? `${minutes} min`
      : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
  const now = formatDate(simulation.unixMs, '%H:%M:%S')
  yield* proc.write(1, ` ${now} up ${up},  1 user,  load average: 0.00, 0.00, 0.00\n`)
  return 0
}

export const nproc: Tool = function* (proc) {
  yield* proc.write(1, '2\n')
  return 0
}
