import { joinPath } from '#sim/kernel/os/paths.ts'
import type { Host } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { builtins } from './builtins/table.ts'
import { shellQuote } from './parameters.ts'
import type { Shell } from './shell.ts'

export type CompletionRequest = {
  /** The words of the command up to the cursor; the last is the one to complete. */
  readonly words: readonly string[]
  readonly host: Host
  readonly cwd: string
  readonly env: ReadonlyMap<string, string>
}

/**
 * Completes the last word for commands that a host knows about; undefined leaves it to names of
 * files. A result that ends in `=`, `/` or a space gets no space behind it.
 */
export type Complete = (request: CompletionRequest) => Task<readonly string[] | undefined>

export type Completion = {
  /** How many characters before the cursor the candidates replace. */
  readonly length: number
  readonly candidates: readonly string[]
}

export function* completeLine(
  shell: Shell,
  line: string,
  complete: Complete | undefined,
): Task<Completion> {
  const command = line.slice(commandStart(line))
  const words = command.replace(/^\s+/, '').split(/\s+/)
  const word = words.at(-1) ?? ''
  const variable = /\$\{?(\w*)$/.exec(word)
  if (variable !== null) return completeVariable(shell, word, variable[1] ?? '')
  if (words.length === 1 && !word.includes('/')) {
    return { length: word.length, candidates: commandNames(shell, word) }
  }
  const expanded = withAlias(shell, words)
  const { host, cwd } = shell.proc
  const env = shell.variables.exported()
  const known = complete && (yield* complete({ words: expanded, host, cwd, env }))
  if (known !== undefined) {
    return { length: word.length, candidates: known.filter((each) => each.startsWith(word)) }
  }
  return completePath(shell, word)
}

/** Behind the last `|`, `;`, `&`, `(` or `$(` outside of quotes a new command begins. */
function commandStart(line: string): number {
  let start = 0
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if ('|;&(\n'.includes(character)) start = at + 1
  }
  return start
}

function withAlias(shell: Shell, words: readonly string[]): readonly string[] {
  const alias = shell.aliases.get(words[0] ?? '')
  return alias === undefined ? words : [...alias.split(/\s+/), ...words.slice(1)]
}

function completeVariable(shell: Shell, word: string, prefix: string): Completion {
  const head = word.slice(0, word.length - prefix.length)
  const names = shell.variables.entries().map(([name]) => name)
  const candidates = names.filter((name) => name.startsWith(prefix) && !name.startsWith('__'))
  return { length: word.length, candidates: candidates.map((name) => head + name) }
}

function commandNames(shell: Shell, prefix: string): readonly string[] {
  const names = new Set([
    ...builtins.keys(),
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
    ...shell.proc.host.commandNames(),
  ])
  return [...names].filter((name) => name.startsWith(prefix)).sort()
}

function completePath(shell: Shell, word: string): Completion {
  const given = word.replace(/^(?:\d?[<>]+|[^=]*=)/, '').replace(/^['"]/, '')
  const slash = given.lastIndexOf('/')
  const directory = given.slice(0, slash + 1)
  const prefix = given.slice(slash + 1).replace(/\\(.)/g, '$1')
  const home = shell.variables.text('HOME') ?? '/'
  const path = directory.replace(/^~(?=\/)/, home)
  const absolute = shell.proc.resolvePath(path === '' ? '.' : path)
  const { fs } = shell.proc.host
  if (!fs.isDirectory(absolute)) return { length: 0, candidates: [] }
  const candidates = fs
    .readdir(absolute)
    .filter((name) => name.startsWith(prefix) && (prefix !== '' || !name.startsWith('.')))
    .map((name) => {
      const isDirectory = fs.isDirectory(joinPath(absolute, name))
      return directory + shellQuote(name) + (isDirectory ? '/' : '')
    })
  return { length: given.length, candidates }
}

export function commonPrefix(texts: readonly string[]): string {
  let [prefix = ''] = texts
  for (const text of texts) {
    while (!text.startsWith(prefix)) prefix = prefix.slice(0, -1)
  }
  return prefix
}

/** Candidates as Tab lists them: the last components, in columns. */
export function candidateColumns(candidates: readonly string[], columns: number): string {
  const names = candidates.map(
    (each) => each.replace(/\/$/, '').split('/').at(-1) + (each.endsWith('/') ? '/' : ''),
  )
  const width = Math.max(...names.map((name) => name.length)) + 2
  const perRow = Math.max(1, Math.floor(columns / width))
  const rows = Math.ceil(names.length / perRow)
  return Array.from({ length: rows }, (_, row) =>
    names
      .filter((_name, index) => index % rows === row)
      .map((name) => name.padEnd(width))
      .join('')
      .trimEnd(),
  ).join('\n')
}
