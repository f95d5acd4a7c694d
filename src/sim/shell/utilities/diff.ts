import { OsError, type OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { formatDate } from '../date-format.ts'
import { closeFd, openFd } from './input.ts'
import { complain, errnoText, parseOptions, type Tool, UsageError } from './tool.ts'

export const diff: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'uqsibwBrNaTy',
    values: 'U',
    long: {
      unified: 'u',
      brief: 'q',
      'report-identical-files': 's',
      'ignore-case': 'i',
      'ignore-all-space': 'w',
      'ignore-space-change': 'b',
      recursive: 'r',
      'new-file': 'N',
      color: 'a',
    },
    status: 2,
  })
  const [a, b] = options.operands
  if (a === undefined || b === undefined)
    throw new UsageError(`missing operand after '${a ?? 'diff'}'`, 2)
  const left = yield* linesOf(proc, a)
  const right = yield* linesOf(proc, b)
  if (left === undefined || right === undefined) return 2
  const keyOf = (line: string): string => {
    let key = options.has('i') ? line.toLowerCase() : line
    if (options.has('w')) key = key.replace(/\s+/g, '')
    else if (options.has('b')) key = key.replace(/\s+/g, ' ').trimEnd()
    return key
  }
  const changes = changesBetween(left.map(keyOf), right.map(keyOf))
  if (changes.length === 0) {
    if (options.has('s')) yield* proc.write(1, `Files ${a} and ${b} are identical\n`)
    return 0
  }
  if (options.has('q')) {
    yield* proc.write(1, `Files ${a} and ${b} differ\n`)
    return 1
  }
  if (options.has('u') || options.has('U')) {
    yield* proc.write(1, `--- ${a}\t${stamp(proc, a)}\n+++ ${b}\t${stamp(proc, b)}\n`)
    const context = Number(options.value('U') ?? '3')
    yield* proc.write(1, unified(left, right, changes, context))
  } else {
    for (const change of changes) yield* proc.write(1, normal(left, right, change))
  }
  return 1
}

function* linesOf(proc: OsProcess, name: string): Task<readonly string[] | undefined> {
  let fd = 0
  try {
    if (name !== '-') fd = yield* openFd(proc, name)
    const text = yield* proc.readAll(fd)
    if (text === '') return []
    return text.replace(/\n$/, '').split('\n')
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    yield* complain(proc, `${name}: ${errnoText(error)}`)
    return undefined
  } finally {
    if (fd !== 0) closeFd(proc, fd)
  }
}

function stamp(proc: OsProcess, name: string): string {
  const { fs, simulation } = proc.host
  const path = proc.resolvePath(name)
  const ms = name !== '-' && fs.exists(path) ? fs.stat(path).mtimeMs : simulation.unixMs
  return formatDate(ms, '%Y-%m-%d %H:%M:%S.%N +0000')
}

/** Lines [from, to) of one side stand where lines [start, end) of the other are. */
export type Change = {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

/** The smallest set of changes, by the greedy algorithm of Myers. */
export function changesBetween(a: readonly string[], b: readonly string[]): readonly Change[] {
  const kept = commonLines(a, b)
  const changes: Change[] = []
  let [x, y] = [0, 0]
  for (const [i, j] of [...kept, [a.length, b.length] as const]) {
    if (i > x || j > y) changes.push({ from: x, to: i, start: y, end: j })
    x = i + 1
    y = j + 1
  }
  return changes
}

function commonLines(
  a: readonly string[],
  b: readonly string[],
): readonly (readonly [number, number])[] {
  const max = a.length + b.length
  let frontier = new Map<number, number>([[1, 0]])
  const history: Map<number, number>[] = []
  for (let d = 0; d <= max; d++) {
    const next = new Map(frontier)
    history.push(frontier)
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d || (k !== d && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1))
      let x = down ? (frontier.get(k + 1) ?? 0) : (frontier.get(k - 1) ?? 0) + 1
      let y = x - k
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++
        y++
      }
      next.set(k, x)
      if (x >= a.length && y >= b.length) return backtrack(history, a.length, b.length)
    }
    frontier = next
  }
  return []
}

function backtrack(
  history: readonly ReadonlyMap<number, number>[],
  width: number,
  height: number,
): readonly (readonly [number, number])[] {
  const kept: [number, number][] = []
  let [x, y] = [width, height]
  for (let d = history.length - 1; d >= 0; d--) {
    const frontier = history[d] ?? new Map<number, number>()
    const k = x - y
    const down = k === -d || (k !== d && (frontier.get(k - 1) ?? -1) < (frontier.get(k + 1) ?? -1))
    const previousK = down ? k + 1 : k - 1
    const previousX = d === 0 ? 0 : (frontier.get(previousK) ?? 0)
    const previousY = d === 0 ? 0 : previousX - previousK
    while (x > previousX && y > previousY) kept.push([--x, --y])
    ;[x, y] = [previousX, previousY]
  }
  return kept.reverse()
}

function normal(a: readonly string[], b: readonly string[], change: Change): string {
  const { from, to, start, end } = change
  const letter = from === to ? 'a' : start === end ? 'd' : 'c'
  const head = `${span(from, to)}${letter}${span(start, end)}\n`
  const removed = a.slice(from, to).map((line) => `< ${line}\n`)
  const added = b.slice(start, end).map((line) => `> ${line}\n`)
  return [head, ...removed, ...(letter === 'c' ? ['---\n'] : []), ...added].join('')
}

function span(from: number, to: number): string {
  if (to <= from + 1) return String(to)
  return `${from + 1},${to}`
}

function unified(
  a: readonly string[],
  b: readonly string[],
  changes: readonly Change[],
  context: number,
): string {
  const hunks: Change[][] = []
  for (const change of changes) {
    const last = hunks.at(-1)?.at(-1)
    if (last !== undefined && change.from - last.to <= 2 * context) hunks.at(-1)?.push(change)
    else hunks.push([change])
  }
  return hunks.map((hunk) => unifiedHunk(a, b, hunk, context)).join('')
}

function unifiedHunk(
  a: readonly string[],
  b: readonly string[],
  hunk: readonly Change[],
  context: number,
): string {
  const first = hunk[0] ?? { from: 0, to: 0, start: 0, end: 0 }
  const last = hunk.at(-1) ?? first
  const from = Math.max(0, first.from - context)
  const to = Math.min(a.length, last.to + context)
  const start = first.start - (first.from - from)
  const end = last.end + (to - last.to)
  let text = `@@ -${unifiedSpan(from, to)} +${unifiedSpan(start, end)} @@\n`
  let at = from
  for (const change of hunk) {
    for (const line of a.slice(at, change.from)) text += ` ${line}\n`
    for (const line of a.slice(change.from, change.to)) text += `-${line}\n`
    for (const line of b.slice(change.start, change.end)) text += `+${line}\n`
    at = change.to
  }
  for (const line of a.slice(at, to)) text += ` ${line}\n`
  return text
}

function unifiedSpan(from: number, to: number): string {
  const count = to - from
  if (count === 1) return String(from + 1)
  return `${count === 0 ? from : from + 1},${count}`
}

export const cmp: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'sl',
    long: { quiet: 's', silent: 's' },
    status: 2,
  })
  const [a, b = '-'] = options.operands
  if (a === undefined) throw new UsageError("missing operand after 'cmp'", 2)
  const left = yield* bytesOf(proc, a)
  const right = left && (yield* bytesOf(proc, b))
  if (left === undefined || right === undefined) return 2
  const length = Math.min(left.length, right.length)
  let line = 1
  for (let at = 0; at < length; at++) {
    if (left[at] !== right[at]) {
      if (!options.has('s')) {
        yield* proc.write(1, `${a} ${b} differ: byte ${at + 1}, line ${line}\n`)
      }
      return 1
    }
    if (left[at] === 0x0a) line++
  }
  if (left.length === right.length) return 0
  if (!options.has('s')) {
    const shorter = left.length < right.length ? a : b
    yield* complain(proc, `EOF on ${shorter} after byte ${length}, in line ${line}`)
  }
  return 1
}

function* bytesOf(proc: OsProcess, name: string): Task<Uint8Array | undefined> {
  try {
    if (name !== '-') return proc.host.fs.readFile(proc.resolvePath(name))
    const text = yield* proc.readAll(0)
    return Uint8Array.from(text, (character) => character.charCodeAt(0))
  } catch (error) {
    if (!(error instanceof OsError)) throw error
    yield* complain(proc, `${name}: ${errnoText(error)}`)
    return undefined
  }
}
