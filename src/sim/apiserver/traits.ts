import type { Resource } from './registry.ts'

/**
 * How kinds differ where no declaration says so: each set holds the odd ones out.
 * Upstream: AllowCreateOnUpdate, AllowUnconditionalUpdate and ReturnDeletedObject of pkg/registry.
 */
const CREATED_BY_PUT = new Set([
  'endpoints',
  'events',
  'events.events.k8s.io',
  'services',
  'leases.coordination.k8s.io',
])
const NEVER_UNCONDITIONAL = new Set(['leases.coordination.k8s.io', 'poddisruptionbudgets.policy'])
const RETURNED_WHEN_DELETED = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumes',
  'persistentvolumeclaims',
  'namespaces',
  'storageclasses.storage.k8s.io',
  'resourcequotas',
  'podtemplates',
])

export function createsOnUpdate(resource: Resource): boolean {
  return CREATED_BY_PUT.has(resource.store.name)
}

export function needsResourceVersion(resource: Resource): boolean {
  return NEVER_UNCONDITIONAL.has(resource.store.name)
}

export function returnsDeletedObject(resource: Resource): boolean {
  return RETURNED_WHEN_DELETED.has(resource.store.name)
}
