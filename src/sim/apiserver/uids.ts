import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'

/** `random` is version 4, as servers give them today; `timeBased` is version 1, as in 2018. */
export type UidKind = 'random' | 'timeBased'

/** Gives every object a UID of its own. */
export function createUids(kind: UidKind, simulation: Simulation, random: Random): () => string {
  return kind === 'random' ? () => randomUid(random) : timeBasedUids(simulation, random)
}

function randomUid(random: Random): string {
  const hex = [0, 1, 2, 3].map(() => hexOf(random.int(0, 0xffff_ffff), 8)).join('')
  const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) >>> 2] ?? '8'
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** From 15 October 1582, when the count of such UIDs begins, to 1970, in tenths of microseconds. */
const EPOCH_TICKS = 0x01b2_1dd2_1381_4000n

/** Time first, its fastest digits in front; what follows tells servers apart, and stays the same. */
function timeBasedUids(simulation: Simulation, random: Random): () => string {
  const sequence = hexOf(random.int(0x8000, 0xbfff), 4)
  const node = `02${hexOf(random.int(0, 0xff_ffff), 6)}${hexOf(random.int(0, 0xffff), 4)}`
  let last = 0n
  return () => {
    const now = BigInt(Math.floor(simulation.unixMs * 10)) * 1000n + EPOCH_TICKS
    last = now > last ? now : last + 1n
    const hex = last.toString(16).padStart(16, '0')
    return `${hex.slice(8)}-${hex.slice(4, 8)}-1${hex.slice(1, 4)}-${sequence}-${node}`
  }
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
