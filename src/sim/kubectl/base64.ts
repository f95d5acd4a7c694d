const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const left = bytes.length - at
    text += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | (b >> 4))
    text += left > 1 ? ALPHABET.charAt(((b & 15) << 2) | (c >> 6)) : '='
    text += left > 2 ? ALPHABET.charAt(c & 63) : '='
  }
  return text
}

/** How many bytes a base64 text stands for. */
export function base64Length(text: string): number {
  const padding = /=*$/.exec(text)?.[0].length ?? 0
  return Math.floor((text.length * 3) / 4) - padding
}
