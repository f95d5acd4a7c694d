import { formatDate } from '../date-format.ts'
import { parseOptions, type Tool, UsageError } from './tool.ts'

export const date: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'uR',
    values: 'dIrs',
    long: { utc: 'u', date: 'd', 'iso-8601': 'I', 'rfc-email': 'R', reference: 'r' },
  })
  const { fs, simulation } = proc.host
  const given = options.value('d')
  const reference = options.value('r')
  let time: number | undefined = simulation.unixMs
  if (reference !== undefined) time = fs.stat(proc.resolvePath(reference)).mtimeMs
  else if (given !== undefined) time = parseDate(given, simulation.unixMs)
  if (time === undefined) throw new UsageError(`invalid date '${given}'`)
  const format = options.operands[0]
  if (format !== undefined && !format.startsWith('+')) {
    throw new UsageError(`invalid date '${format}'`)
  }
  yield* proc.write(
    1,
    `${formatDate(time, format?.slice(1) ?? standardFormat(options.has('R'), flavor))}\n`,
  )
  return 0
}

function standardFormat(isMail: boolean, flavor: string): string {
  if (isMail) return '%a, %d %b %Y %H:%M:%S %z'
  return flavor === 'gnu' ? '%a %b %e %H:%M:%S %Z %Y' : '%a %b %e %H:%M:%S UTC %Y'
}

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1000,
  sec: 1000,
  minute: 60_000,
  min: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

/** `@0`, `2026-01-02 03:04:05`, `now`, `yesterday`, `2 hours ago`; undefined if none of them. */
export function parseDate(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === 'now' || trimmed === 'today') return nowMs
  if (trimmed === 'yesterday') return nowMs - 86_400_000
  if (trimmed === 'tomorrow') return nowMs + 86_400_000
  const epoch = /^@(-?\d+(?:\.\d+)?)$/.exec(trimmed)
  if (epoch !== null) return Number(epoch[1]) * 1000
  const relative = /^([-+]?\s*\d+)\s*([a-z]+?)s?(\s+ago)?$/.exec(trimmed)
  const unit = UNIT_MS[relative?.[2] ?? '']
  if (relative !== null && unit !== undefined) {
    const count = Number((relative[1] ?? '').replaceAll(' ', ''))
    return nowMs + count * unit * (relative[3] === undefined ? 1 : -1)
  }
  const iso =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(Z|UTC|[-+]\d\d:?\d\d)?$/.exec(
      trimmed,
    )
  if (iso === null) return undefined
  const zone = iso[3] === undefined || iso[3] === 'UTC' ? 'Z' : iso[3]
  const ms = Date.parse(`${iso[1]}T${iso[2] ?? '00:00:00'}${zone}`)
  // Date.parse takes 30 February for 1 March.
  const isReal = new Date(Date.parse(`${iso[1]}T00:00:00Z`)).toISOString().startsWith(iso[1] ?? '')
  return Number.isNaN(ms) || !isReal ? undefined : ms
}
