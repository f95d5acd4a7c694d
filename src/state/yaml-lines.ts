/** A line of YAML as coloured pieces: what a read-only view of an object needs. */
export type YamlLine = readonly YamlPiece[]
export type YamlPiece = {
  readonly kind: 'key' | 'string' | 'other' | 'plain'
  readonly text: string
}

/** An object as YAML in block style, keys in the order the object has them. */
export function yamlLines(value: unknown): readonly YamlLine[] {
  if (!isNode(value)) return scalarLines(value, '', [])
  return blockLines(value, '')
}

export function yamlText(lines: readonly YamlLine[]): string {
  return lines.map((line) => line.map((piece) => piece.text).join('')).join('\n') + '\n'
}

function isNode(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}

function blockLines(value: object, indent: string): readonly YamlLine[] {
  if (Array.isArray(value)) return value.flatMap((entry: unknown) => entryLines(entry, indent))
  return Object.entries(value).flatMap(([key, child]) => fieldLines(key, child, indent))
}

function fieldLines(key: string, child: unknown, indent: string): readonly YamlLine[] {
  const head: YamlPiece[] = [
    { kind: 'plain', text: indent },
    { kind: 'key', text: scalarText(key) },
    { kind: 'plain', text: ':' },
  ]
  if (!isNode(child)) return scalarLines(child, indent, head)
  // A list stands under its key without indentation, as kubectl prints it.
  const childIndent = Array.isArray(child) ? indent : `${indent}  `
  return [head, ...blockLines(child, childIndent)]
}

function entryLines(entry: unknown, indent: string): readonly YamlLine[] {
  const dash: YamlPiece = { kind: 'plain', text: `${indent}- ` }
  if (!isNode(entry)) return scalarLines(entry, `${indent}  `, [dash], '')
  const [first, ...rest] = blockLines(entry, `${indent}  `)
  if (first === undefined) return []
  // The dash takes the place of the first line's indentation.
  const [, ...pieces] = first
  const isNested = Array.isArray(entry)
  return [isNested ? [dash, ...trimmed(first, indent)] : [dash, ...pieces], ...rest]
}

function trimmed(line: YamlLine, indent: string): YamlLine {
  const [head, ...rest] = line
  return head === undefined ? [] : [{ ...head, text: head.text.slice(indent.length + 2) }, ...rest]
}

function scalarLines(
  value: unknown,
  indent: string,
  head: readonly YamlPiece[],
  gap = head.length === 0 ? '' : ' ',
): readonly YamlLine[] {
  if (typeof value === 'string' && isBlockText(value)) {
    const chomp = value.endsWith('\n') ? '' : '-'
    const body = (chomp === '' ? value.slice(0, -1) : value).split('\n')
    return [
      [...head, { kind: 'other', text: `${gap}|${chomp}` }],
      ...body.map((text): YamlLine => [
        { kind: 'string', text: text === '' ? '' : `${indent}  ${text}` },
      ]),
    ]
  }
  const kind = typeof value === 'string' ? 'string' : 'other'
  return [[...head, { kind: 'plain', text: gap }, { kind, text: scalarText(value) }]]
}

/** Text of several lines that block style can carry as it is. */
function isBlockText(value: string): boolean {
  return (
    value.includes('\n') &&
    !value.endsWith('\n\n') &&
    !/^[\s]/.test(value) &&
    !/[^\n\x20-\x7E]/.test(value)
  )
}

function scalarText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return needsQuotes(value) ? JSON.stringify(value) : value
}

/** Numbers in any of YAML's notations, and dates: text that would come back as something else. */
const NUMBER_LIKE =
  /^([-+]?(\.\d+|\d[\d_]*(\.[\d_]*)?)([eE][-+]?\d+)?|[-+]?0[xob][\dA-Fa-f_]+|[-+]?\d+(:[0-5]?\d)+(\.\d*)?|\d{4}-\d\d?-\d\d?.*)$/

function needsQuotes(value: string): boolean {
  return (
    !/^[A-Za-z0-9_/.$][A-Za-z0-9_/.$ @:+,()='*%<>&;!?~^[\]{}|"\\-]*$/.test(value) ||
    /: |:$| #|\s$|^[?] |^[&*!|>'"%@`]/.test(value) ||
    /^(true|false|yes|no|on|off|y|n|null|~|\.inf|\.nan)$/i.test(value) ||
    NUMBER_LIKE.test(value)
  )
}

/** Places in the new text whose line does not stand in the old one, by the longest common order. */
export function changedLines(
  before: readonly YamlLine[],
  after: readonly YamlLine[],
): ReadonlySet<number> {
  const old = before.map(lineText)
  const changed = new Set<number>()
  let place = 0
  for (const [index, line] of after.entries()) {
    const found = old.indexOf(lineText(line), place)
    if (found < 0) changed.add(index)
    else place = found + 1
  }
  return changed
}

function lineText(line: YamlLine): string {
  return line.map((piece) => piece.text).join('')
}

export type DiffLine = { readonly sign: '+' | '-'; readonly line: YamlLine }

/** What goes and what comes, in the order of the text; what stays is left out. */
export function diffLines(
  before: readonly YamlLine[],
  after: readonly YamlLine[],
): readonly DiffLine[] {
  const old = before.map(lineText)
  const now = after.map(lineText)
  const common = commonLengths(old, now)
  const diff: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++
      j++
    } else if (
      j >= now.length ||
      (i < old.length && at(common, i + 1, j) >= at(common, i, j + 1))
    ) {
      diff.push({ sign: '-', line: before[i++] ?? [] })
    } else diff.push({ sign: '+', line: after[j++] ?? [] })
  }
  return diff
}

/** Length of the longest common subsequence of every pair of ends. */
function commonLengths(old: readonly string[], now: readonly string[]): readonly number[][] {
  const lengths = Array.from({ length: old.length + 1 }, () =>
    Array.from({ length: now.length + 1 }, () => 0),
  )
  for (let i = old.length - 1; i >= 0; i--) {
    const row = lengths[i] ?? []
    for (let j = now.length - 1; j >= 0; j--) {
      row[j] =
        old[i] === now[j]
          ? at(lengths, i + 1, j + 1) + 1
          : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1))
    }
  }
  return lengths
}

function at(lengths: readonly number[][], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0
}
