import { FlagError } from './errors.ts'

export type FlagType = 'bool' | 'string' | 'int' | 'strings' | 'list' | 'duration' | 'int32'

/**
 * One flag. `strings` takes each occurrence as it is, `list` also splits at commas. A flag with
 * `whenBare` may stand without a value and then means that.
 */
export type FlagSpec = {
  readonly name: string
  readonly short?: string
  readonly type: FlagType
  readonly default?: string
  readonly whenBare?: string
  readonly required?: boolean
  readonly deprecated?: string
  readonly usage: string
}

type Found = { readonly spec: FlagSpec; readonly values: string[] }

/** The parsed command line of one verb. */
export class Flags {
  readonly #specs: ReadonlyMap<string, FlagSpec>
  readonly #found = new Map<string, Found>()
  readonly args: string[] = []
  /** How many arguments came before `--`; undefined where there was none. */
  dashAt: number | undefined

  constructor(specs: readonly FlagSpec[]) {
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]))
  }

  isSet(name: string): boolean {
    return this.#found.has(name)
  }

  has(name: string): boolean {
    return this.#specs.has(name)
  }

  string(name: string): string {
    return this.#last(name) ?? ''
  }

  bool(name: string): boolean {
    return parseBool(this.#last(name) ?? 'false') === true
  }

  int(name: string): number {
    return Number(this.#last(name) ?? '0')
  }

  strings(name: string): string[] {
    const found = this.#found.get(name)
    if (found === undefined) return []
    return found.spec.type === 'list'
      ? found.values.flatMap((value) => (value === '' ? [] : value.split(',')))
      : found.values
  }

  durationMs(name: string): number {
    return parseDuration(this.#last(name) ?? '0s') ?? 0
  }

  set(spec: FlagSpec, value: string): void {
    const found = this.#found.get(spec.name)
    if (found === undefined) this.#found.set(spec.name, { spec, values: [value] })
    else found.values.push(value)
  }

  deprecations(): string[] {
    return [...this.#found.values()].flatMap(({ spec }) =>
      spec.deprecated === undefined
        ? []
        : [`Flag --${spec.name} has been deprecated, ${spec.deprecated}`],
    )
  }

  missingRequired(): string[] {
    return [...this.#specs.values()]
      .filter((spec) => spec.required === true && !this.#found.has(spec.name))
      .map((spec) => spec.name)
  }

  #last(name: string): string | undefined {
    return this.#found.get(name)?.values.at(-1) ?? this.#specs.get(name)?.default
  }
}

/** Reads words as pflag does: flags may stand between arguments until `--`. */
export function parseFlags(specs: readonly FlagSpec[], words: readonly string[]): Flags {
  const flags = new Flags(specs)
  const byName = new Map(specs.map((spec) => [spec.name, spec]))
  const byShort = new Map(
    specs.flatMap((spec) => (spec.short === undefined ? [] : [[spec.short, spec]])),
  )
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--') {
      flags.dashAt = flags.args.length
      flags.args.push(...words.slice(at + 1))
      break
    }
    if (word.startsWith('--')) at += longFlag(flags, byName, word, words[at + 1])
    else if (word.startsWith('-') && word.length > 1)
      at += shortFlags(flags, byShort, word, words[at + 1])
    else flags.args.push(word)
  }
  return flags
}

// Each returns how many of the following words it used up.
function longFlag(
  flags: Flags,
  specs: ReadonlyMap<string, FlagSpec>,
  word: string,
  next: string | undefined,
): number {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const spec = specs.get(name)
  if (spec === undefined) throw new FlagError(`unknown flag: --${name}`)
  if (equals >= 0) {
    setChecked(flags, spec, word.slice(equals + 1))
    return 0
  }
  const bare = bareValue(spec)
  if (bare !== undefined) {
    flags.set(spec, bare)
    return 0
  }
  if (next === undefined) throw new FlagError(`flag needs an argument: --${name}`)
  setChecked(flags, spec, next)
  return 1
}

function shortFlags(
  flags: Flags,
  specs: ReadonlyMap<string, FlagSpec | string>,
  word: string,
  next: string | undefined,
): number {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    const spec = specs.get(letter)
    if (spec === undefined || typeof spec === 'string')
      throw new FlagError(`unknown shorthand flag: '${letter}' in ${word}`)
    const rest = word.slice(at + 1)
    const bare = bareValue(spec)
    if (rest.startsWith('=')) {
      setChecked(flags, spec, rest.slice(1))
      return 0
    }
    if (bare !== undefined) {
      flags.set(spec, bare)
      continue
    }
    if (rest !== '') {
      setChecked(flags, spec, rest)
      return 0
    }
    if (next === undefined) throw new FlagError(`flag needs an argument: '${letter}' in ${word}`)
    setChecked(flags, spec, next)
    return 1
  }
  return 0
}

function bareValue(spec: FlagSpec): string | undefined {
  return spec.whenBare ?? (spec.type === 'bool' ? 'true' : undefined)
}

function setChecked(flags: Flags, spec: FlagSpec, value: string): void {
  const problem = problemWith(spec.type, value)
  if (problem !== undefined) {
    const shown = spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`
    throw new FlagError(`invalid argument "${value}" for "${shown}" flag: ${problem}`)
  }
  flags.set(spec, value)
}

function problemWith(type: FlagType, value: string): string | undefined {
  switch (type) {
    case 'bool':
      return parseBool(value) === undefined
        ? `strconv.ParseBool: parsing "${value}": invalid syntax`
        : undefined
    case 'int':
    case 'int32':
      return /^[-+]?\d+$/.test(value)
        ? undefined
        : `strconv.ParseInt: parsing "${value}": invalid syntax`
    case 'duration':
      return parseDuration(value) === undefined ? `time: invalid duration "${value}"` : undefined
    case 'string':
    case 'strings':
    case 'list':
      return undefined
  }
}

export function parseBool(text: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text)) return false
  return undefined
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** A Go duration such as `1m30s`, in milliseconds. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = /^([-+]?)((?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.exec(text)
  if (match === null) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0)
  }
  return match[1] === '-' ? -total : total
}
