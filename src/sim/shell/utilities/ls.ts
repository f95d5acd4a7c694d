import type { Stat } from '#sim/kernel/os/filesystem.ts'
import { joinPath } from '#sim/kernel/os/paths.ts'
import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { formatDate } from '../date-format.ts'
import { shellQuote } from '../parameters.ts'
import { modeText, ownerName, sizeText } from './file-text.ts'
import { complain, errnoText, type Flavor, type Options, parseOptions, type Tool } from './tool.ts'

type Entry = { readonly name: string; readonly path: string; readonly stat: Stat }

export const ls: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: '1aACdFghiklnopqrRsStux',
    values: 'I',
    long: {
      all: 'a',
      'almost-all': 'A',
      directory: 'd',
      'human-readable': 'h',
      inode: 'i',
      recursive: 'R',
      reverse: 'r',
      classify: 'F',
      color: 'q',
    },
    status: 2,
  })
  const names = options.operands.length === 0 ? ['.'] : options.operands
  const files: Entry[] = []
  const directories: Entry[] = []
  let status = 0
  for (const name of names) {
    try {
      const entry = entryOf(proc, name, proc.resolvePath(name), !options.has('l'))
      const isList = entry.stat.type === 'directory' && !options.has('d')
      if (isList) directories.push(entry)
      else files.push(entry)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      status = flavor === 'gnu' ? 2 : 1
      const why = errnoText(error)
      const message = flavor === 'gnu' ? `cannot access '${name}': ${why}` : `${name}: ${why}`
      yield* complain(proc, message)
    }
  }
  if (files.length > 0) yield* show(proc, sorted(files, options), options, flavor, false)
  let showsBlank = files.length > 0
  const showsNames = names.length > 1 || options.has('R')
  for (const directory of sorted(directories, options)) {
    yield* list(proc, directory, options, flavor, { showsNames, showsBlank })
    showsBlank = true
  }
  return status
}

function entryOf(proc: OsProcess, name: string, path: string, follow: boolean): Entry {
  const { fs } = proc.host
  try {
    return { name, path, stat: fs.stat(path, { follow }) }
  } catch (error) {
    // A link to nothing is still there.
    if (!follow) throw error
    return { name, path, stat: fs.stat(path, { follow: false }) }
  }
}

function* list(
  proc: OsProcess,
  directory: Entry,
  options: Options,
  flavor: Flavor,
  heading: { readonly showsNames: boolean; readonly showsBlank: boolean },
): Task {
  if (heading.showsNames) {
    yield* proc.write(1, `${heading.showsBlank ? '\n' : ''}${directory.name}:\n`)
  }
  const all = proc.host.fs
    .readdir(directory.path)
    .filter((name) => options.has('a') || options.has('A') || !name.startsWith('.'))
    .map((name) => entryOf(proc, name, joinPath(directory.path, name), false))
  const dots = options.has('a')
    ? ['.', '..'].map((name) => entryOf(proc, name, joinPath(directory.path, name), true))
    : []
  const entries = sorted([...dots, ...all], options)
  yield* show(proc, entries, options, flavor, true)
  if (!options.has('R')) return
  for (const entry of sorted(all, options)) {
    if (entry.stat.type !== 'directory') continue
    const name = joinPath(directory.name, entry.name)
    yield* list(proc, { ...entry, name }, options, flavor, { showsNames: true, showsBlank: true })
  }
}

function sorted(entries: readonly Entry[], options: Options): readonly Entry[] {
  const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
  const compare = (a: Entry, b: Entry): number => {
    if (options.has('t')) return b.stat.mtimeMs - a.stat.mtimeMs || byName(a, b)
    return options.has('S') ? b.stat.size - a.stat.size || byName(a, b) : byName(a, b)
  }
  const result = [...entries].sort(compare)
  return options.has('r') ? result.reverse() : result
}

function* show(
  proc: OsProcess,
  entries: readonly Entry[],
  options: Options,
  flavor: Flavor,
  isDirectory: boolean,
): Task {
  if (options.has('l') || options.has('n') || options.has('g') || options.has('o')) {
    const blocks = entries.reduce((sum, { stat }) => sum + Math.ceil(stat.size / 4096) * 4, 0)
    const total = options.has('h') ? sizeText(blocks * 1024) : String(blocks)
    const head = isDirectory ? `total ${total}\n` : ''
    return yield* proc.write(1, head + longLines(proc, entries, options, flavor))
  }
  const tty = proc.files.get(1)?.tty
  const shown = entries.map((entry) => label(entry, options, tty !== undefined))
  const isColumns = (tty !== undefined || options.has('C')) && !options.has('1')
  yield* proc.write(1, isColumns ? columns(shown, tty?.columns ?? 80) : lines(shown))
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

function label(entry: Entry, options: Options, isTerminal: boolean): string {
  const number = options.has('i') ? `${entry.stat.number} ` : ''
  // At a terminal GNU quotes names that a shell would split.
  const isOdd =
    isTerminal && shellQuote(entry.name) !== entry.name && /[\s'"$&*;<>|`\\]/.test(entry.name)
  const name = isOdd ? `'${entry.name.replaceAll("'", "'\\''")}'` : entry.name
  return number + name + (options.has('F') || options.has('p') ? mark(entry.stat, options) : '')
}

function mark(stat: Stat, options: Options): string {
  if (stat.type === 'directory') return '/'
  if (!options.has('F')) return ''
  if (stat.type === 'symlink') return '@'
  if (stat.type === 'fifo') return '|'
  return (stat.mode & 0o111) === 0 ? '' : '*'
}

/** Names down the columns, as many columns as fit. */
function columns(names: readonly string[], width: number): string {
  if (names.length === 0) return ''
  for (let rows = 1; rows < names.length; rows++) {
    const groups: string[][] = []
    for (let i = 0; i < names.length; i += rows) groups.push(names.slice(i, i + rows))
    const widths = groups.map((group) => Math.max(...group.map((name) => name.length)))
    const sum = widths.reduce((total, each) => total + each + 2, -2)
    if (sum >= width) continue
    const text = Array.from({ length: rows }, (_, row) =>
      groups
        .filter((group) => row < group.length)
        .map((group, index) => {
          const isLast = groups[index + 1]?.[row] === undefined
          return isLast ? (group[row] ?? '') : (group[row] ?? '').padEnd((widths[index] ?? 0) + 2)
        })
        .join(''),
    )
    return lines(text)
  }
  return lines(names)
}

const HALF_YEAR_MS = 182 * 86_400_000

function longLines(
  proc: OsProcess,
  entries: readonly Entry[],
  options: Options,
  flavor: Flavor,
): string {
  const now = proc.host.simulation.unixMs
  const rows = entries.map((entry) => {
    const { stat } = entry
    const isOld = now - stat.mtimeMs > HALF_YEAR_MS || stat.mtimeMs > now + 1000
    const isNumeric = options.has('n')
    return {
      mode: modeText(stat),
      links: String(stat.links),
      owner: isNumeric ? String(stat.uid) : ownerName(proc, stat.uid),
      group: isNumeric ? String(stat.gid) : ownerName(proc, stat.gid),
      size: options.has('h') ? sizeText(stat.size) : String(stat.size),
      date: formatDate(stat.mtimeMs, isOld ? '%b %e  %Y' : '%b %e %H:%M'),
      name: label(entry, options, false) + target(proc, entry),
    }
  })
  const width = (key: 'links' | 'owner' | 'group' | 'size'): number =>
    Math.max(...rows.map((row) => row[key].length), flavor === 'busybox' ? BUSYBOX[key] : 0)
  const widths = {
    links: width('links'),
    owner: width('owner'),
    group: width('group'),
    size: width('size'),
  }
  return rows
    .map((row) =>
      [
        row.mode,
        row.links.padStart(widths.links),
        ...(options.has('g') ? [] : [row.owner.padEnd(widths.owner)]),
        ...(options.has('o') ? [] : [row.group.padEnd(widths.group)]),
        row.size.padStart(widths.size),
        row.date,
        row.name,
      ].join(' '),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Busybox has fixed columns instead of the width of the widest. */
const BUSYBOX = { links: 5, owner: 8, group: 8, size: 9 } as const

function target(proc: OsProcess, entry: Entry): string {
  if (entry.stat.type !== 'symlink') return ''
  return ` -> ${proc.host.fs.readlink(entry.path)}`
}
