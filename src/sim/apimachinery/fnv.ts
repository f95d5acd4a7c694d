import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'

/** The 32-bit FNV-1a hash of bytes, as the controllers name things with it. */
export function fnv32a(bytes: Uint8Array, seed = 0x811c9dc5): number {
  let hash = seed
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** Letters and digits that can form no word; names of generated objects use nothing else. */
export const SAFE_ALPHABET = ALPHABET

/** `rand.SafeEncodeString`: maps any text to the safe alphabet, character by character. */
export function safeEncodeString(text: string): string {
  let encoded = ''
  for (const byte of encodeUtf8(text)) encoded += ALPHABET[byte % ALPHABET.length]
  return encoded
}
