import type { StatefulSet } from '#sim/apimachinery/kinds.ts'

export type ParsedPodName = {
  /** Empty where the name has no ordinal. */
  readonly parent: string
  /** −1 where the name has none. */
  readonly ordinal: number
}

const INT32_MAX = 2 ** 31 - 1
const NO_PARENT: ParsedPodName = { parent: '', ordinal: -1 }

/** Splits `web-1-2` into parent `web-1` and ordinal 2. Leading zeros parse: `web-01` is 1. */
export function parsePodName(name: string): ParsedPodName {
  const match = /^(.*)-([0-9]+)$/.exec(name)
  if (match === null) return NO_PARENT
  const ordinal = Number(match[2])
  return { parent: match[1] ?? '', ordinal: ordinal > INT32_MAX ? -1 : ordinal }
}

export function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`
}

export function replicasOf(set: StatefulSet): number {
  return set.spec?.replicas ?? 1
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0
}

/** The last ordinal in range; below the first one where no replica is asked for. */
export function endOrdinal(set: StatefulSet): number {
  return startOrdinal(set) + replicasOf(set) - 1
}

export function isInRange(set: StatefulSet, ordinal: number): boolean {
  return ordinal >= startOrdinal(set) && ordinal <= endOrdinal(set)
}
