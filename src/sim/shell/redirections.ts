import { BytesFile } from '#sim/kernel/os/open-files.ts'
import { type OpenFile, type OpenOptions, OsError } from '#sim/kernel/os/types.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { expandBody, expandText, expandWords } from './expansion.ts'
import { type Shell, setFile } from './shell.ts'
import type { HereDoc, Redirection } from './syntax.ts'

/** Descriptors as they were before redirections, to be put back. */
export type SavedFiles = Map<number, OpenFile | undefined>

/** A redirection that failed: the command does not run, and its status is 1. */
export class RedirectionError extends Error {
  override readonly name = 'RedirectionError'
}

/**
 * Opens redirections in the shell's own descriptors. What they replace is kept in `saved`, still
 * open; without `saved` it is closed for good, as `exec` wants it.
 */
export function* redirect(
  shell: Shell,
  redirections: readonly Redirection[],
  saved: SavedFiles | undefined,
): Task {
  for (const each of redirections) {
    try {
      yield* redirectOne(shell, each, saved)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      throw new RedirectionError(error.message, { cause: error })
    }
  }
}

export function restoreFiles(shell: Shell, saved: SavedFiles): void {
  const { files } = shell.proc
  for (const [fd, file] of saved) {
    files.get(fd)?.release()
    if (file === undefined) files.delete(fd)
    else files.set(fd, file)
  }
  saved.clear()
}

function* redirectOne(shell: Shell, redirection: Redirection, saved: SavedFiles | undefined): Task {
  if (redirection.type === 'HereDoc') {
    const text = yield* heredocText(shell, redirection)
    return replaceFile(shell, numberOf(shell, redirection, 0), textFile(text), saved)
  }
  if (redirection.type === 'HereString') {
    const { target } = redirection
    const text = target === undefined ? '' : yield* expandText(shell, target)
    return replaceFile(shell, numberOf(shell, redirection, 0), textFile(`${text}\n`), saved)
  }
  const { operator, target } = redirection
  const words = target === undefined ? [] : yield* expandWords(shell, [target])
  const [word = ''] = words
  if (words.length !== 1) throw new RedirectionError(`${target?.text}: ambiguous redirect`)
  if (operator === '&>' || operator === '&>>')
    return yield* redirectBoth(shell, operator, word, saved)
  const isInput = operator.startsWith('<')
  const fd = numberOf(shell, redirection, isInput ? 0 : 1)
  if (operator === '<&' || operator === '>&') {
    if (/^\d+-?$|^-$/.test(word)) return duplicate(shell, fd, word, saved)
    // `>& file` is an old way to write `&> file`.
    if (operator === '>&') return yield* redirectBoth(shell, '&>', word, saved)
    throw new RedirectionError(`${word}: ambiguous redirect`)
  }
  if (operator === '>' && shell.options.noclobber) refuseOverwriting(shell, word)
  const options = OPEN_OPTIONS[operator]
  replaceFile(shell, fd, yield* shell.proc.open(word, options), saved)
}

const OPEN_OPTIONS = {
  '<': { read: true },
  '>': { write: true, create: true, truncate: true },
  '>|': { write: true, create: true, truncate: true },
  '>>': { write: true, create: true, append: true },
  '<>': { read: true, write: true, create: true },
} as const satisfies Record<string, OpenOptions>

function* redirectBoth(
  shell: Shell,
  operator: '&>' | '&>>',
  path: string,
  saved: SavedFiles | undefined,
): Task {
  const file = yield* shell.proc.open(path, OPEN_OPTIONS[operator === '&>' ? '>' : '>>'])
  replaceFile(shell, 1, file, saved)
  replaceFile(shell, 2, file, saved)
}

function duplicate(shell: Shell, fd: number, word: string, saved: SavedFiles | undefined): void {
  const isMove = word.endsWith('-')
  const source = word === '-' ? undefined : Number(word.replace('-', ''))
  const file = source === undefined ? undefined : shell.proc.files.get(source)
  if (source !== undefined && file === undefined) {
    throw new RedirectionError(`${source}: Bad file descriptor`)
  }
  replaceFile(shell, fd, file, saved)
  if (isMove && source !== undefined) replaceFile(shell, source, undefined, saved)
}

function replaceFile(
  shell: Shell,
  fd: number,
  file: OpenFile | undefined,
  saved: SavedFiles | undefined,
): void {
  const { files } = shell.proc
  if (saved === undefined) return setFile(shell.proc, fd, file)
  file?.retain()
  if (saved.has(fd)) files.get(fd)?.release()
  else saved.set(fd, files.get(fd))
  if (file === undefined) files.delete(fd)
  else files.set(fd, file)
}

function numberOf(shell: Shell, redirection: Redirection, standard: number): number {
  const { descriptor } = redirection
  if (descriptor === undefined) return standard
  if (descriptor.type === 'FileDescriptor') return descriptor.value
  // `{name}>file` picks a free descriptor from 10 on and puts its number into the variable.
  const known = Number(shell.variables.text(descriptor.name))
  const isClosing = redirection.type === 'Redirect' && redirection.target?.value === '-'
  if (isClosing && Number.isInteger(known)) return known
  let fd = 10
  while (shell.proc.files.has(fd)) fd++
  shell.variables.setText(descriptor.name, String(fd))
  return fd
}

function refuseOverwriting(shell: Shell, path: string): void {
  const { fs } = shell.proc.host
  const absolute = shell.proc.resolvePath(path)
  if (fs.exists(absolute) && fs.stat(absolute).type === 'file') {
    throw new RedirectionError(`${path}: cannot overwrite existing file`)
  }
}

function* heredocText(shell: Shell, heredoc: HereDoc): Task<string> {
  const { body, delimiter, operator } = heredoc
  const text = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text
  return delimiter?.quoted === true ? text : yield* expandBody(shell, text)
}

function textFile(text: string): OpenFile {
  return new BytesFile(encodeUtf8(text))
}
