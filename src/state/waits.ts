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
 * The waits the passes of one set tell of, in the order they began: whose turn is next waits for
 * the awaited Pod. A pass is a sample: a wait holds from the first pass that names it to the
 * first that does not.
 */
export function holdsOf(passes: readonly DecisionPass[]): readonly Hold[] {
  return createHoldsReader()(passes)
}

/** The same for a list that grows: what was read before is not read again. */
export function createHoldsReader(): (passes: readonly DecisionPass[]) => readonly Hold[] {
  let read: readonly DecisionPass[] = []
  let holds: readonly Hold[] = []
  return (passes) => {
    const isLonger = passes[0] === read[0] && passes[read.length - 1] === read.at(-1)
    if (!isLonger) holds = []
    const from = isLonger ? read.length : 0
    read = passes
    if (from === passes.length) return holds
    const next = [...holds]
    for (let index = from; index < passes.length; index++) {
      const pass = passes[index]
      if (pass !== undefined) readPass(next, pass)
    }
    holds = next
    return holds
  }
}

function readPass(holds: Hold[], pass: DecisionPass): void {
  const { awaited, time } = pass
  const waiter = nearestWaiter(pass)
  const last = holds.at(-1)
  if (last !== undefined && last.until === undefined) {
    if (last.waiter === waiter && last.awaited === awaited) return
    holds[holds.length - 1] = { ...last, until: time }
  }
  if (waiter !== undefined && awaited !== undefined) holds.push({ waiter, awaited, from: time })
}

/** Under Parallel a pass ends at a Pod that is not Ready, and yet nothing waits for it. */
export function holdsNobodyUp(
  set: {
    readonly spec?: { readonly podManagementPolicy?: string | undefined } | undefined
  },
  pass: DecisionPass,
): boolean {
  return set.spec?.podManagementPolicy === 'Parallel' && nearestWaiter(pass) === undefined
}

/** The waiter whose ordinal is next to the awaited one: whose turn comes first. */
export function nearestWaiter({ awaited, waiters }: DecisionPass): string | undefined {
  if (awaited === undefined) return undefined
  const place = placeIn(awaited)
  let nearest: string | undefined
  let least = Infinity
  for (const waiter of waiters) {
    const distance = Math.abs(placeIn(waiter) - place)
    if (waiter === awaited || distance >= least) continue
    nearest = waiter
    least = distance
  }
  return nearest
}

function placeIn(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}

/** Since when the last pass's Pod has been awaited without a break. */
export function awaitedSince(passes: readonly DecisionPass[]): SimTime | undefined {
  const awaited = passes.at(-1)?.awaited
  if (awaited === undefined) return undefined
  let first = passes.length - 1
  while (passes[first - 1]?.awaited === awaited) first--
  return passes[first]?.time
}
