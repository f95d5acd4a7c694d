import fc from 'fast-check'

export type Check = <T extends [unknown, ...unknown[]]>(
  runs: number,
  values: { [K in keyof T]: fc.Arbitrary<T[K]> },
  hold: (...args: T) => void,
) => void

/** The usual runs are always the same ones, so that a failure is due to a change. */
const USUAL_SEED = 1

/**
 * `factor` says how many times as many runs as usual there are: more for a soak, a part of one for
 * a glance. Where it is given, each time has runs of its own.
 */
export function propertyChecks(factor?: string): {
  readonly check: Check
  readonly timeout: number
} {
  const times = Number(factor ?? 1)
  const timeout = 600_000 * Math.max(1, times)
  const check: Check = (runs, values, hold) => {
    const numRuns = Math.max(1, Math.round(runs * times))
    const seed = factor === undefined ? { seed: USUAL_SEED } : {}
    fc.assert(fc.property(...values, hold), { numRuns, ...seed })
  }
  return { check, timeout }
}
