import type { Taint } from 'kubernetes-types/core/v1'
import type { Node } from '#sim/apimachinery/kinds.ts'

export const NOT_READY = 'node.kubernetes.io/not-ready'
export const UNREACHABLE = 'node.kubernetes.io/unreachable'
export const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
}
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable'

export type ReadyStatus = 'True' | 'False' | 'Unknown'

export function readyStatus(node: Node): ReadyStatus | undefined {
  // The server stores no other values.
  return node.status?.conditions?.find(({ type }) => type === 'Ready')?.status as
    | ReadyStatus
    | undefined
}

/** The taint key that tells of a node that is not ready. */
export function readinessTaint(status: ReadyStatus | undefined): string | undefined {
  if (status === 'False') return NOT_READY
  return status === 'Unknown' ? UNREACHABLE : undefined
}

/** The NoSchedule taints that a node's conditions ask for. */
function conditionTaints(node: Node): readonly string[] {
  const keys: string[] = []
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = type === 'Ready' ? readinessTaint(status as ReadyStatus) : undefined
    if (key !== undefined) keys.push(key)
    const pressure = PRESSURES[type]
    if (pressure !== undefined && status === 'True') keys.push(pressure)
  }
  if (node.spec?.unschedulable === true) keys.push(UNSCHEDULABLE)
  return keys
}

const MANAGED = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(PRESSURES)])

/** A node's taints with its NoSchedule taints as they should be, or undefined if they are. */
export function withConditionTaints(node: Node, timestamp: string): Taint[] | undefined {
  const wanted = conditionTaints(node)
  const present = node.spec?.taints ?? []
  const isManaged = (taint: Taint): boolean =>
    taint.effect === 'NoSchedule' && MANAGED.has(taint.key)
  const missing = wanted.filter(
    (key) => !present.some((taint) => isManaged(taint) && taint.key === key),
  )
  const kept = present.filter((taint) => !isManaged(taint) || wanted.includes(taint.key))
  if (missing.length === 0 && kept.length === present.length) return undefined
  const added = missing.map((key) => ({ key, effect: 'NoSchedule', timeAdded: timestamp }))
  return [...kept, ...added]
}

/** A node's taints with at most the one NoExecute taint that tells of its readiness. */
export function withEvictionTaint(
  node: Node,
  key: string | undefined,
  timestamp: string,
): Taint[] | undefined {
  const present = node.spec?.taints ?? []
  const isOurs = (taint: Taint): boolean =>
    taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE)
  const kept = present.filter((taint) => !isOurs(taint) || taint.key === key)
  const has = key === undefined || kept.some((taint) => isOurs(taint))
  if (has && kept.length === present.length) return undefined
  return has ? kept : [...kept, { key, effect: 'NoExecute', timeAdded: timestamp }]
}
