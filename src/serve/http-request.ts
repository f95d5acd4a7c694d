import type { IncomingMessage } from 'node:http'
import type { ApiRequest } from '#sim/apimachinery/request.ts'

const BODY_BYTES_MAX = 3_145_728
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** What every request here may do, as there is no authentication. */
const ANYBODY = 'kubernetes-admin'

/** An HTTP request as the server's core reads it; undefined for methods it does not know. */
export function toApiRequest(
  message: IncomingMessage,
  url: URL,
  body: Uint8Array,
): ApiRequest | undefined {
  const method = message.method ?? 'GET'
  if (!METHODS.includes(method)) return undefined
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  // Whoever comes over the wire gets what the wire carries.
  headers['accept'] ||= 'application/json'
  return {
    method: method as ApiRequest['method'],
    path: url.pathname,
    query: [...url.searchParams],
    headers,
    ...(body.length === 0 ? {} : { body }),
    user: headers['impersonate-user'] ?? ANYBODY,
  }
}

export function urlOf(message: IncomingMessage): URL | undefined {
  const target = message.url ?? '/'
  // A path that begins with two slashes would be read as a host.
  return URL.canParse(`http://127.0.0.1${target}`)
    ? new URL(`http://127.0.0.1${target}`)
    : undefined
}

/** The whole body, cut one byte past the limit so that the core sees that it is too large. */
export async function readBody(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    if (length > BODY_BYTES_MAX) continue
    chunks.push(chunk)
    length += chunk.length
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
