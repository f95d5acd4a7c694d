import { humanDuration } from '#sim/apimachinery/human-duration.ts'
import type { Dialect } from '../cli.ts'

const UNITS: readonly (readonly [seconds: number, letter: string, below: number])[] = [
  [1, 's', 60],
  [60, 'm', 60],
  [3600, 'h', 24],
  [86_400, 'd', 365],
]

/** An age in one unit, as kubectl 1.10 shows it. */
export function shortDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  for (const [size, letter, below] of UNITS) {
    if (seconds / size < below) return `${Math.floor(seconds / size)}${letter}`
  }
  return `${Math.floor(seconds / (86_400 * 365))}y`
}

export function age(
  timestamp: string | undefined | null,
  now: { readonly unixMs: number; readonly dialect: Dialect },
): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>'
  const durationMs = now.unixMs - Date.parse(timestamp)
  return now.dialect === '1.10' ? shortDuration(durationMs) : humanDuration(durationMs)
}
