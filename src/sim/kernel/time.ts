/** Virtual milliseconds since the simulation began, exact to a microsecond. */
export type SimTime = number

/** Drops what lies below a microsecond, so sums of delays do not drift apart. */
export function toSimTime(ms: number): SimTime {
  return Math.round(ms * 1000) / 1000
}

/** A moment of virtual time, as every clock shows it: `0:32.4`, `11:20.0`, `1:02:03.4`. */
export function formatTime(time: SimTime, decimals: 0 | 1 = 1): string {
  const tenths = decimals === 1 ? Math.floor(time / 100) : Math.floor(time / 1000) * 10
  const seconds = Math.floor(tenths / 10)
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const rest = String(seconds % 60).padStart(2, '0')
  const fraction = decimals === 1 ? `.${tenths % 10}` : ''
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}${fraction}`
    : `${minutes}:${rest}${fraction}`
}
