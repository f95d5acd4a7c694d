import { isObject } from '#sim/apimachinery/equality.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Draft } from './resource.ts'
import type { Scope } from './scope.ts'

/**
 * Owners that are named twice count once, and the client is told. What a patch brings is looked
 * at only once admission has seen it.
 * Upstream: apiserver/pkg/endpoints/handlers/create.go, dedupOwnerReferencesAndAddWarning.
 */
export function dropRepeatedOwners(scope: Scope, metadata: Draft): void {
  const owners: readonly unknown[] = metadata['ownerReferences'] ?? []
  if (owners.length < 2) return
  const kept: unknown[] = []
  const repeated = new Set<string>()
  for (const owner of owners) {
    const isRepeated = kept.some((one) => semanticallyEqual(one, owner))
    if (!isRepeated) kept.push(owner)
    else if (isObject(owner)) repeated.add(String(owner['uid'] ?? ''))
  }
  if (repeated.size === 0) return
  metadata['ownerReferences'] = kept
  const after = scope.request.method === 'PATCH' ? ' after mutating admission happens' : ''
  scope.warn(
    `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${[...repeated].join(', ')}`,
  )
}
