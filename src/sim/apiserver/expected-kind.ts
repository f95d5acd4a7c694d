/** What a body may say that it is. */
export type ExpectedKind = {
  readonly kind: string
  /** The first is meant where a body names none. */
  readonly apiVersions: readonly [string, ...string[]]
  /** What the Go type within the server is called. */
  readonly internal: string
}

/** Such as `apps.StatefulSet`. */
export function internalName(group: string, kind: string): string {
  return `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${kind}`
}
