import { allLines, OutputBuffer } from './input.ts'
import { type Options, parseOptions, type Tool, UsageError } from './tool.ts'
import { compareNames } from '#sim/kernel/os/filesystem.ts'
import { complain } from './tool.ts'

type Key = {
  readonly fromField: number
  readonly fromCharacter: number
  readonly toField: number | undefined
  readonly toCharacter: number | undefined
  readonly flags: string
}

export const sort: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'bcCdfghiMnrRsuVz',
    values: 'kotSTm',
    long: {
      key: 'k',
      'field-separator': 't',
      'numeric-sort': 'n',
      reverse: 'r',
      unique: 'u',
      output: 'o',
      'human-numeric-sort': 'h',
      'version-sort': 'V',
      'ignore-case': 'f',
      stable: 's',
    },
    status: 2,
  })
  const keys = options.values('k').map(parseKey)
  const { lines, status } = yield* allLines(proc, options.operands, flavor)
  const separator = options.value('t')
  const compareKeys = (a: string, b: string): number => {
    if (keys.length === 0) return compareText(a, b, globalFlags(options))
    for (const key of keys) {
      const flags = key.flags === '' ? globalFlags(options) : key.flags
      const order = compareText(part(a, key, separator), part(b, key, separator), flags)
      if (order !== 0) return order
    }
    return 0
  }
  const isStable = options.has('s') || options.has('u')
  const compare = (a: string, b: string): number =>
    compareKeys(a, b) || (isStable ? 0 : compareNames(a, b) * (options.has('r') ? -1 : 1))
  if (options.has('c') || options.has('C')) {
    const at = lines.findIndex(
      (line, index) => index > 0 && compare(lines[index - 1] ?? '', line) > 0,
    )
    if (at < 0) return 0
    yield* complain(proc, `-:${at + 1}: disorder: ${lines[at]}`)
    return 1
  }
  lines.sort(compare)
  const kept = options.has('u')
    ? lines.filter((line, index) => index === 0 || compareKeys(lines[index - 1] ?? '', line) !== 0)
    : lines
  const output = options.value('o')
  if (output !== undefined) {
    const text = kept.map((line) => `${line}\n`).join('')
    proc.host.fs.writeText(proc.resolvePath(output), text)
    return status
  }
  const out = new OutputBuffer(proc)
  for (const line of kept) yield* out.line(line)
  yield* out.flush()
  return status === 0 ? 0 : 2
}

function globalFlags(options: Options): string {
  return 'bdfghiMnrRV'
    .split('')
    .filter((letter) => options.has(letter))
    .join('')
}

function parseKey(text: string): Key {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?$/.exec(text)
  if (match === null)
    throw new UsageError(`invalid number at field start: invalid count at start of '${text}'`, 2)
  return {
    fromField: Number(match[1]),
    fromCharacter: Number(match[2] ?? '1'),
    toField: match[4] === undefined ? undefined : Number(match[4]),
    toCharacter: match[5] === undefined ? undefined : Number(match[5]),
    flags: (match[3] ?? '') + (match[6] ?? ''),
  }
}

/** The text of a line that a key names. Without -t a field begins with the blanks before it. */
function part(line: string, key: Key, separator: string | undefined): string {
  const fields =
    separator === undefined ? (line.match(/\s*\S+|\s+$/g) ?? []) : line.split(separator)
  const joiner = separator ?? ''
  const last = key.toField === undefined ? fields.length : key.toField
  const chosen = fields.slice(key.fromField - 1, last)
  if (chosen.length === 0) return ''
  if (key.toField !== undefined && key.toCharacter !== undefined && key.toCharacter > 0) {
    const index = chosen.length - 1
    chosen[index] = (chosen[index] ?? '').slice(0, key.toCharacter)
  }
  const [first = '', ...rest] = chosen
  const start = key.flags.includes('b') ? first.trimStart() : first
  return [start.slice(key.fromCharacter - 1), ...rest].join(joiner)
}

function compareText(a: string, b: string, flags: string): number {
  const order = compareBy(a, b, flags)
  return flags.includes('r') ? -order : order
}

function compareBy(a: string, b: string, flags: string): number {
  if (flags.includes('n') || flags.includes('g')) return numberOf(a) - numberOf(b)
  if (flags.includes('h')) return humanNumber(a) - humanNumber(b)
  if (flags.includes('M')) return monthOf(a) - monthOf(b)
  if (flags.includes('V')) return compareVersions(a.trim(), b.trim())
  let [x, y] = flags.includes('b') ? [a.trimStart(), b.trimStart()] : [a, b]
  if (flags.includes('d')) {
    x = x.replace(/[^\w\s]/g, '')
    y = y.replace(/[^\w\s]/g, '')
  }
  if (flags.includes('f')) return compareNames(x.toUpperCase(), y.toUpperCase())
  return compareNames(x, y)
}

function numberOf(text: string): number {
  return Number(/^\s*(-?\d*\.?\d+(?:[eE][-+]?\d+)?)/.exec(text)?.[1] ?? '0')
}

function humanNumber(text: string): number {
  const unit = 'KMGTPE'.indexOf(
    (/^\s*-?[\d.]+([KMGTPE])/i.exec(text)?.[1] ?? '').toUpperCase() || ' ',
  )
  return numberOf(text) * 1024 ** (unit + 1)
}

const MONTHS = 'JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC'

function monthOf(text: string): number {
  const at = MONTHS.indexOf(text.trim().slice(0, 3).toUpperCase())
  return at < 0 ? 0 : at / 3 + 1
}

function compareVersions(a: string, b: string): number {
  const [x, y] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []]
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p = '', q = ''] = [x[i], y[i]]
    const bothNumbers = /^\d/.test(p) && /^\d/.test(q)
    const order = bothNumbers ? Number(p) - Number(q) : compareNames(p, q)
    if (order !== 0) return order
  }
  return 0
}
