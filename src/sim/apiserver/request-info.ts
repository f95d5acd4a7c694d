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

const PARSED_MAX = 4096
const parsed = new Map<string, RequestInfo | undefined>()

/**
 * Undefined when the path is none of a resource. Controllers ask for the same few objects over and
 * over, so what was read of a path is kept. Upstream: apiserver/pkg/endpoints/request.
 */
export function parsePath(path: string): RequestInfo | undefined {
  const known = parsed.get(path)
  if (known !== undefined) return known
  if (parsed.size >= PARSED_MAX) parsed.clear()
  const info = readPath(path)
  parsed.set(path, info)
  return info
}

function readPath(path: string): RequestInfo | undefined {
  const segments = path.split('/')
  if (path.includes('%')) for (const [at, one] of segments.entries()) segments[at] = decoded(one)
  if (segments.at(-1) === '') segments.pop()
  // The first segment is what stands before the first slash: nothing.
  const isCore = segments[1] === 'api'
  if (!isCore && segments[1] !== 'apis') return undefined
  const group = isCore ? '' : segments[2]
  let at = isCore ? 2 : 3
  const version = segments[at++]
  const isLegacyWatch = segments[at] === 'watch'
  if (isLegacyWatch) at++
  if (group === undefined || version === undefined || segments[at] === undefined) return undefined
  let namespace: string | undefined
  // /namespaces/x is the Namespace itself, and so are its own subresources.
  const third = segments[at + 2]
  const isNested = third !== undefined && third !== 'status' && third !== 'finalize'
  if (segments[at] === 'namespaces' && isNested) {
    namespace = segments[at + 1]
    at += 2
  }
  return {
    group,
    version,
    resource: segments[at] ?? '',
    namespace,
    name: segments[at + 1],
    subresource: segments.length > at + 2 ? segments.slice(at + 2).join('/') : undefined,
    isLegacyWatch,
  }
}

function decoded(segment: string): string {
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

  get isEmpty(): boolean {
    return this.#pairs.length === 0
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
