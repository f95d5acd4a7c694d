import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from '../shell.ts'
import { type Builtin, misuse } from './builtin.ts'

class ReadTimeout extends Error {
  override readonly name = 'ReadTimeout'
}

type ReadOptions = {
  isRaw: boolean
  array: string | undefined
  delimiter: string
  count: number | undefined
  timeoutMs: number | undefined
  fd: number
  prompt: string
  isSilent: boolean
}

/** `read`: takes no more of its input than it uses, so that others find the rest. */
export const read: Builtin = function* (shell, args) {
  const parsed = parseReadOptions(args)
  if (typeof parsed === 'string') return yield* misuse(shell, 'read', parsed, 2)
  const { options, names } = parsed
  if (options.prompt !== '' && shell.proc.files.get(options.fd)?.kind === 'tty') {
    yield* shell.proc.write(2, options.prompt)
  }
  const result = yield* withTimeout(shell, options.timeoutMs, readRecord(shell, options))
  if (result === 'timeout') return 142
  assignFields(shell, result.text, options, names)
  return result.isComplete ? 0 : 1
}

function parseReadOptions(
  args: readonly string[],
): { options: ReadOptions; names: readonly string[] } | string {
  const options: ReadOptions = {
    isRaw: false,
    array: undefined,
    delimiter: '\n',
    count: undefined,
    timeoutMs: undefined,
    fd: 0,
    prompt: '',
    isSilent: false,
  }
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (!/^-./.test(arg)) break
    if (arg === '--') {
      at++
      break
    }
    for (let i = 1; i < arg.length; i++) {
      const letter = arg[i] ?? ''
      if ('rse'.includes(letter)) {
        if (letter === 'r') options.isRaw = true
        if (letter === 's') options.isSilent = true
        continue
      }
      if (!'adntpuN'.includes(letter)) return `-${letter}: invalid option`
      const value = i + 1 < arg.length ? arg.slice(i + 1) : args[++at]
      if (value === undefined) return `-${letter}: option requires an argument`
      setReadOption(options, letter, value)
      break
    }
  }
  return { options, names: args.slice(at) }
}

function setReadOption(options: ReadOptions, letter: string, value: string): void {
  if (letter === 'a') options.array = value
  else if (letter === 'd') options.delimiter = value === '' ? '\0' : (value[0] ?? '\n')
  else if (letter === 'n' || letter === 'N') options.count = Number(value)
  else if (letter === 't') options.timeoutMs = Number(value) * 1000
  else if (letter === 'p') options.prompt = value
  else options.fd = Number(value)
}

type Record = { readonly text: string; readonly isComplete: boolean }

/** Up to the delimiter; without -r a backslash before it goes on with the next line. */
function* readRecord(shell: Shell, options: ReadOptions): Task<Record> {
  let text = ''
  for (;;) {
    const part = yield* readUntil(shell, options)
    text += part.text
    const backslashes = /\\*$/.exec(part.text)?.[0].length ?? 0
    const continues = !options.isRaw && part.isComplete && backslashes % 2 === 1
    if (!continues || options.count !== undefined) return { text, isComplete: part.isComplete }
    text = text.slice(0, -1)
  }
}

function* readUntil(shell: Shell, options: ReadOptions): Task<Record> {
  const { proc } = shell
  const delimiter = options.delimiter.charCodeAt(0)
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const chunk = yield* proc.interruptible(proc.read(options.fd, options.count ?? 4096))
    if (chunk === undefined) return { text: decodeUtf8(concatBytes(chunks)), isComplete: false }
    const end = chunk.indexOf(delimiter)
    const room = options.count === undefined ? Infinity : options.count - length
    const used = Math.min(end < 0 ? chunk.length : end, room)
    chunks.push(chunk.subarray(0, used))
    length += used
    const isDelimited = end >= 0 && end < room
    if (isDelimited || length >= (options.count ?? Infinity)) {
      const rest = chunk.subarray(isDelimited ? used + 1 : used)
      proc.files.get(options.fd)?.unread?.(rest)
      return { text: decodeUtf8(concatBytes(chunks)), isComplete: true }
    }
  }
}

function* withTimeout<T>(
  shell: Shell,
  timeoutMs: number | undefined,
  task: Task<T>,
): Task<T | 'timeout'> {
  if (timeoutMs === undefined) return yield* task
  const { kernel, host } = shell.proc
  const timer = host.simulation.after(timeoutMs, () => kernel.interrupt(new ReadTimeout()), {
    label: 'read -t',
  })
  try {
    return yield* task
  } catch (error) {
    if (error instanceof ReadTimeout) return 'timeout'
    throw error
  } finally {
    timer.cancel()
  }
}

function assignFields(
  shell: Shell,
  text: string,
  options: ReadOptions,
  names: readonly string[],
): void {
  if (options.array !== undefined) {
    shell.variables.setArray(options.array, splitRead(text, shell.ifs, Infinity, options.isRaw))
    return
  }
  if (names.length === 0) {
    shell.setVariable('REPLY', options.isRaw ? text : unescape(text))
    return
  }
  const fields = splitRead(text, shell.ifs, names.length, options.isRaw)
  for (const [index, name] of names.entries()) shell.setVariable(name, fields[index] ?? '')
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, '$1')
}

/** Fields for at most `count` names; the last takes the rest of the line. */
function splitRead(text: string, ifs: string, count: number, isRaw: boolean): readonly string[] {
  const isBlank = (at: number): boolean => {
    const character = text[at] ?? ''
    return character !== '' && ' \t\n'.includes(character) && ifs.includes(character)
  }
  const isDelimiter = (at: number): boolean => at < text.length && ifs.includes(text[at] ?? '')
  const fields: string[] = []
  let at = 0
  const skipBlanks = (): void => {
    while (isBlank(at)) at++
  }
  const clean = (field: string): string => (isRaw ? field : unescape(field))
  skipBlanks()
  while (at < text.length) {
    if (fields.length === count - 1) {
      fields.push(clean(trimEnd(text.slice(at), ifs)))
      return fields
    }
    const start = at
    while (at < text.length && !isDelimiter(at)) at += !isRaw && text[at] === '\\' ? 2 : 1
    fields.push(clean(text.slice(start, at)))
    skipBlanks()
    if (isDelimiter(at)) {
      at++
      skipBlanks()
    }
  }
  return fields
}

// The last field loses trailing blanks, and one delimiter if nothing else is in front of it.
function trimEnd(text: string, ifs: string): string {
  let end = text.length
  const isBlankAt = (at: number): boolean =>
    ' \t\n'.includes(text[at] ?? 'x') && ifs.includes(text[at] ?? '')
  while (end > 0 && isBlankAt(end - 1)) end--
  const last = text[end - 1]
  const isDelimiter = last !== undefined && ifs.includes(last) && !' \t\n'.includes(last)
  if (isDelimiter && !Array.from(text.slice(0, end - 1)).some((each) => ifs.includes(each))) end--
  return text.slice(0, end)
}

export const mapfile: Builtin = function* (shell, args) {
  let trims = false
  let max = Infinity
  let name = 'MAPFILE'
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '-t') trims = true
    else if (arg === '-n') max = Number(args[++at]) || Infinity
    else if (!arg.startsWith('-')) name = arg
    else return yield* misuse(shell, 'mapfile', `${arg}: invalid option`, 2)
  }
  const lines: string[] = []
  while (lines.length < max) {
    const line = yield* shell.proc.readLine(0)
    if (line === undefined) break
    lines.push(trims ? line : `${line}\n`)
  }
  shell.variables.setArray(name, lines)
  return 0
}
