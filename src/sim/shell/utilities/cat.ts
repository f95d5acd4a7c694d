import { eachInput, LineReader, OutputBuffer } from './input.ts'
import { parseOptions, type Tool } from './tool.ts'
import { allLines } from './input.ts'

/** Passes bytes on as they come; only -n, -b, -E and their like look at lines. */
export const cat: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'AbeEnstTuv',
    long: { number: 'n', 'show-all': 'A', 'number-nonblank': 'b', 'squeeze-blank': 's' },
  })
  const all = options.has('A')
  const showsEnds = all || options.has('E') || options.has('e')
  const showsTabs = all || options.has('T') || options.has('t')
  const numbers = options.has('n') || options.has('b')
  const isPlain = !numbers && !showsEnds && !showsTabs && !options.has('s')
  let lineNumber = 0
  let wasBlank = false
  return yield* eachInput(proc, options.operands, flavor, function* (fd) {
    if (isPlain) {
      for (;;) {
        const chunk = yield* proc.read(fd)
        if (chunk === undefined) return
        yield* proc.writeBytes(1, chunk)
      }
    }
    const reader = new LineReader(proc, fd)
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) return
      const isBlank = line === ''
      if (options.has('s') && isBlank && wasBlank) continue
      wasBlank = isBlank
      const isNumbered = numbers && !(options.has('b') && isBlank)
      const number = isNumbered ? `${String(++lineNumber).padStart(6)}\t` : ''
      const text = showsTabs ? line.replaceAll('\t', '^I') : line
      const end = reader.hasFinalNewline ? `${showsEnds ? '$' : ''}\n` : ''
      yield* proc.write(1, number + text + end)
    }
  })
}

export const tac: Tool = function* (proc, flavor) {
  const { operands } = parseOptions(proc.argv.slice(1), {})
  const { lines, status } = yield* allLines(proc, operands, flavor)
  const out = new OutputBuffer(proc)
  for (const line of lines.reverse()) yield* out.line(line)
  yield* out.flush()
  return status
}

export const rev: Tool = function* (proc, flavor) {
  const { operands } = parseOptions(proc.argv.slice(1), {})
  return yield* eachInput(proc, operands, flavor, function* (fd) {
    const reader = new LineReader(proc, fd)
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) return
      yield* proc.write(1, `${Array.from(line).reverse().join('')}\n`)
    }
  })
}

export const nl: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), { values: 'bwsv' })
  const width = Number(options.value('w') ?? '6')
  const separator = options.value('s') ?? '\t'
  const countsBlank = options.value('b') === 'a'
  let number = Number(options.value('v') ?? '1')
  return yield* eachInput(proc, options.operands, flavor, function* (fd) {
    const reader = new LineReader(proc, fd)
    for (;;) {
      const line = yield* reader.next()
      if (line === undefined) return
      const isCounted = line !== '' || countsBlank
      const head = isCounted ? String(number++).padStart(width) + separator : ' '.repeat(width + 1)
      yield* proc.write(1, `${head}${line}\n`)
    }
  })
}
