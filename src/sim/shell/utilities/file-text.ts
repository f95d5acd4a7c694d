import type { Stat } from '#sim/kernel/os/filesystem.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'

const TYPE_LETTERS: Readonly<Record<Stat['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  device: 'c',
  generated: '-',
  fifo: 'p',
}

/** `-rw-r--r--`. */
export function modeText(stat: Stat): string {
  const bits = [6, 3, 0].map((shift) => {
    const triple = (stat.mode >> shift) & 7
    const last = shift === 0 && (stat.mode & 0o1000) !== 0 ? 't' : 'x'
    return `${triple & 4 ? 'r' : '-'}${triple & 2 ? 'w' : '-'}${triple & 1 ? last : '-'}`
  })
  return TYPE_LETTERS[stat.type] + bits.join('')
}

/** The name of a user or group, through /etc/passwd of the host. */
export function ownerName(proc: OsProcess, id: number): string {
  if (id === 0) return 'root'
  const { fs } = proc.host
  if (!fs.exists('/etc/passwd')) return String(id)
  const lines = fs.readText('/etc/passwd').split('\n')
  return lines.find((line) => line.split(':')[2] === String(id))?.split(':')[0] ?? String(id)
}

const UNITS = ['', 'K', 'M', 'G', 'T', 'P']

/** Sizes as -h shows them: `1.5K`, `12M`; rounded up, as GNU does. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  if (unit === 0) return String(bytes)
  const text = value < 10 ? (Math.ceil(value * 10) / 10).toFixed(1) : String(Math.ceil(value))
  return text + (UNITS[unit] ?? '')
}

/** `755`, `u+x`, `go-w,a=r` applied to a mode; undefined if it makes no sense. */
export function changedMode(mode: number, text: string): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8)
  let result = mode
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause)
    if (match === null) return undefined
    const who = match[1] === '' || match[1]?.includes('a') === true ? 'ugo' : (match[1] ?? '')
    let bits = 0
    for (const letter of match[3] ?? '') bits |= { r: 4, w: 2, x: 1, X: 1 }[letter] ?? 0
    for (const each of who) {
      const shift = { u: 6, g: 3, o: 0 }[each] ?? 0
      if (match[2] === '=') result &= ~(7 << shift)
      if (match[2] === '-') result &= ~(bits << shift)
      else result |= bits << shift
    }
  }
  return result
}
