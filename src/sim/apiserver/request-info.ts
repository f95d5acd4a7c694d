import type { ApiRequest } from '#sim/apimachinery/request.ts'

/** What a path and its query ask for, before anyone knows whether it exists. */
export type RequestInfo = {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  /** `status`, `scale`; deeper segments stay joined: `proxy/a/b`. */
  readonly subresource: string | undefined
  readonly isLegacyWatch: boolean
}

/** Undefined when the path is none of a resource. Upstream: apiserver/pkg/endpoints/request. */
export function parsePath(path: string): RequestInfo | undefined {
  const segments = path.split('/').slice(1).map(decodeSegment)
  if (segments.at(-1) === '') segments.pop()
  const isCore = segments[0] === 'api'
  if (!isCore && segments[0] !== 'apis') return undefined
  const group = isCore ? '' : segments[1]
  const version = segments[isCore ? 1 : 2]
  let rest = segments.slice(isCore ? 2 : 3)
  const isLegacyWatch = rest[0] === 'watch'
  if (isLegacyWatch) rest = rest.slice(1)
  if (group === undefined || version === undefined || rest[0] === undefined) return undefined
  let namespace: string | undefined
  // /namespaces/x is the Namespace itself, and so are its own subresources.
  const isNested = rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize'
  if (rest[0] === 'namespaces' && isNested) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  return {
    group,
    version,
    resource: rest[0] ?? '',
    namespace,
    name: rest[1],
    subresource: rest.length > 2 ? rest.slice(2).join('/') : undefined,
    isLegacyWatch,
  }
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    // A stray percent sign stands for itself; no object has such a name.
    return segment
  }
}

/** Query parameters as the server reads them. */
export class Query {
  readonly #pairs: NonNullable<ApiRequest['query']>

  constructor(pairs: ApiRequest['query']) {
    this.#pairs = pairs ?? []
  }

  get(key: string): string | undefined {
    return this.#pairs.find(([name]) => name === key)?.[1]
  }

  all(key: string): string[] {
    return this.#pairs.filter(([name]) => name === key).map(([, value]) => value)
  }

  /** Absent, `0` and `false` are false; anything else is true, the empty string included. */
  flag(key: string): boolean {
    const value = this.get(key)?.toLowerCase()
    return value !== undefined && value !== '0' && value !== 'false'
  }

  toString(): string {
    return this.#pairs
      .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
      .join('&')
  }
}
