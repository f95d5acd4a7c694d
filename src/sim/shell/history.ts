export type HistoryExpansion = {
  readonly text: string
  /** The reference that no entry answers, such as `!foo`. */
  readonly missing: string | undefined
}

/** `!!`, `!n`, `!-n`, `!text`, `!?text?` and `!$`, outside of single quotes. */
export function expandHistory(text: string, entries: readonly string[]): HistoryExpansion {
  if (!text.includes('!')) return { text, missing: undefined }
  let out = ''
  let missing: string | undefined
  for (let at = 0; at < text.length;) {
    const quoted = /^(?:\\.|'[^']*'|\$!|\[!|"!")/s.exec(text.slice(at))
    const reference = /^!(!|\$|-?\d+|\?[^?\n]+\??|[^\s=("'!$;&|]+)/.exec(text.slice(at))
    if (quoted !== null || reference === null) {
      const length = quoted?.[0].length ?? 1
      out += text.slice(at, at + length)
      at += length
      continue
    }
    const found = entryFor(reference[1] ?? '', entries)
    if (found === undefined) missing ??= reference[0]
    out += found ?? reference[0]
    at += reference[0].length
  }
  return { text: out, missing }
}

function entryFor(reference: string, entries: readonly string[]): string | undefined {
  if (reference === '!') return entries.at(-1)
  if (reference === '$') return /\S+\s*$/.exec(entries.at(-1) ?? '')?.[0].trim()
  if (/^\d+$/.test(reference)) return entries[Number(reference) - 1]
  if (/^-\d+$/.test(reference)) return entries.at(Number(reference))
  const wanted = reference.replace(/^\?|\?$/g, '')
  if (reference.startsWith('?')) return entries.findLast((entry) => entry.includes(wanted))
  return entries.findLast((entry) => entry.startsWith(reference))
}
