import type { KubeObject } from '#sim/apimachinery/objects.ts'

/** Marked for deletion, with neither grace nor finalizers left: the object goes. */
export function isReleased(object: KubeObject): boolean {
  const { metadata } = object
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (metadata.finalizers ?? []).length === 0 &&
    !keepsNamespace(object)
  )
}

/** A Namespace stays until its own finalizers, which are in its spec, are gone. */
export function keepsNamespace(object: KubeObject): boolean {
  if (object.kind !== 'Namespace') return false
  const { spec } = object as KubeObject & { spec?: { finalizers?: readonly string[] } }
  return (spec?.finalizers ?? []).length > 0
}
