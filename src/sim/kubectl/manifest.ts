/** An object as a person wrote it or the server sent it: any kind, not checked by types. */
// oxlint-disable-next-line typescript/no-explicit-any -- kubectl handles kinds it knows nothing of
export type Manifest = Record<string, any>

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export function nameOf(object: Manifest): string {
  return String(object['metadata']?.name ?? '')
}

export function namespaceOf(object: Manifest): string | undefined {
  const namespace = object['metadata']?.namespace
  return typeof namespace === 'string' && namespace !== '' ? namespace : undefined
}

export function labelsOf(object: Manifest): Record<string, string> {
  return object['metadata']?.labels ?? {}
}

export function annotationsOf(object: Manifest): Record<string, string> {
  return object['metadata']?.annotations ?? {}
}

/** The object without bookkeeping nobody wants to read. */
export function withoutManagedFields(object: Manifest): Manifest {
  if (object['metadata']?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object['metadata']
  return { ...object, metadata }
}

/** The value at a path of member names; undefined where any of them is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): Manifest[string] {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = (here as Record<string | number, unknown>)[step]
  }
  return here
}
