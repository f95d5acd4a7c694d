import { runChild } from './spawning.ts'
import { parseOptions, type Tool, UsageError } from './tool.ts'

const WORDS_MAX = 1000

export const xargs: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: '0rtpx',
    values: 'nILPdsE',
    long: {
      null: '0',
      'no-run-if-empty': 'r',
      'max-args': 'n',
      'max-procs': 'P',
      replace: 'I',
      delimiter: 'd',
      verbose: 't',
    },
    stopsAtOperand: true,
  })
  const command = options.operands.length === 0 ? ['echo'] : options.operands
  const text = yield* proc.readAll(0)
  const replace = options.value('I')
  const items = itemsOf(text, {
    delimiter: options.has('0') ? '\0' : options.value('d')?.replaceAll('\\n', '\n'),
    byLine: replace !== undefined || options.has('L'),
  })
  if (items.length === 0 && (options.has('r') || replace !== undefined)) return 0
  const size = Number(options.value('n') ?? options.value('L') ?? WORDS_MAX)
  if (!(size >= 1)) throw new UsageError(`value ${options.value('n')} for -n option should be >= 1`)
  let status = 0
  const groups = replace === undefined ? inGroups(items, size) : items.map((item) => [item])
  for (const group of groups) {
    const argv =
      replace === undefined
        ? [...command, ...group]
        : command.map((word) => word.replaceAll(replace, () => group[0] ?? ''))
    if (options.has('t')) yield* proc.write(2, `${argv.join(' ')}\n`)
    const code = yield* runChild(proc, argv)
    if (code === 127) return 127
    if (code === 255) return 124
    if (code !== 0) status = 123
  }
  return status
}

function inGroups(items: readonly string[], size: number): readonly (readonly string[])[] {
  if (items.length === 0) return [[]]
  const groups: string[][] = []
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size))
  return groups
}

/** Words with quotes and backslashes; lines with -I; or what a delimiter separates. */
function itemsOf(
  text: string,
  how: { readonly delimiter: string | undefined; readonly byLine: boolean },
): readonly string[] {
  if (how.delimiter !== undefined) {
    const items = text.split(how.delimiter)
    return items.at(-1) === '' ? items.slice(0, -1) : items
  }
  if (how.byLine) {
    return text
      .split('\n')
      .map((line) => line.trimStart())
      .filter((line) => line !== '')
  }
  const words = text.match(/(?:"[^"\n]*"|'[^'\n]*'|\\.|[^\s"'\\])+/gs) ?? []
  return words.map((word) =>
    word.replace(
      /"([^"\n]*)"|'([^'\n]*)'|\\(.)/gs,
      (_whole, a?: string, b?: string, c?: string) => a ?? b ?? c ?? '',
    ),
  )
}
