/** Virtual milliseconds since the simulation began, exact to a microsecond. */
export type SimTime = number

/** Drops what lies below a microsecond, so sums of delays do not drift apart. */
export function toSimTime(ms: number): SimTime {
  return Math.round(ms * 1000) / 1000
}
