import type { Cli } from '../../cli.ts'
import { CliError } from '../../errors.ts'
import { baseName } from '#sim/kernel/os/paths.ts'
import type { FlagSpec } from '../../flags.ts'

export const SOURCE_FLAGS: readonly FlagSpec[] = [
  { name: 'from-literal', type: 'strings', usage: 'A key and its value: key=value' },
  { name: 'from-file', type: 'list', usage: 'A file, a folder, or key=file' },
  { name: 'from-env-file', type: 'list', usage: 'A file of lines key=value' },
]

/** The entries that `--from-literal`, `--from-file` and `--from-env-file` describe, as bytes. */
export function sourceEntries(cli: Cli): Map<string, Uint8Array | string> {
  const entries = new Map<string, Uint8Array | string>()
  const add = (key: string, value: Uint8Array | string): void => {
    if (entries.has(key))
      throw new CliError(`cannot add key "${key}", another key by that name already exists`)
    entries.set(key, value)
  }
  for (const literal of cli.flags.strings('from-literal')) {
    const equals = literal.indexOf('=')
    if (equals <= 0) throw new CliError(`invalid literal source ${literal}, expected key=value`)
    add(literal.slice(0, equals), unquoted(literal.slice(equals + 1)))
  }
  for (const source of cli.flags.strings('from-file')) addFile(cli, source, add)
  for (const file of cli.flags.strings('from-env-file')) {
    const text = String.fromCharCode(...cli.readBytes(file))
    for (const line of text.split('\n')) {
      const trimmed = line.trimStart()
      if (trimmed === '' || trimmed.startsWith('#')) continue
      const equals = trimmed.indexOf('=')
      add(
        equals < 0 ? trimmed : trimmed.slice(0, equals),
        equals < 0 ? '' : trimmed.slice(equals + 1),
      )
    }
  }
  return entries
}

function unquoted(text: string): string {
  const quote = text.charAt(0)
  const isQuoted = text.length >= 2 && (quote === '"' || quote === "'") && text.endsWith(quote)
  return isQuoted ? text.slice(1, -1) : text
}

function addFile(cli: Cli, source: string, add: (key: string, value: Uint8Array) => void): void {
  const equals = source.indexOf('=')
  const path = equals < 0 ? source : source.slice(equals + 1)
  const absolute = cli.proc.resolvePath(path)
  const kind = cli.files.kind(absolute)
  if (kind === undefined) throw new CliError(`error reading ${path}: no such file or directory`)
  if (kind === 'directory') {
    for (const name of cli.files.list(absolute)) {
      if (cli.files.kind(`${absolute}/${name}`) === 'file')
        add(name, cli.files.read(`${absolute}/${name}`))
    }
    return
  }
  add(equals < 0 ? baseName(path) : source.slice(0, equals), cli.files.read(absolute))
}
