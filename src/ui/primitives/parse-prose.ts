export type Inline =
  | { readonly type: 'text' | 'code'; readonly text: string }
  | { readonly type: 'strong' | 'emphasis'; readonly content: readonly Inline[] }
  | { readonly type: 'link'; readonly href: string; readonly content: readonly Inline[] }

export type ProseBlock =
  | { readonly type: 'paragraph'; readonly content: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | {
      readonly type: 'list'
      readonly isOrdered: boolean
      readonly items: readonly (readonly Inline[])[]
    }

const ITEM = /^\s*([-*+]|\d+[.)])\s+/

/** The part of Markdown that lessons are written in, as data. */
export function parseProse(markdown: string): readonly ProseBlock[] {
  return blocksOf(markdown).map((text) => {
    const fence = /^```[^\n]*\n([\s\S]*?)\n?```$/.exec(text)
    if (fence !== null) return { type: 'code', text: fence[1] ?? '' }
    const lines = text.split('\n')
    const marker = ITEM.exec(lines[0] ?? '')?.[1]
    if (marker === undefined) return { type: 'paragraph', content: parseInline(lines.join(' ')) }
    return { type: 'list', isOrdered: /\d/.test(marker), items: itemsOf(lines).map(parseInline) }
  })
}

/** Texts between empty lines; a fence keeps its empty lines. */
function blocksOf(markdown: string): readonly string[] {
  const blocks: string[][] = [[]]
  let isFenced = false
  for (const line of markdown.trim().split('\n')) {
    if (line.startsWith('```')) isFenced = !isFenced
    if (line.trim() === '' && !isFenced) blocks.push([])
    else blocks.at(-1)?.push(line)
  }
  return blocks.filter((block) => block.length > 0).map((block) => block.join('\n'))
}

function itemsOf(lines: readonly string[]): readonly string[] {
  const items: string[] = []
  for (const line of lines) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ''))
    else items[items.length - 1] += ` ${line.trim()}`
  }
  return items
}

const INLINE =
  /`([^`]+)`|\*\*([^*]+(?:\*[^*]+\*[^*]*)*)\*\*|\*([^*\s][^*]*)\*|(?<![\w])_([^_]+)_(?![\w])|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/

export function parseInline(text: string): readonly Inline[] {
  const match = INLINE.exec(text)
  if (match === null) return text === '' ? [] : [{ type: 'text', text }]
  const [whole, code, strong, starred, lined, label, href] = match
  const before = text.slice(0, match.index)
  const rest = parseInline(text.slice(match.index + whole.length))
  const piece = ((): Inline => {
    if (code !== undefined) return { type: 'code', text: code }
    if (strong !== undefined) return { type: 'strong', content: parseInline(strong) }
    if (label !== undefined) return { type: 'link', href: href ?? '', content: parseInline(label) }
    return { type: 'emphasis', content: parseInline(starred ?? lined ?? '') }
  })()
  return before === '' ? [piece, ...rest] : [{ type: 'text', text: before }, piece, ...rest]
}
