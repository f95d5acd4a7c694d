import { Utf8Decoder } from '#sim/kernel/os/utf8.ts'
import { unescapeAnsi } from '../parameters.ts'
import { parseOptions, type Tool, UsageError } from './tool.ts'

export const tr: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'cCdst',
    long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's' },
    stopsAtOperand: true,
  })
  const [first, second] = options.operands
  if (first === undefined) throw new UsageError('missing operand')
  const deletes = options.has('d')
  if (second === undefined && !deletes && !options.has('s')) {
    throw new UsageError(`missing operand after '${first}'`)
  }
  const from = expandSet(first)
  const isComplement = options.has('c') || options.has('C')
  const inFirst = new Set(from)
  const isMember = (character: string): boolean => inFirst.has(character) !== isComplement
  const to = second === undefined ? undefined : expandSet(second)
  const translation = new Map<string, string>()
  const last = to?.at(-1) ?? ''
  for (const [index, character] of from.entries()) translation.set(character, to?.[index] ?? last)
  const squeezed = new Set(to ?? from)
  const isSqueezed = (character: string): boolean =>
    options.has('s') && (to === undefined ? isMember(character) : squeezed.has(character))
  const decoder = new Utf8Decoder()
  let previous = ''
  for (;;) {
    const chunk = yield* proc.read(0)
    const text = chunk === undefined ? decoder.finish(new Uint8Array(0)) : decoder.push(chunk)
    let out = ''
    for (const character of text) {
      if (deletes && isMember(character)) continue
      let result = character
      if (!deletes && to !== undefined && isMember(character)) {
        result = isComplement ? last : (translation.get(character) ?? character)
      }
      if (result === previous && isSqueezed(result)) continue
      previous = result
      out += result
    }
    if (out !== '') yield* proc.write(1, out)
    if (chunk === undefined) return 0
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  upper: 'A-Z',
  lower: 'a-z',
  digit: '0-9',
  alpha: 'A-Za-z',
  alnum: 'A-Za-z0-9',
  space: '\\t\\n\\v\\f\\r ',
  blank: ' \\t',
  punct: '!-/:-@[-`{-~',
  xdigit: '0-9A-Fa-f',
}

/** `a-z\n[:digit:]` as its characters in order. */
function expandSet(text: string): readonly string[] {
  const named = text.replace(/\[:([a-z]+):\]/g, (whole, name: string) => CLASSES[name] ?? whole)
  const units = (named.match(/\\[0-7]{1,3}|\\.|[\s\S]/gu) ?? []).map((unit) =>
    unit.length > 1 && unit.startsWith('\\') ? unescaped(unit) : unit,
  )
  const out: string[] = []
  for (let at = 0; at < units.length; at++) {
    const start = units[at] ?? ''
    const end = units[at + 2]
    if (units[at + 1] !== '-' || end === undefined) {
      out.push(start)
      continue
    }
    const [low, high] = [start.codePointAt(0) ?? 0, end.codePointAt(0) ?? 0]
    if (high < low) {
      throw new UsageError(
        `range-endpoints of '${start}-${end}' are in reverse collating sequence order`,
      )
    }
    for (let code = low; code <= high; code++) out.push(String.fromCodePoint(code))
    at += 2
  }
  return out
}

function unescaped(unit: string): string {
  const { text } = unescapeAnsi(unit)
  return text.length > 1 && text.startsWith('\\') ? text.slice(1) : text
}
