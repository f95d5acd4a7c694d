/** `a{b,c}{1..3}` as its words, in bash's order. Quotes and `${ }` are left alone. */
export function expandBraces(text: string): readonly string[] {
  const group = firstGroup(text)
  if (group === undefined) return [text]
  const head = text.slice(0, group.start)
  const tails = expandBraces(text.slice(group.end))
  return group.items.flatMap((item) =>
    (group.isSequence ? [item] : expandBraces(item)).flatMap((middle) =>
      tails.map((tail) => head + middle + tail),
    ),
  )
}

type BraceGroup = {
  readonly start: number
  readonly end: number
  readonly items: readonly string[]
  readonly isSequence: boolean
}

function firstGroup(text: string): BraceGroup | undefined {
  for (let at = 0; at < text.length; at = afterUnit(text, at)) {
    if (text[at] !== '{') continue
    const group = groupAt(text, at)
    if (group !== undefined) return group
  }
  return undefined
}

function groupAt(text: string, start: number): BraceGroup | undefined {
  const items: string[] = []
  let itemStart = start + 1
  let depth = 0
  for (let at = start + 1; at < text.length; at = afterUnit(text, at)) {
    const character = text[at]
    if (character === '{') depth++
    else if (character === ',' && depth === 0) {
      items.push(text.slice(itemStart, at))
      itemStart = at + 1
    } else if (character === '}' && depth-- === 0) {
      const end = at + 1
      const inner = text.slice(start + 1, at)
      if (items.length > 0) {
        items.push(text.slice(itemStart, at))
        return { start, end, items, isSequence: false }
      }
      const sequence = sequenceOf(inner)
      return sequence && { start, end, items: sequence, isSequence: true }
    }
  }
  return undefined
}

/** The index behind one character, quoted string or `${ }`/`$( )`. */
function afterUnit(text: string, at: number): number {
  const character = text[at]
  if (character === '\\') return at + 2
  if (character === "'") return closing(text, at, "'")
  if (character === '"') return closing(text, at, '"')
  if (character === '`') return closing(text, at, '`')
  if (character === '$' && text[at + 1] === '{') return balanced(text, at + 1, '{', '}')
  if (character === '$' && text[at + 1] === '(') return balanced(text, at + 1, '(', ')')
  return at + 1
}

function closing(text: string, at: number, quote: string): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote !== "'") i++
    else if (text[i] === quote) return i + 1
  }
  return text.length
}

function balanced(text: string, at: number, open: string, close: string): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === open) depth++
    else if (text[i] === close && --depth === 0) return i + 1
  }
  return text.length
}

const ITEMS_MAX = 100_000

function sequenceOf(inner: string): readonly string[] | undefined {
  const numbers = /^([+-]?\d+)\.\.([+-]?\d+)(?:\.\.([+-]?\d+))?$/.exec(inner)
  if (numbers !== null) {
    const [, from = '', to = '', step = '1'] = numbers
    const isPadded = /^[+-]?0\d/.test(from) || /^[+-]?0\d/.test(to)
    const width = isPadded ? Math.max(from.length, to.length) : 0
    return range(Number(from), Number(to), Number(step)).map((value) => padded(value, width))
  }
  const letters = /^([A-Za-z])\.\.([A-Za-z])(?:\.\.([+-]?\d+))?$/.exec(inner)
  if (letters === null) return undefined
  const [, from = '', to = '', step = '1'] = letters
  return range(from.charCodeAt(0), to.charCodeAt(0), Number(step)).map((code) =>
    String.fromCharCode(code),
  )
}

function range(from: number, to: number, step: number): number[] {
  const size = Math.max(1, Math.abs(step))
  const count = Math.min(Math.floor(Math.abs(to - from) / size) + 1, ITEMS_MAX)
  const direction = from <= to ? size : -size
  return Array.from({ length: count }, (_, index) => from + index * direction)
}

function padded(value: number, width: number): string {
  const digits = String(Math.abs(value)).padStart(value < 0 ? width - 1 : width, '0')
  return value < 0 ? `-${digits}` : digits
}
