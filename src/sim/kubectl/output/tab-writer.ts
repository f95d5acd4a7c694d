/** Columns whose cells are padded to the widest, as kubectl's tables are. */
export class TableWriter {
  readonly #minWidth: number
  readonly #padding: number
  readonly #remembered: number[] | undefined

  /** `remembers`: a later block is at least as wide as all blocks before it. */
  constructor(options: { minWidth: number; padding: number; remembers: boolean }) {
    this.#minWidth = options.minWidth
    this.#padding = options.padding
    this.#remembered = options.remembers ? [] : undefined
  }

  /** Lays out rows as one block. The last cell of a row is never padded. */
  format(rows: readonly (readonly string[])[]): string {
    const widths: number[] = []
    for (const row of rows) {
      for (let at = 0; at < row.length - 1; at++) {
        const width = Math.max(this.#minWidth, runeLength(row[at] ?? '') + this.#padding)
        widths[at] = Math.max(widths[at] ?? 0, this.#remembered?.[at] ?? 0, width)
      }
    }
    if (this.#remembered !== undefined) {
      for (const [at, width] of widths.entries()) this.#remembered[at] = width
    }
    return rows.map((row) => `${this.#line(row, widths)}\n`).join('')
  }

  #line(row: readonly string[], widths: readonly number[]): string {
    return row
      .map((cell, at) => (at === row.length - 1 ? cell : pad(cell, widths[at] ?? 0)))
      .join('')
  }
}

/**
 * Text with elastic tab stops: a column is as wide as the widest cell in the run of consecutive
 * lines that have it. Upstream: text/tabwriter with minimum width 0, as describe uses it.
 */
export function elasticTabs(text: string, options = { minWidth: 0, padding: 2 }): string {
  const hasEnd = text.endsWith('\n')
  const lines = (hasEnd ? text.slice(0, -1) : text).split('\n').map((line) => line.split('\t'))
  const out: string[] = []
  layOut(lines, 0, lines.length, [], options, out)
  return out.join('\n') + (hasEnd ? '\n' : '')
}

function layOut(
  lines: readonly string[][],
  from: number,
  to: number,
  widths: number[],
  options: { minWidth: number; padding: number },
  out: string[],
): void {
  const column = widths.length
  let start = from
  for (let at = from; at < to; at++) {
    if (column >= cellsOf(lines, at) - 1) continue
    writeLines(lines, start, at, widths, out)
    start = at
    let width = options.minWidth
    for (; at < to && column < cellsOf(lines, at) - 1; at++) {
      width = Math.max(width, runeLength(lines[at]?.[column] ?? '') + options.padding)
    }
    layOut(lines, start, at, [...widths, width], options, out)
    start = at
  }
  writeLines(lines, start, to, widths, out)
}

function cellsOf(lines: readonly string[][], at: number): number {
  return lines[at]?.length ?? 0
}

function writeLines(
  lines: readonly string[][],
  from: number,
  to: number,
  widths: readonly number[],
  out: string[],
): void {
  for (const cells of lines.slice(from, to)) {
    out.push(
      cells.map((cell, at) => (at < widths.length ? pad(cell, widths[at] ?? 0) : cell)).join(''),
    )
  }
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - runeLength(cell)))
}

export function runeLength(text: string): number {
  let length = 0
  for (const _ of text) length++
  return length
}
