/** A JSON value as Go's %v prints it once decoded: `map[a:1 b:[x y]]`, keys sorted. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`
  if (typeof value === 'object') {
    const members = value as Record<string, unknown>
    const shown = Object.keys(members)
      .sort()
      .map((key) => `${key}:${goFormat(members[key])}`)
    return `map[${shown.join(' ')}]`
  }
  return String(value)
}

/** A value that should have been a text, as far as it is one. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
