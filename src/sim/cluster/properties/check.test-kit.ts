import fc from 'fast-check'

export type Check = <T extends [unknown, ...unknown[]]>(
  runs: number,
  values: { [K in keyof T]: fc.Arbitrary<T[K]> },
  hold: (...args: T) => void,
) => void

/**
 * `factor` says how many times as many runs as usual there are: more for a soak, a part of one for
 * a glance.
 */
export function propertyChecks(factor = '1'): { readonly check: Check; readonly timeout: number } {
  const timeout = 600_000 * Math.max(1, Number(factor))
  const check: Check = (runs, values, hold) => {
    const numRuns = Math.max(1, Math.round(runs * Number(factor)))
    fc.assert(fc.property(...values, hold), { numRuns })
  }
  return { check, timeout }
}
