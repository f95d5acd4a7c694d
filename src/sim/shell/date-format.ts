const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** strftime in UTC, the only zone of this world. `%N` gives nanoseconds, as GNU date does. */
export function formatDate(unixMs: number, format: string): string {
  const date = new Date(Math.floor(unixMs))
  const fraction = unixMs - Math.floor(unixMs)
  return format.replace(
    /%([-_0^]?)(\d*)(:?[a-zA-Z%])/g,
    (whole, flag: string, width: string, code: string) => {
      if (code === 'N') {
        const nanos = Math.round((date.getUTCMilliseconds() + fraction) * 1e6)
        const all = String(nanos).padStart(9, '0')
        return width === '' ? all : all.slice(0, Number(width))
      }
      const text = FIELDS[code]?.(date)
      return text === undefined ? whole : flagged(text, flag)
    },
  )
}

function flagged(text: string, flag: string): string {
  if (flag === '-') return text.replace(/^[0 ]+(?=.)/, '')
  if (flag === '_') return text.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length))
  return flag === '^' ? text.toUpperCase() : text
}

const two = (value: number): string => String(value).padStart(2, '0')
const blank = (value: number): string => String(value).padStart(2, ' ')
const hour12 = (date: Date): number => ((date.getUTCHours() + 11) % 12) + 1

const FIELDS: Readonly<Record<string, (date: Date) => string>> = {
  '%': () => '%',
  n: () => '\n',
  t: () => '\t',
  Y: (date) => String(date.getUTCFullYear()),
  C: (date) => two(Math.floor(date.getUTCFullYear() / 100)),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  B: (date) => MONTHS[date.getUTCMonth()] ?? '',
  b: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  h: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  d: (date) => two(date.getUTCDate()),
  e: (date) => blank(date.getUTCDate()),
  A: (date) => DAYS[date.getUTCDay()] ?? '',
  a: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  j: (date) => String(dayOfYear(date)).padStart(3, '0'),
  H: (date) => two(date.getUTCHours()),
  I: (date) => two(hour12(date)),
  k: (date) => blank(date.getUTCHours()),
  l: (date) => blank(hour12(date)),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  P: (date) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  z: () => '+0000',
  ':z': () => '+00:00',
  Z: () => 'UTC',
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  R: (date) => date.toISOString().slice(11, 16),
  D: (date) => formatDate(date.getTime(), '%m/%d/%y'),
  r: (date) => formatDate(date.getTime(), '%I:%M:%S %p'),
  c: (date) => formatDate(date.getTime(), '%a %b %e %H:%M:%S %Y'),
  x: (date) => formatDate(date.getTime(), '%m/%d/%y'),
  X: (date) => formatDate(date.getTime(), '%H:%M:%S'),
}

function dayOfYear(date: Date): number {
  const start = Date.UTC(date.getUTCFullYear(), 0, 1)
  return Math.floor((date.getTime() - start) / 86_400_000) + 1
}
