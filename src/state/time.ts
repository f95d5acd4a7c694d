import type { SimTime } from '#sim/kernel/time.ts'
import type { Clock } from '#worker/protocol.ts'

/** A span of virtual time: `11.4 s`, `3 min 29 s`, `2 h 05 min`. */
export function formatSpan(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100))
  if (tenths < 600) return `${Math.floor(tenths / 10)}.${tenths % 10} s`
  return formatLongSpan(Math.floor(tenths / 10))
}

/** A span in whole seconds, as ages are known: `30 s`, `7 min 02 s`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return seconds < 60 ? `${seconds} s` : formatLongSpan(seconds)
}

function formatLongSpan(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** The virtual moment an API timestamp names; whole seconds, as the API writes them. */
export function simTimeOf(
  clock: Pick<Clock, 'time' | 'unixMs'>,
  timestamp: string | undefined,
): SimTime | undefined {
  if (timestamp === undefined) return undefined
  const unixMs = Date.parse(timestamp)
  return Number.isNaN(unixMs) ? undefined : unixMs - (clock.unixMs - clock.time)
}

/** `1Gi` as a person reads it: `1 GiB`. */
export function formatQuantity(quantity: string | undefined): string {
  if (quantity === undefined) return 'size unknown'
  const match = /^(\d+(?:\.\d+)?)([KMGTPE]i?|k)?$/.exec(quantity)
  return match === null ? quantity : `${match[1]} ${match[2] ?? ''}B`
}
