import { joinPath } from '#sim/kernel/os/paths.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { eachInput, LineReader } from './input.ts'
import { escapeRegExp, posixRegExp } from './regex.ts'
import { type Options, parseOptions, type Tool, toolName, UsageError } from './tool.ts'

export const grep: Tool = function* (proc, flavor) {
  const options = parseOptions(withCount(proc.argv.slice(1)), {
    flags: 'EFGPivcnolLqrRwxshHaIzZ',
    values: 'efmABCdD',
    long: {
      'extended-regexp': 'E',
      'fixed-strings': 'F',
      'basic-regexp': 'G',
      'perl-regexp': 'P',
      'ignore-case': 'i',
      'invert-match': 'v',
      count: 'c',
      'line-number': 'n',
      'only-matching': 'o',
      'files-with-matches': 'l',
      'files-without-match': 'L',
      quiet: 'q',
      silent: 'q',
      recursive: 'r',
      'word-regexp': 'w',
      'line-regexp': 'x',
      'no-messages': 's',
      'no-filename': 'h',
      'with-filename': 'H',
      text: 'a',
      regexp: 'e',
      file: 'f',
      'max-count': 'm',
      'after-context': 'A',
      'before-context': 'B',
      context: 'C',
      color: 'a',
      colour: 'a',
      'line-buffered': 'a',
      include: 'D',
    },
    status: 2,
  })
  const { patterns, operands } = patternsOf(proc, options)
  const matcher = newMatcher(patterns, options, toolName(proc))
  const isRecursive = options.has('r') || options.has('R')
  const names = isRecursive
    ? (operands.length === 0 ? ['.'] : operands).flatMap((name) => filesBelow(proc, name))
    : operands
  const showsName =
    !options.has('h') &&
    (options.has('H') || names.length > 1 || (isRecursive && !isOneFile(proc, operands)))
  let hasMatch = false
  let isDone = false
  const failed = yield* eachInput(proc, names, flavor, function* (fd, name) {
    if (isDone) return
    const search = new Search(proc, options, matcher, showsName ? labelOf(name) : undefined)
    const count = yield* search.run(fd, labelOf(name))
    if (count > 0) hasMatch = true
    if (hasMatch && options.has('q')) isDone = true
  })
  if (hasMatch && options.has('q')) return 0
  if (failed !== 0 && !options.has('s')) return 2
  return hasMatch ? 0 : 1
}

/** `-3` is `-C 3`. */
function withCount(args: readonly string[]): readonly string[] {
  return args.map((arg) => (/^-\d+$/.test(arg) ? `-C${arg.slice(1)}` : arg))
}

function labelOf(name: string): string {
  return name === '-' ? '(standard input)' : name
}

function isOneFile(proc: OsProcess, operands: readonly string[]): boolean {
  const [only] = operands
  return (
    operands.length === 1 && only !== undefined && !proc.host.fs.isDirectory(proc.resolvePath(only))
  )
}

function filesBelow(proc: OsProcess, name: string): readonly string[] {
  const { fs } = proc.host
  const path = proc.resolvePath(name)
  if (!fs.isDirectory(path)) return [name]
  return fs
    .readdir(path)
    .flatMap((each) => filesBelow(proc, name === '.' ? each : joinPath(name, each)))
}

function patternsOf(
  proc: OsProcess,
  options: Options,
): { readonly patterns: readonly string[]; readonly operands: readonly string[] } {
  const fromFiles = options
    .values('f')
    .flatMap((path) => proc.host.fs.readText(proc.resolvePath(path)).replace(/\n$/, '').split('\n'))
  const given = [...options.values('e').flatMap((text) => text.split('\n')), ...fromFiles]
  if (options.has('e') || options.has('f')) return { patterns: given, operands: options.operands }
  const [pattern, ...operands] = options.operands
  if (pattern === undefined) {
    throw new UsageError('usage: grep [OPTION]... PATTERNS [FILE]...', 2)
  }
  return { patterns: pattern.split('\n'), operands }
}

function newMatcher(patterns: readonly string[], options: Options, name: string): RegExp {
  const isFixed = options.has('F') || name === 'fgrep'
  const isExtended = options.has('E') || name === 'egrep'
  const sources = patterns.map((pattern) => {
    if (isFixed) return escapeRegExp(pattern)
    return options.has('P') ? pattern : posixRegExp(pattern, isExtended).source
  })
  let source = sources.map((each) => (sources.length > 1 ? `(?:${each})` : each)).join('|')
  if (options.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`
  if (options.has('x')) source = `^(?:${source})$`
  return new RegExp(source, options.has('i') ? 'gi' : 'g')
}

class Search {
  readonly #proc: OsProcess
  readonly #options: Options
  readonly #matcher: RegExp
  readonly #label: string | undefined
  readonly #before: number
  readonly #after: number

  constructor(proc: OsProcess, options: Options, matcher: RegExp, label: string | undefined) {
    this.#proc = proc
    this.#options = options
    this.#matcher = matcher
    this.#label = label
    const context = options.value('C') ?? '0'
    this.#before = Number(options.value('B') ?? context)
    this.#after = Number(options.value('A') ?? context)
  }

  /** Prints what matches; gives how many lines did. */
  *run(fd: number, name: string): Task<number> {
    const options = this.#options
    const reader = new LineReader(this.#proc, fd)
    const max = Number(options.value('m') ?? Infinity)
    const isSilent = ['q', 'c', 'l', 'L'].some((letter) => options.has(letter))
    let count = 0
    let number = 0
    let lastShown = 0
    let trailing = 0
    const held: string[] = []
    while (count < max || trailing > 0) {
      const line = yield* reader.next()
      if (line === undefined) break
      number++
      this.#matcher.lastIndex = 0
      const isMatch = count < max && this.#matcher.test(line) !== options.has('v')
      if (isMatch) {
        count++
        if (options.has('q')) return count
        if (isSilent) continue
        const hasContext = this.#before > 0 || this.#after > 0
        if (hasContext && lastShown > 0 && number - held.length > lastShown + 1) {
          yield* this.#proc.write(1, '--\n')
        }
        for (const [index, each] of held.entries()) {
          yield* this.#show(each, number - held.length + index, '-')
        }
        held.length = 0
        yield* this.#show(line, number, ':')
        lastShown = number
        trailing = this.#after
      } else if (trailing > 0) {
        trailing--
        yield* this.#show(line, number, '-')
        lastShown = number
      } else if (this.#before > 0) {
        held.push(line)
        if (held.length > this.#before) held.shift()
      }
    }
    yield* this.#summary(count, name)
    return count
  }

  *#show(line: string, number: number, mark: string): Task {
    const options = this.#options
    const label = this.#label === undefined ? '' : `${this.#label}${mark}`
    const head = label + (options.has('n') ? `${number}${mark}` : '')
    if (!options.has('o')) return yield* this.#proc.write(1, `${head}${line}\n`)
    if (options.has('v') || mark !== ':') return
    this.#matcher.lastIndex = 0
    for (const [match] of line.matchAll(this.#matcher)) {
      if (match !== '') yield* this.#proc.write(1, `${head}${match}\n`)
    }
  }

  *#summary(count: number, name: string): Task {
    const options = this.#options
    if (options.has('c')) {
      const label = this.#label === undefined ? '' : `${this.#label}:`
      yield* this.#proc.write(1, `${label}${count}\n`)
    }
    const isListed = (options.has('l') && count > 0) || (options.has('L') && count === 0)
    if (isListed) yield* this.#proc.write(1, `${name}\n`)
  }
}
