/** An image's name in full: `docker.io`, `library/nginx`, `1.27`. */
export type ImageReference = {
  readonly host: string
  readonly repository: string
  readonly tag: string
  readonly digest: string | undefined
}

const DEFAULT_HOST = 'docker.io'
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

/**
 * What the runtime makes of a name as it is typed; undefined if it is none.
 * Upstream: the reference package of distribution.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const [named = '', digest] = text.split('@')
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) return undefined
  const slash = named.indexOf('/')
  const first = slash < 0 ? '' : named.slice(0, slash)
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost'
  const host = hasHost ? first : DEFAULT_HOST
  const rest = hasHost ? named.slice(slash + 1) : named
  const colon = rest.lastIndexOf(':')
  const path = colon < 0 ? rest : rest.slice(0, colon)
  const tag = colon < 0 ? 'latest' : rest.slice(colon + 1)
  if (!TAG.test(tag) || !path.split('/').every((part) => COMPONENT.test(part))) return undefined
  const repository = host === DEFAULT_HOST && !path.includes('/') ? `library/${path}` : path
  return { host, repository, tag, digest }
}

/** `docker.io/library/nginx:latest` */
export function referenceText(reference: ImageReference): string {
  const { host, repository, tag, digest } = reference
  return digest === undefined ? `${host}/${repository}:${tag}` : `${host}/${repository}@${digest}`
}
