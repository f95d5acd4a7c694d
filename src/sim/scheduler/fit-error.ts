import type { SchedulerDialect } from './dialect.ts'
import type { PluginName, Rejection } from './framework.ts'

/** What keeps a Pod from being scheduled, in the words users search for. */
export type FitError = {
  readonly message: string
  readonly rejectedBy: ReadonlySet<PluginName>
}

export const NO_NODES = 'no nodes available to schedule pods'

/** No node will do; `preemption` tells why evicting others does not help either. */
export function newFitError(
  rejections: readonly Rejection[],
  nodeCount: number,
  preemption: string | undefined,
  dialect: SchedulerDialect,
): FitError {
  const reasons = countReasons(
    rejections.flatMap((rejection) =>
      rejection.reasons.map((reason) => dialect.reasons[reason] ?? reason),
    ),
  )
  const tail = dialect.tellsOfPreemption ? postFilterText(preemption) : ''
  return {
    message: `0/${nodeCount} nodes are available: ${reasons}.${tail}`,
    rejectedBy: new Set(rejections.map(({ plugin }) => plugin)),
  }
}

/**
 * Refused before any node was looked at. The resource-claim plugin then finds nothing of the
 * cycle to go by; its complaint stands where preemption would speak.
 */
export function newPodFitError(
  plugin: PluginName,
  message: string,
  nodeCount: number,
  dialect: SchedulerDialect,
): FitError {
  return {
    message: dialect.tellsOfPreemption
      ? `0/${nodeCount} nodes are available: ${message}. not found`
      : message,
    rejectedBy: new Set([plugin]),
  }
}

/**
 * The resource-claim plugin has its say first, also where no Pod has any claim. Where preemption
 * makes room nobody has to explain anything.
 */
function postFilterText(preemption: string | undefined): string {
  return preemption === undefined ? '' : ` no new claims to deallocate, preemption: ${preemption}`
}

/** `1 Insufficient memory, 2 Insufficient cpu`: sorted as texts, counts included. */
export function countReasons(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(', ')
}

export function noVictimsText(rejections: readonly Rejection[], nodeCount: number): string {
  const reasons = countReasons(
    rejections.map(({ isPreemptable }) =>
      isPreemptable
        ? 'No preemption victims found for incoming pod'
        : 'Preemption is not helpful for scheduling',
    ),
  )
  return `0/${nodeCount} nodes are available: ${reasons}.`
}
