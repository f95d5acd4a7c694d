import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The text that the bytes spell in UTF-8; what is no digit is skipped. */
export function decodeBase64(text: string): string {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const character of text) {
    const value = BASE64.indexOf(character)
    if (value < 0) continue
    bits = ((bits << 6) | value) & 0xffffff
    count += 6
    if (count >= 8) {
      count -= 8
      bytes.push((bits >> count) & 0xff)
    }
  }
  return decodeUtf8(Uint8Array.from(bytes))
}

/** Of the text's UTF-8 bytes, padded. */
export function encodeBase64(text: string): string {
  const bytes = encodeUtf8(text)
  let encoded = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let j = 0; j < 4; j++) {
      encoded += i + j > bytes.length ? '=' : BASE64.charAt((group >> (18 - 6 * j)) & 63)
    }
  }
  return encoded
}
