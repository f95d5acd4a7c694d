export type ParsedOptions = {
  /** Short and long names alike, without dashes; flags have an empty value. */
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly operands: readonly string[]
  /** The first option that is not known, as it was written. */
  readonly unknown?: string
  /** An option that lacks its value. */
  readonly missing?: string
}

export type OptionShape = {
  /** Short options without a value, such as `sSi`. */
  readonly flags: string
  /** Short options with a value. */
  readonly valued: string
  /** Long options: the short or long name they stand for, and whether they take a value. */
  readonly long?: Readonly<Record<string, { readonly as: string; readonly valued?: boolean }>>
}

/** Options and operands in any order, as GNU and busybox tools take them. */
export function parseOptions(argv: readonly string[], shape: OptionShape): ParsedOptions {
  const values = new Map<string, string[]>()
  const operands: string[] = []
  const put = (name: string, value: string) => {
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else known.push(value)
  }
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') return { values, operands: [...operands, ...argv.slice(at + 1)] }
    if (word.startsWith('--')) {
      const [name, inline] = splitOnce(word.slice(2), '=')
      const long = shape.long?.[name]
      if (long === undefined) return { values, operands, unknown: word }
      if (long.valued !== true) put(long.as, '')
      else if (inline !== undefined) put(long.as, inline)
      else if (++at < argv.length) put(long.as, argv[at] ?? '')
      else return { values, operands, missing: word }
    } else if (word.startsWith('-') && word !== '-') {
      for (let i = 1; i < word.length; i++) {
        const letter = word.charAt(i)
        if (shape.flags.includes(letter)) {
          put(letter, '')
          continue
        }
        if (!shape.valued.includes(letter)) return { values, operands, unknown: `-${letter}` }
        const attached = word.slice(i + 1)
        if (attached !== '') put(letter, attached)
        else if (++at < argv.length) put(letter, argv[at] ?? '')
        else return { values, operands, missing: `-${letter}` }
        break
      }
    } else operands.push(word)
  }
  return { values, operands }
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The last value given for an option. */
export function lastOf(options: ParsedOptions, name: string): string | undefined {
  return options.values.get(name)?.at(-1)
}
