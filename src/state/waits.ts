import type { SimTime } from '#sim/kernel/time.ts'
import type { DecisionPass } from '#worker/protocol.ts'

/** Somebody waiting for a Pod from one moment to another; no end while it lasts. */
export type Hold = {
  readonly waiter: string
  readonly awaited: string
  readonly from: SimTime
  readonly until?: SimTime
}

/**
 * Every wait the passes of one set tell of, in the order they began. A pass is a
 * sample: a wait holds from the first pass that names it to the first that does not.
 */
export function holdsOf(passes: readonly DecisionPass[]): readonly Hold[] {
  const holds: Hold[] = []
  const open = new Map<string, number>()
  for (const pass of passes) {
    const named = new Set(
      pass.awaited === undefined ? [] : pass.waiters.map((waiter) => `${waiter} ${pass.awaited}`),
    )
    for (const [key, index] of open) {
      const hold = holds[index]
      if (named.has(key) || hold === undefined) continue
      holds[index] = { ...hold, until: pass.time }
      open.delete(key)
    }
    if (pass.awaited === undefined) continue
    for (const waiter of pass.waiters) {
      const key = `${waiter} ${pass.awaited}`
      if (open.has(key)) continue
      open.set(key, holds.length)
      holds.push({ waiter, awaited: pass.awaited, from: pass.time })
    }
  }
  return holds
}

/** The waiter whose ordinal is next to the awaited one: whose turn comes first. */
export function nearestWaiter({ awaited, waiters }: DecisionPass): string | undefined {
  if (awaited === undefined) return undefined
  const place = (name: string) => Number(name.slice(name.lastIndexOf('-') + 1))
  const distance = (name: string) => Math.abs(place(name) - place(awaited))
  return waiters.filter((name) => name !== awaited).toSorted((a, b) => distance(a) - distance(b))[0]
}

/** Since when the last pass's Pod has been awaited without a break. */
export function awaitedSince(passes: readonly DecisionPass[]): SimTime | undefined {
  const awaited = passes.at(-1)?.awaited
  if (awaited === undefined) return undefined
  let since: SimTime | undefined
  for (const pass of passes.toReversed()) {
    if (pass.awaited !== awaited) break
    since = pass.time
  }
  return since
}
