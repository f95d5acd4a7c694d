/** A string as Go's %q prints it. */
export function goQuote(text: string): string {
  return JSON.stringify(text).replace(/\\u00([01][0-9a-f]|7f)/g, (_, hex: string) => {
    if (hex === '0b') return '\\v'
    if (hex === '07') return '\\a'
    return `\\x${hex}`
  })
}
