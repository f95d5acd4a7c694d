import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { eachInput, LineReader } from './input.ts'
import { parseSed, type SedAddress, type SedCommand } from './sed-script.ts'
import { complain, parseOptions, type Tool, UsageError } from './tool.ts'

export const sed: Tool = function* (proc, flavor) {
  const args = proc.argv.slice(1)
  // `-i` may carry a suffix for the copy of the old file, and only in the same word.
  const suffix = args.find((arg) => /^-i./.test(arg))?.slice(2)
  const options = parseOptions(
    args.map((arg) => (/^-i./.test(arg) ? '-i' : arg)),
    {
      flags: 'nErsiuz',
      values: 'ef',
      long: {
        quiet: 'n',
        silent: 'n',
        'regexp-extended': 'E',
        expression: 'e',
        file: 'f',
        'in-place': 'i',
        separate: 's',
        unbuffered: 'u',
      },
    },
  )
  const isExtended = options.has('E') || options.has('r')
  const scripts = [
    ...options.values('e'),
    ...options.values('f').map((path) => proc.host.fs.readText(proc.resolvePath(path))),
  ]
  const [first, ...others] = options.operands
  const names = scripts.length === 0 ? others : options.operands
  if (scripts.length === 0) {
    if (first === undefined) throw new UsageError('no script specified')
    scripts.push(first)
  }
  const commands = parseSed(scripts.join('\n'), isExtended)
  const isInPlace = options.has('i')
  const editor = new Editor(proc, commands, options.has('n'))
  if (!isInPlace) {
    // The last line of all is only known when there is no further one.
    const lines = sedLines(proc, names, flavor)
    return yield* editor.run(lines)
  }
  let status = 0
  for (const name of names) {
    const path = proc.resolvePath(name)
    if (!proc.host.fs.exists(path)) {
      yield* complain(proc, `can't read ${name}: No such file or directory`)
      status = flavor === 'gnu' ? 4 : 1
      continue
    }
    const before = proc.host.fs.readFile(path)
    const each = new Editor(proc, commands, options.has('n'), '')
    yield* each.run(sedLines(proc, [name], flavor))
    if (suffix !== undefined) proc.host.fs.writeFile(path + suffix, before)
    proc.host.fs.writeText(path, each.collected)
  }
  return status
}

type Lines = { readonly next: () => Task<string | undefined>; readonly status: () => number }

/** The lines of all files as one stream. */
function sedLines(proc: OsProcess, names: readonly string[], flavor: 'gnu' | 'busybox'): Lines {
  const queue: string[] = names.length === 0 ? ['-'] : [...names]
  let status = 0
  let pending: string[] | undefined
  let stdin: LineReader | undefined
  const next = function* (): Task<string | undefined> {
    for (;;) {
      if (stdin !== undefined) {
        const line = yield* stdin.next()
        if (line !== undefined) return line
        stdin = undefined
      }
      const line = pending?.shift()
      if (line !== undefined) return line
      const name = queue.shift()
      if (name === undefined) return undefined
      if (name === '-') {
        stdin = new LineReader(proc, 0)
        continue
      }
      const lines: string[] = []
      const failed = yield* eachInput(proc, [name], flavor, function* (fd) {
        const reader = new LineReader(proc, fd)
        for (;;) {
          const each = yield* reader.next()
          if (each === undefined) return
          lines.push(each)
        }
      })
      if (failed !== 0) status = 2
      pending = lines
    }
  }
  return { next, status: () => status }
}

const STEPS_MAX = 100_000

class Editor {
  /** What was printed, when editing in place. */
  collected: string
  readonly #proc: OsProcess
  readonly #commands: readonly SedCommand[]
  readonly #isQuiet: boolean
  readonly #collects: boolean
  readonly #activeRanges = new Map<SedCommand, number>()
  #lines: Lines | undefined
  #pattern = ''
  #hold = ''
  #number = 0
  #lookahead: string | undefined
  #appended: string[] = []
  #lastRegExp: RegExp | undefined

  constructor(
    proc: OsProcess,
    commands: readonly SedCommand[],
    isQuiet: boolean,
    collected?: string,
  ) {
    this.#proc = proc
    this.#commands = commands
    this.#isQuiet = isQuiet
    this.#collects = collected !== undefined
    this.collected = collected ?? ''
  }

  *run(lines: Lines): Task<number> {
    this.#lines = lines
    this.#lookahead = yield* lines.next()
    let keepsPattern = false
    while (keepsPattern || (yield* this.#readNext())) {
      const result = yield* this.#cycle()
      keepsPattern = result.type === 'restart'
      if (keepsPattern) continue
      if (result.type !== 'delete' && !this.#isQuiet) yield* this.#print(this.#pattern)
      for (const text of this.#appended.splice(0)) yield* this.#print(text)
      if (result.type === 'quit') return result.code
    }
    return lines.status()
  }

  *#readNext(): Task<boolean> {
    if (this.#lookahead === undefined || this.#lines === undefined) return false
    this.#pattern = this.#lookahead
    this.#number++
    this.#lookahead = yield* this.#lines.next()
    return true
  }

  *#cycle(): Task<{ type: 'end' | 'delete' | 'restart' } | { type: 'quit'; code: number }> {
    let substituted = false
    let steps = 0
    for (let at = 0; at < this.#commands.length; at++) {
      if (++steps > STEPS_MAX) {
        yield* this.#proc.charge(1)
        steps = 0
      }
      const command = this.#commands[at]
      if (command === undefined || !this.#isSelected(command)) {
        if (command?.name === '{') at = command.jump ?? at
        continue
      }
      switch (command.name) {
        case 's':
          if (yield* this.#substitute(command)) substituted = true
          break
        case 'p':
          yield* this.#print(this.#pattern)
          break
        case 'P':
          yield* this.#print(this.#pattern.split('\n', 1)[0] ?? '')
          break
        case 'd':
          return { type: 'delete' }
        case 'D': {
          const newline = this.#pattern.indexOf('\n')
          if (newline < 0) return { type: 'delete' }
          this.#pattern = this.#pattern.slice(newline + 1)
          return { type: 'restart' }
        }
        case 'q':
          return { type: 'quit', code: command.code ?? 0 }
        case 'Q':
          this.#pattern = ''
          return { type: 'delete' }
        case 'n':
          if (this.#lookahead === undefined) return { type: 'quit', code: 0 }
          if (!this.#isQuiet) yield* this.#print(this.#pattern)
          yield* this.#readNext()
          break
        case 'N': {
          if (this.#lookahead === undefined) return { type: 'quit', code: 0 }
          const before = this.#pattern
          yield* this.#readNext()
          this.#pattern = `${before}\n${this.#pattern}`
          break
        }
        case 'g':
          this.#pattern = this.#hold
          break
        case 'G':
          this.#pattern += `\n${this.#hold}`
          break
        case 'h':
          this.#hold = this.#pattern
          break
        case 'H':
          this.#hold += `\n${this.#pattern}`
          break
        case 'x':
          ;[this.#pattern, this.#hold] = [this.#hold, this.#pattern]
          break
        case 'y':
          this.#pattern = Array.from(
            this.#pattern,
            (character) => command.translation?.get(character) ?? character,
          ).join('')
          break
        case 'a':
          this.#appended.push(command.text ?? '')
          break
        case 'i':
          yield* this.#print(command.text ?? '')
          break
        case 'c':
          if (!this.#activeRanges.has(command)) yield* this.#print(command.text ?? '')
          return { type: 'delete' }
        case '=':
          yield* this.#print(String(this.#number))
          break
        case 'l':
          yield* this.#print(`${this.#pattern.replaceAll('\\', '\\\\').replaceAll('\t', '\\t')}$`)
          break
        case 'w':
          this.#proc.host.fs.appendText(
            this.#proc.resolvePath(command.text ?? ''),
            `${this.#pattern}\n`,
          )
          break
        case 'b':
          at = command.jump ?? this.#commands.length
          break
        case 't':
          if (substituted) {
            substituted = false
            at = command.jump ?? this.#commands.length
          }
          break
      }
    }
    return { type: 'end' }
  }

  #isSelected(command: SedCommand): boolean {
    return this.#matchesAddresses(command) !== command.isNegated
  }

  #matchesAddresses(command: SedCommand): boolean {
    const { from, to } = command
    if (from === undefined) return true
    if (to === undefined) return this.#matches(from)
    const until = this.#activeRanges.get(command)
    if (until === undefined) {
      if (!this.#matches(from)) return false
      const end = this.#endOfRange(to)
      if (end > this.#number) this.#activeRanges.set(command, end)
      return true
    }
    const isEnd = to.type === 'pattern' ? this.#matches(to) : this.#number >= until
    const isLast = to.type === 'last' && this.#lookahead === undefined
    if (isEnd || isLast) this.#activeRanges.delete(command)
    return true
  }

  #endOfRange(to: SedAddress): number {
    if (to.type === 'line') return to.line
    return to.type === 'count' ? this.#number + to.line : Infinity
  }

  #matches(address: SedAddress): boolean {
    switch (address.type) {
      case 'line':
        return this.#number === address.line
      case 'last':
        return this.#lookahead === undefined
      case 'step':
        return address.step === 0
          ? this.#number === address.line
          : this.#number >= address.line && (this.#number - address.line) % address.step === 0
      case 'pattern':
        return this.#regExp(address.regExp).test(this.#pattern)
      case 'count':
        return false
    }
  }

  /** An empty expression is the last one used. */
  #regExp(regExp: RegExp | undefined): RegExp {
    const used = regExp ?? this.#lastRegExp
    if (used === undefined) throw new UsageError('no previous regular expression')
    this.#lastRegExp = used
    used.lastIndex = 0
    return used
  }

  *#substitute(command: SedCommand): Task<boolean> {
    const regExp = this.#regExp(command.regExp)
    const global = new RegExp(regExp.source, `${regExp.flags.replace('g', '')}g`)
    let count = 0
    let isDone = false
    const replaced = this.#pattern.replace(global, (...parts: unknown[]) => {
      count++
      const groups = parts.filter((each) => typeof each !== 'number' && typeof each !== 'object')
      const strings = groups.slice(0, -1).map((each) => (typeof each === 'string' ? each : ''))
      const nth = command.occurrence ?? 1
      const isWanted = command.isGlobal === true ? count >= nth : count === nth
      if (!isWanted) return strings[0] ?? ''
      isDone = true
      return replacementText(command.replacement ?? [], strings)
    })
    if (!isDone) return false
    this.#pattern = replaced
    if (command.prints === true) yield* this.#print(this.#pattern)
    if (command.text !== undefined) {
      this.#proc.host.fs.appendText(this.#proc.resolvePath(command.text), `${replaced}\n`)
    }
    return true
  }

  *#print(text: string): Task {
    if (this.#collects) this.collected += `${text}\n`
    else yield* this.#proc.write(1, `${text}\n`)
  }
}

/** Puts groups into a replacement, with GNU's \U \L \u \l \E. */
function replacementText(
  parts: readonly (string | number | { readonly letterCase: string })[],
  groups: readonly string[],
): string {
  let out = ''
  let lasting = ''
  let once = ''
  for (const part of parts) {
    if (typeof part === 'object') {
      if ('ul'.includes(part.letterCase)) once = part.letterCase
      else lasting = part.letterCase === 'E' ? '' : part.letterCase
      continue
    }
    let text = typeof part === 'number' ? (groups[part] ?? '') : part
    if (lasting === 'U') text = text.toUpperCase()
    if (lasting === 'L') text = text.toLowerCase()
    if (once !== '' && text !== '') {
      const first = text[0] ?? ''
      text = (once === 'u' ? first.toUpperCase() : first.toLowerCase()) + text.slice(1)
      once = ''
    }
    out += text
  }
  return out
}
