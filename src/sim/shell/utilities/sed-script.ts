import { posixRegExp } from './regex.ts'
import { UsageError } from './tool.ts'

export type SedAddress =
  | { readonly type: 'line'; readonly line: number }
  | { readonly type: 'count'; readonly line: number }
  | { readonly type: 'last' }
  | { readonly type: 'step'; readonly line: number; readonly step: number }
  | { readonly type: 'pattern'; readonly regExp: RegExp | undefined }

export type SedCommand = {
  readonly name: string
  readonly from: SedAddress | undefined
  readonly to: SedAddress | undefined
  readonly isNegated: boolean
  regExp?: RegExp | undefined
  replacement?: readonly (string | number | { readonly letterCase: string })[]
  isGlobal?: boolean
  occurrence?: number | undefined
  prints?: boolean
  text?: string
  code?: number
  translation?: ReadonlyMap<string, string>
  label?: string
  /** Where `b`, `t` and a `{` that is not entered go on. */
  jump?: number
}

/** A sed script as a flat list; braces and labels are jumps. */
export function parseSed(script: string, isExtended: boolean): readonly SedCommand[] {
  const parser = new SedParser(script, isExtended)
  const commands = parser.parse()
  const labels = new Map<string, number>()
  const open: number[] = []
  for (const [index, command] of commands.entries()) {
    if (command.name === ':') labels.set(command.label ?? '', index)
    if (command.name === '{') open.push(index)
    if (command.name !== '}') continue
    const start = open.pop()
    const opener = start === undefined ? undefined : commands[start]
    if (opener === undefined) throw new UsageError("-e expression #1, char 1: unexpected `}'")
    opener.jump = index
  }
  if (open.length > 0) throw new UsageError("-e expression #1, char 0: unmatched `{'")
  for (const command of commands) {
    if (command.name !== 'b' && command.name !== 't') continue
    if (command.label === '' || command.label === undefined) continue
    const at = labels.get(command.label)
    if (at === undefined) {
      throw new UsageError(
        `-e expression #1, char 0: can't find label for jump to \`${command.label}'`,
      )
    }
    command.jump = at
  }
  return commands
}

class SedParser {
  readonly #script: string
  readonly #isExtended: boolean
  #at = 0

  constructor(script: string, isExtended: boolean) {
    this.#script = script
    this.#isExtended = isExtended
  }

  parse(): SedCommand[] {
    const commands: SedCommand[] = []
    for (;;) {
      this.#skip(/[\s;]*/y)
      if (this.#at >= this.#script.length) return commands
      if (this.#script[this.#at] === '#') {
        this.#skip(/[^\n]*/y)
        continue
      }
      commands.push(this.#command())
    }
  }

  #command(): SedCommand {
    const from = this.#address()
    this.#skip(/\s*/y)
    let to: SedAddress | undefined
    if (from !== undefined && this.#script[this.#at] === ',') {
      this.#at++
      this.#skip(/\s*/y)
      to = this.#address()
      if (to === undefined) this.#fail("unexpected `,'")
    }
    this.#skip(/\s*/y)
    const isNegated = this.#script[this.#at] === '!'
    if (isNegated) this.#skip(/!\s*/y)
    const name = this.#script[this.#at++] ?? ''
    const command: SedCommand = { name, from, to, isNegated }
    this.#rest(command)
    return command
  }

  #rest(command: SedCommand): void {
    switch (command.name) {
      case '{':
      case '}':
        return
      case 's':
        return this.#substitution(command)
      case 'y': {
        const [from, to] = this.#delimited(2)
        const [a, b] = [Array.from(unescape(from ?? '')), Array.from(unescape(to ?? ''))]
        if (a.length !== b.length) this.#fail("strings for `y' command are different lengths")
        command.translation = new Map(a.map((each, index) => [each, b[index] ?? each]))
        return this.#end()
      }
      case 'a':
      case 'i':
      case 'c':
        command.text = this.#text()
        return
      case ':':
      case 'b':
      case 't':
        command.label = this.#skip(/[^\n;}]*/y).trim()
        return
      case 'w':
        command.text = this.#skip(/[^\n]*/y).trim()
        return
      case 'q':
      case 'Q': {
        const code = this.#skip(/\s*\d*/y).trim()
        if (code !== '') command.code = Number(code)
        return this.#end()
      }
      default:
        if (!'pPdDnNgGhHx=l'.includes(command.name) || command.name === '') {
          this.#fail(
            command.name === '' ? 'missing command' : `unknown command: \`${command.name}'`,
          )
        }
        this.#end()
    }
  }

  #end(): void {
    this.#skip(/[ \t]*/y)
    const next = this.#script[this.#at]
    if (next !== undefined && !'\n;}#'.includes(next)) this.#fail('extra characters after command')
  }

  /** The text of a, i, c: `a\` and lines, or GNU's `a text`. */
  #text(): string {
    this.#skip(/[ \t]*\\?\n?[ \t]*/y)
    let text = ''
    for (;;) {
      const line = this.#skip(/[^\n]*/y)
      this.#at++
      if (!line.endsWith('\\')) return text + line.replace(/\\(.)/g, '$1')
      text += `${line.slice(0, -1)}\n`
    }
  }

  #substitution(command: SedCommand): void {
    const [pattern = '', replacement = ''] = this.#delimited(2)
    const flags = this.#skip(/[gpiIemM0-9]*/y)
    const isCaseless = /[iI]/.test(flags)
    const letters = (isCaseless ? 'i' : '') + (/[mM]/.test(flags) ? 'm' : '')
    command.regExp = this.#regExp(pattern, letters)
    command.replacement = parseReplacement(replacement)
    command.isGlobal = flags.includes('g')
    command.prints = flags.includes('p')
    const occurrence = /\d+/.exec(flags)?.[0]
    if (occurrence !== undefined) command.occurrence = Number(occurrence)
    if (this.#script[this.#at] === 'w') {
      this.#at++
      command.text = this.#skip(/[^\n]*/y).trim()
      return
    }
    const next = this.#script[this.#at]
    if (next !== undefined && /[a-zA-Z]/.test(next)) this.#fail("unknown option to `s'")
    this.#end()
  }

  #regExp(source: string, flags: string): RegExp | undefined {
    return source === ''
      ? undefined
      : posixRegExp(source.replaceAll('\\n', '\n'), this.#isExtended, flags)
  }

  #address(): SedAddress | undefined {
    const step = /(\d+)~(\d+)/y
    step.lastIndex = this.#at
    const stepped = step.exec(this.#script)
    if (stepped !== null) {
      this.#at = step.lastIndex
      return { type: 'step', line: Number(stepped[1]), step: Number(stepped[2]) }
    }
    const number = this.#skip(/\d+/y)
    if (number !== '') return { type: 'line', line: Number(number) }
    const count = this.#skip(/\+\d+/y)
    if (count !== '') return { type: 'count', line: Number(count.slice(1)) }
    if (this.#skip(/\$/y) !== '') return { type: 'last' }
    const character = this.#script[this.#at]
    if (character !== '/' && character !== '\\') return undefined
    if (character === '\\') this.#at++
    const [pattern = ''] = this.#delimited(1)
    const flags = this.#skip(/I/y) === '' ? '' : 'i'
    return { type: 'pattern', regExp: this.#regExp(pattern, flags) }
  }

  /** Parts between a delimiter of the writer's choice: `/a/b/`, `|a|b|`. */
  #delimited(count: number): readonly string[] {
    const delimiter = this.#script[this.#at++] ?? ''
    const parts: string[] = []
    while (parts.length < count) {
      let part = ''
      for (let isInBracket = false; ;) {
        const character = this.#script[this.#at]
        if (character === undefined || (character === '\n' && delimiter !== '\n' && count === 1)) {
          this.#fail(count === 2 ? "unterminated `s' command" : 'unterminated address regex')
        }
        this.#at++
        if (character === '\\') {
          const next = this.#script[this.#at++] ?? ''
          part += next === delimiter && delimiter !== '\\' ? escapedDelimiter(next) : `\\${next}`
          continue
        }
        if (character === delimiter && !isInBracket) break
        const isPattern = parts.length === 0
        if (isPattern && character === '[')
          isInBracket = /^\[\^?\]?[^\]]*\]/.test(this.#script.slice(this.#at - 1))
        else if (character === ']') isInBracket = false
        part += character
      }
      parts.push(part)
    }
    return parts
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#script)
    if (match === null) return ''
    this.#at = pattern.lastIndex
    return match[0]
  }

  #fail(why: string): never {
    throw new UsageError(
      `-e expression #1, char ${Math.min(this.#at, this.#script.length)}: ${why}`,
    )
  }
}

// A delimiter that also means something in expressions loses that meaning.
function escapedDelimiter(delimiter: string): string {
  return /[|.*+?()[\]{}^$]/.test(delimiter) ? `[${delimiter}]` : delimiter
}

function unescape(text: string): string {
  return text.replaceAll('\\n', '\n').replace(/\\(.)/g, '$1')
}

function parseReplacement(
  text: string,
): readonly (string | number | { readonly letterCase: string })[] {
  const parts: (string | number | { readonly letterCase: string })[] = []
  for (const [unit] of text.matchAll(/\\\n|\\.|&|[^\\&]+|\\$/gs)) {
    if (unit === '&') parts.push(0)
    else if (/^\\\d$/.test(unit)) parts.push(Number(unit[1]))
    else if (/^\\[ULulE]$/.test(unit)) parts.push({ letterCase: unit[1] ?? '' })
    else if (unit === '\\n') parts.push('\n')
    else if (unit === '\\t') parts.push('\t')
    else if (/^\[.\]$/.test(unit)) parts.push(unit[1] ?? '')
    else parts.push(unit.startsWith('\\') ? unit.slice(1) : unit)
  }
  return parts
}
