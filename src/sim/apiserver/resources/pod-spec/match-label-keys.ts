import type { Draft } from '../../resource.ts'
import { listOf } from './defaults.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

/**
 * Terms that select Pods by "the same label as mine" are written out for the Pod at hand when it
 * is created. Upstream: pkg/registry/core/pod/strategy.go.
 */
export function writeOutMatchLabelKeys(draft: Draft): void {
  const { spec, metadata } = draft
  const labels: Draft = metadata.labels ?? {}
  for (const member of ['podAffinity', 'podAntiAffinity']) {
    const affinity = spec.affinity?.[member]
    for (const term of listOf(affinity, REQUIRED)) writeOut(term, labels)
    for (const { podAffinityTerm } of listOf(affinity, PREFERRED)) {
      if (podAffinityTerm !== undefined) writeOut(podAffinityTerm, labels)
    }
  }
  for (const constraint of listOf(spec, 'topologySpreadConstraints')) writeOut(constraint, labels)
}

function writeOut(term: Draft, labels: Draft): void {
  if (term.labelSelector === undefined) return
  const added = [
    ...requirements(term.matchLabelKeys, 'In', labels),
    ...requirements(term.mismatchLabelKeys, 'NotIn', labels),
  ]
  if (added.length === 0) return
  const before = listOf(term.labelSelector, 'matchExpressions')
  term.labelSelector.matchExpressions = [...before, ...added]
}

/** Keys that the Pod does not have are passed over. */
function requirements(
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Draft,
): Draft[] {
  return (keys ?? [])
    .filter((key) => labels[key] !== undefined)
    .map((key) => ({ key, operator, values: [labels[key]] }))
}
