import { safeEncodeString } from '#sim/apimachinery/fnv.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'

const OFFSET_BASIS = 0x811c9dc5
const PRIME = 0x01000193
const NAME_BYTES_MAX = 223

/**
 * The hash that ends a ControllerRevision's name. It is FNV-1, which multiplies before it mixes
 * in the byte, unlike the FNV-1a of Pod template hashes elsewhere.
 *
 * Upstream: pkg/controller/history, HashControllerRevision.
 */
export function revisionHash(payload: string, collisionCount: number): string {
  let hash = OFFSET_BASIS
  for (const byte of encodeUtf8(`${payload}${collisionCount}`)) {
    hash = Math.imul(hash, PRIME) ^ byte
  }
  return safeEncodeString(String(hash >>> 0))
}

export function revisionName(parentName: string, hash: string): string {
  return `${parentName.slice(0, NAME_BYTES_MAX)}-${hash}`
}
