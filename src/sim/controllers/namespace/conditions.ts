import type { NamespaceCondition } from 'kubernetes-types/core/v1'
import type { Remains } from './content.ts'

type Finding = Omit<NamespaceCondition, 'lastTransitionTime'>

/** What the conditions of a namespace that is being deleted say about what is left in it. */
export function deletionConditions(remains: readonly Remains[]): readonly Finding[] {
  return [
    finding('DiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    finding(
      'GroupVersionParsingFailure',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    finding(
      'ContentFailure',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    contentRemaining(remains),
    finalizersRemaining(remains),
  ]
}

function finding(type: string, reason: string, message: string): Finding {
  return { type: `NamespaceDeletion${type}`, status: 'False', reason, message }
}

function contentRemaining(remains: readonly Remains[]): Finding {
  const type = 'NamespaceContentRemaining'
  if (remains.length === 0) {
    const message = 'All content successfully removed'
    return { type, status: 'False', reason: 'ContentRemoved', message }
  }
  const counts = remains.map(({ resource, count }) => `${resource} has ${count} resource instances`)
  const message = `Some resources are remaining: ${counts.toSorted().join(', ')}`
  return { type, status: 'True', reason: 'SomeResourcesRemain', message }
}

function finalizersRemaining(remains: readonly Remains[]): Finding {
  const type = 'NamespaceFinalizersRemaining'
  const totals = new Map<string, number>()
  for (const { finalizers } of remains) {
    for (const [finalizer, count] of finalizers)
      totals.set(finalizer, (totals.get(finalizer) ?? 0) + count)
  }
  if (totals.size === 0) {
    const message = 'All content-preserving finalizers finished'
    return { type, status: 'False', reason: 'ContentHasNoFinalizers', message }
  }
  const counts = [...totals].map(([name, count]) => `${name} in ${count} resource instances`)
  const list = counts.toSorted().join(', ')
  const message = `Some content in the namespace has finalizers remaining: ${list}`
  return { type, status: 'True', reason: 'SomeFinalizersRemain', message }
}

/** The list with these findings in it; the same list where nothing is new. */
export function mergeConditions(
  conditions: readonly NamespaceCondition[],
  findings: readonly Finding[],
  timestamp: string,
): readonly NamespaceCondition[] {
  let isChanged = false
  const merged = [...conditions]
  for (const found of findings) {
    const at = merged.findIndex(({ type }) => type === found.type)
    const old = merged[at]
    if (old === undefined) {
      merged.push({ ...found, lastTransitionTime: timestamp })
    } else {
      if (
        old.status === found.status &&
        old.reason === found.reason &&
        old.message === found.message
      )
        continue
      const lastTransitionTime = old.status === found.status ? old.lastTransitionTime : timestamp
      merged[at] = { ...found, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) }
    }
    isChanged = true
  }
  return isChanged ? merged : conditions
}
