import { eachInput } from './input.ts'
import { parseOptions, type Tool } from './tool.ts'

/** more and less: everything at once. Simplified: the terminal scrolls back by itself. */
export const pager: Tool = function* (proc, flavor) {
  const { operands } = parseOptions(proc.argv.slice(1), { flags: 'RFXSNEiKn', long: {} })
  return yield* eachInput(proc, operands, flavor, function* (fd) {
    for (;;) {
      const chunk = yield* proc.read(fd)
      if (chunk === undefined) return
      yield* proc.writeBytes(1, chunk)
    }
  })
}

export const column: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'te',
    values: 'so',
    long: { table: 't', separator: 's' },
  })
  const rows: string[][] = []
  let text = ''
  const status = yield* eachInput(proc, options.operands, flavor, function* (fd) {
    text += yield* proc.readAll(fd)
  })
  const separator = options.value('s')
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    rows.push(separator === undefined ? line.trim().split(/\s+/) : line.split(separator))
  }
  if (!options.has('t')) {
    yield* proc.write(1, text)
    return status
  }
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
  }
  const gap = options.value('o') ?? '  '
  for (const row of rows) {
    const cells = row.map((cell, index) =>
      index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0),
    )
    yield* proc.write(1, `${cells.join(gap)}\n`)
  }
  return status
}
