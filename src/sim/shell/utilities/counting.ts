import { addFile, allLines, closeFd, eachInput, eachLine, OutputBuffer } from './input.ts'
import { complain, errnoText, parseOptions, type Tool, UsageError } from './tool.ts'
import { OsError } from '#sim/kernel/os/types.ts'
import { Utf8Decoder } from '#sim/kernel/os/utf8.ts'

type Counts = { lines: number; words: number; bytes: number; characters: number; longest: number }

export const wc: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'lwcmL',
    long: { lines: 'l', words: 'w', bytes: 'c', chars: 'm', 'max-line-length': 'L' },
  })
  const isDefault = !'lwcmL'.split('').some((letter) => options.has(letter))
  const shows = (letter: string): boolean =>
    options.has(letter) || (isDefault && 'lwc'.includes(letter))
  const rows: { readonly counts: Counts; readonly name: string }[] = []
  const total: Counts = { lines: 0, words: 0, bytes: 0, characters: 0, longest: 0 }
  const status = yield* eachInput(proc, options.operands, flavor, function* (fd, name) {
    const counts: Counts = { lines: 0, words: 0, bytes: 0, characters: 0, longest: 0 }
    const decoder = new Utf8Decoder()
    let isInWord = false
    let column = 0
    for (;;) {
      const chunk = yield* proc.read(fd)
      if (chunk === undefined) break
      counts.bytes += chunk.length
      for (const character of decoder.push(chunk)) {
        counts.characters++
        if (character === '\n') {
          counts.lines++
          column = 0
        } else column++
        counts.longest = Math.max(counts.longest, column)
        const isBlank = /\s/.test(character)
        if (!isBlank && !isInWord) counts.words++
        isInWord = !isBlank
      }
    }
    for (const key of ['lines', 'words', 'bytes', 'characters'] as const) total[key] += counts[key]
    total.longest = Math.max(total.longest, counts.longest)
    rows.push({ counts, name: options.operands.length === 0 ? '' : name })
  })
  if (options.operands.length > 1) rows.push({ counts: total, name: 'total' })
  const numbersOf = (counts: Counts): number[] => [
    ...(shows('l') ? [counts.lines] : []),
    ...(shows('w') ? [counts.words] : []),
    ...(shows('m') ? [counts.characters] : []),
    ...(shows('c') ? [counts.bytes] : []),
    ...(shows('L') ? [counts.longest] : []),
  ]
  const isSingle = rows.length === 1 && numbersOf(total).length === 1
  // GNU pads to the width of the largest number; unnamed input has no size to go by.
  const fromFiles = options.operands.length > 0 && !options.operands.includes('-')
  const width = isSingle ? 0 : fromFiles ? String(total.bytes).length : 7
  for (const { counts, name } of rows) {
    const numbers = numbersOf(counts).map((number) => String(number).padStart(width))
    yield* proc.write(1, `${[...numbers, ...(name === '' ? [] : [name])].join(' ')}\n`)
  }
  return status
}

export const uniq: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'cdui',
    values: 'fsw',
    long: { count: 'c', repeated: 'd', unique: 'u', 'ignore-case': 'i' },
  })
  const fields = Number(options.value('f') ?? '0')
  const skip = Number(options.value('s') ?? '0')
  const keyOf = (line: string): string => {
    const rest = line.replace(new RegExp(`^(?:\\s*\\S+){0,${fields}}`), '').slice(skip)
    const cut = options.has('w') ? rest.slice(0, Number(options.value('w'))) : rest
    return options.has('i') ? cut.toLowerCase() : cut
  }
  let held: { readonly line: string; readonly key: string; count: number } | undefined
  const shown = (): string | undefined => {
    if (held === undefined) return undefined
    if (options.has('d') && held.count === 1) return undefined
    if (options.has('u') && held.count > 1) return undefined
    return options.has('c') ? `${String(held.count).padStart(7)} ${held.line}` : held.line
  }
  const status = yield* eachLine(proc, options.operands.slice(0, 1), flavor, function* (line) {
    const key = keyOf(line)
    if (held?.key === key) {
      held.count++
      return
    }
    const text = shown()
    held = { line, key, count: 1 }
    if (text !== undefined) yield* proc.write(1, `${text}\n`)
  })
  const text = shown()
  if (text !== undefined) yield* proc.write(1, `${text}\n`)
  return status
}

export const tee: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'ai', long: { append: 'a' } })
  const fds: number[] = [1]
  let status = 0
  for (const path of options.operands) {
    try {
      const isAppending = options.has('a')
      const file = yield* proc.open(path, {
        write: true,
        create: true,
        truncate: !isAppending,
        append: isAppending,
      })
      fds.push(addFile(proc, file))
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      status = 1
      yield* complain(proc, `${path}: ${errnoText(error)}`)
    }
  }
  for (;;) {
    const chunk = yield* proc.read(0)
    if (chunk === undefined) break
    for (const fd of fds) yield* proc.writeBytes(fd, chunk)
  }
  for (const fd of fds.slice(1)) closeFd(proc, fd)
  return status
}

/** `2,4-6,8-` as a test of positions counted from 1. */
function listOf(text: string): (position: number) => boolean {
  const ranges = text.split(',').map((part) => {
    const match = /^(\d*)(-?)(\d*)$/.exec(part)
    if (match === null || part === '' || part === '-') {
      throw new UsageError(`invalid field value '${part}'`)
    }
    const from = Number(match[1] || 1)
    return [from, match[2] === '' ? from : Number(match[3] || Infinity)] as const
  })
  return (position) => ranges.some(([from, to]) => position >= from && position <= to)
}

export const cut: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'sn',
    values: 'dfcbO',
    long: {
      delimiter: 'd',
      fields: 'f',
      characters: 'c',
      bytes: 'b',
      'only-delimited': 's',
      'output-delimiter': 'O',
    },
  })
  const list = options.value('f') ?? options.value('c') ?? options.value('b')
  if (list === undefined) {
    throw new UsageError('you must specify a list of bytes, characters, or fields')
  }
  const isWanted = listOf(list)
  const delimiter = options.value('d') ?? '\t'
  const byFields = options.has('f')
  const joiner = options.value('O') ?? (byFields ? delimiter : '')
  return yield* eachLine(proc, options.operands, flavor, function* (line) {
    if (byFields && !line.includes(delimiter)) {
      if (!options.has('s')) yield* proc.write(1, `${line}\n`)
      return
    }
    const parts = byFields ? line.split(delimiter) : Array.from(line)
    const kept = parts.filter((_, index) => isWanted(index + 1))
    yield* proc.write(1, `${kept.join(joiner)}\n`)
  })
}

export const paste: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 's',
    values: 'd',
    long: { serial: 's', delimiters: 'd' },
  })
  const delimiters = Array.from(
    (options.value('d') ?? '\t').replaceAll('\\n', '\n').replaceAll('\\t', '\t'),
  )
  const names = options.operands.length === 0 ? ['-'] : options.operands
  const out = new OutputBuffer(proc)
  let status = 0
  const files: string[][] = []
  // Several `-` take turns at the same input.
  const dashes = names.filter((name) => name === '-').length
  const input = dashes > 0 ? yield* allLines(proc, ['-'], flavor) : undefined
  let turn = 0
  for (const name of names) {
    if (name === '-') {
      const mine = turn++
      files.push(input?.lines.filter((_, index) => index % dashes === mine) ?? [])
    } else {
      const { lines, status: failed } = yield* allLines(proc, [name], flavor)
      status ||= failed
      files.push(lines)
    }
  }
  const join = (parts: readonly string[]): string =>
    parts.reduce(
      (text, part, index) => text + (delimiters[(index - 1) % delimiters.length] ?? '') + part,
    )
  if (options.has('s')) {
    for (const lines of files) yield* out.line(lines.length === 0 ? '' : join(lines))
  } else {
    const height = Math.max(0, ...files.map((lines) => lines.length))
    for (let row = 0; row < height; row++) {
      yield* out.line(join(files.map((lines) => lines[row] ?? '')))
    }
  }
  yield* out.flush()
  return status
}
