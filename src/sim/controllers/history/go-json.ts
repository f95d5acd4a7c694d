/**
 * JSON text as Go writes a map: keys sorted bytewise at every level, no blanks, and the characters
 * escaped that could end a script element. Hashes are taken over this text, so every byte counts.
 * Absent and null members are left out: Go's types would not have carried them either.
 */
export function sortedJson(value: unknown): string {
  return toJson(value, (child) => child !== undefined && child !== null)
}

/** The same of JSON that Go never reads into its types, and so keeps as it came. */
export function rawSortedJson(value: unknown): string {
  return toJson(value, (child) => child !== undefined)
}

function toJson(value: unknown, isCarried: (child: unknown) => boolean): string {
  if (Array.isArray(value)) return `[${value.map((one) => toJson(one, isCarried)).join(',')}]`
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members: string[] = []
  for (const [key, child] of Object.entries(value).sort(byKeyBytes)) {
    if (isCarried(child)) members.push(`${quote(key)}:${toJson(child, isCarried)}`)
  }
  return `{${members.join(',')}}`
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

// UTF-8 bytes sort as code points do; UTF-16 units would put astral characters before U+E000.
function byKeyBytes([a]: [string, unknown], [b]: [string, unknown]): number {
  let at = 0
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return codePoint(a, at) - codePoint(b, at)
}

function codePoint(text: string, at: number): number {
  // The first difference may be in the second half of a pair that both have the first half of.
  const isSecondHalf = at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff
  return text.codePointAt(isSecondHalf ? at - 1 : at) ?? -1
}
