import { OsError, type Tty } from '#sim/kernel/os/types.ts'
import { encodeUtf8, Utf8Decoder } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { candidateColumns, commonPrefix, type Complete, completeLine } from './completion.ts'
import { expandHistory } from './history.ts'
import { runInteractively } from './interpreter.ts'
import { controllingTty } from './job-control.ts'
import { jobLine, jobState } from './jobs.ts'
import { takeKey } from './keys.ts'
import { type EditorState, insert, newEditorState, pressKey } from './line-editor.ts'
import { draw, type Drawn, leave } from './line-screen.ts'
import { promptText } from './prompt.ts'
import { runPendingTraps } from './traps.ts'
import { type Shell } from './shell.ts'
import { isIncomplete } from './syntax.ts'

export type PromptOptions = {
  readonly complete?: Complete
  readonly isLogin?: boolean
  /** Told what runs in the foreground: a command line, or '' at the prompt. */
  readonly onForeground?: (command: string, cwd: string, lastStatus: number) => void
}

const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'

/** The read-evaluate loop of a shell at a terminal. */
export function* runPrompt(shell: Shell, options: PromptOptions): Task<number> {
  const tty = controllingTty(shell)
  prepare(shell, tty)
  yield* runStartFiles(shell, options.isLogin === true)
  const typedAhead: TypedAhead = { text: '' }
  for (;;) {
    yield* runPendingTraps(shell)
    yield* tellEndedJobs(shell)
    options.onForeground?.('', shell.proc.cwd, shell.lastStatus)
    const text = yield* readCommand(shell, tty, options, typedAhead)
    if (text === undefined) {
      if (shell.dialect === 'bash') yield* shell.proc.write(2, 'exit\n')
      return shell.lastStatus
    }
    if (text.trim() === '') continue
    options.onForeground?.(text.trim(), shell.proc.cwd, shell.lastStatus)
    yield* runInteractively(shell, text)
  }
}

function prepare(shell: Shell, tty: Tty | undefined): void {
  const { proc } = shell
  shell.isInteractive = true
  shell.options.monitor = tty !== undefined
  if (tty !== undefined) tty.foregroundGroup = proc.pgid
  const standard = shell.standardDispositions
  standard.set('SIGINT', () => {
    shell.isInterrupted = true
  })
  // Handlers rather than 'ignore': what is ignored, children would ignore too.
  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGTSTP', 'SIGTTIN'] as const) {
    standard.set(signal, () => {})
  }
  for (const [signal, disposition] of standard) proc.setDisposition(signal, disposition)
}

function* runStartFiles(shell: Shell, isLogin: boolean): Task {
  const home = shell.variables.text('HOME') ?? '/'
  const login = ['/etc/profile', `${home}/.profile`]
  const files = shell.dialect === 'bash' ? [...(isLogin ? login : []), `${home}/.bashrc`] : login
  for (const path of files) {
    const { fs } = shell.proc.host
    if (fs.exists(path)) yield* runInteractively(shell, fs.readText(path))
  }
}

function* tellEndedJobs(shell: Shell): Task {
  for (const job of shell.jobs.list()) {
    if (jobState(job) !== 'Done') continue
    yield* shell.proc.write(2, `${jobLine(job, shell.jobs.mark(job))}\n`)
    shell.jobs.remove(job)
  }
}

/** One command, which may take several lines: PS2 asks for more while it is incomplete. */
function* readCommand(
  shell: Shell,
  tty: Tty | undefined,
  options: PromptOptions,
  typedAhead: TypedAhead,
): Task<string | undefined> {
  let text = ''
  for (;;) {
    const prompt = yield* promptText(shell, text === '' ? 'PS1' : 'PS2')
    const line =
      tty === undefined
        ? yield* readPlainLine(shell, prompt)
        : yield* readLine(shell, tty, prompt, options, typedAhead)
    if (line === 'interrupted') {
      shell.lastStatus = 130
      return ''
    }
    if (line === undefined) return text === '' ? undefined : text
    const expanded = text === '' ? yield* withHistory(shell, line.text) : line.text
    if (expanded === undefined) return ''
    text += text === '' ? expanded : `\n${expanded}`
    if (isIncomplete(`${text}\n`)) continue
    remember(shell, text)
    return text
  }
}

function* withHistory(shell: Shell, text: string): Task<string | undefined> {
  if (shell.dialect !== 'bash') return text
  const result = expandHistory(text, shell.historyEntries)
  if (result.missing !== undefined) {
    yield* shell.proc.write(2, `${shell.messageName}: ${result.missing}: event not found\n`)
    shell.lastStatus = 1
    return undefined
  }
  if (result.text !== text) yield* shell.proc.write(2, `${result.text}\n`)
  return result.text
}

const HISTORY_MAX = 1000

function remember(shell: Shell, text: string): void {
  const entries = shell.historyEntries
  if (text.trim() === '' || text.startsWith(' ') || entries.at(-1) === text) return
  entries.push(text)
  if (entries.length > HISTORY_MAX) entries.shift()
}

type Line = { readonly text: string }

function* readPlainLine(shell: Shell, prompt: string): Task<Line | undefined> {
  yield* shell.proc.write(2, prompt)
  const text = yield* shell.proc.readLine(0)
  return text === undefined ? undefined : { text }
}

/** Keys that arrived but belong to no finished sequence yet. */
type TypedAhead = { text: string }

function* readLine(
  shell: Shell,
  tty: Tty,
  prompt: string,
  options: PromptOptions,
  typedAhead: TypedAhead,
): Task<Line | undefined | 'interrupted'> {
  tty.setRaw(true, { translatesOutput: true })
  const session = new LineSession(shell, tty, prompt, options)
  const undo = [tty.onResize(() => session.resized()), hearResizes(shell)]
  try {
    yield* session.start()
    for (;;) {
      const taken = takeKey(typedAhead.text)
      if (taken === undefined) {
        const bytes = yield* readKeys(shell, session)
        if (bytes === undefined) return undefined
        typedAhead.text += session.decoder.push(bytes)
        continue
      }
      typedAhead.text = taken.rest
      const result = yield* session.press(taken.key)
      if (result.type === 'more') continue
      return result.type === 'line' ? { text: result.text } : result.value
    }
  } finally {
    for (const one of undo) one()
    // What was typed behind the line is for whatever runs next.
    shell.proc.files.get(0)?.unread?.(encodeUtf8(typedAhead.text))
    typedAhead.text = ''
    tty.setRaw(false)
  }
}

/** While a line is edited a new size ends the wait for keys, unless a trap does so already. */
function hearResizes({ proc }: Shell): () => void {
  if (proc.disposition('SIGWINCH') !== 'default') return () => {}
  const wake = (): void => {}
  proc.setDisposition('SIGWINCH', wake)
  return () => {
    if (proc.disposition('SIGWINCH') === wake) proc.setDisposition('SIGWINCH', 'default')
  }
}

function* readKeys(shell: Shell, session: LineSession): Task<Uint8Array | undefined> {
  for (;;) {
    try {
      return yield* shell.proc.interruptible(shell.proc.read(0))
    } catch (error) {
      // A signal: its trap runs, and the line goes on.
      if (!(error instanceof OsError) || error.code !== 'EINTR') throw error
      shell.isInterrupted = false
      yield* runPendingTraps(shell)
      yield* session.refresh()
    }
  }
}

type Pressed =
  | { readonly type: 'more' }
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'end'; readonly value: undefined | 'interrupted' }

/** One line while it is being typed. */
class LineSession {
  readonly decoder = new Utf8Decoder()
  readonly #shell: Shell
  readonly #tty: Tty
  readonly #prompt: string
  readonly #options: PromptOptions
  #state: EditorState
  #drawn: Drawn | undefined
  #wasTab = false

  constructor(shell: Shell, tty: Tty, prompt: string, options: PromptOptions) {
    this.#shell = shell
    this.#tty = tty
    this.#prompt = prompt
    this.#options = options
    this.#state = newEditorState(shell.historyEntries)
  }

  *start(): Task {
    yield* this.#write(PASTE_ON)
    yield* this.#redraw()
  }

  /** A new width breaks rows elsewhere; the terminal has left those of the cursor as they were. */
  resized(): void {
    if (this.#drawn !== undefined) this.#drawn = { ...this.#drawn, shown: '', isAtEnd: false }
  }

  /** Draws again what is not as it should be. */
  refresh(): Task {
    return this.#redraw()
  }

  *press(key: Parameters<typeof pressKey>[1]): Task<Pressed> {
    const isTab = key.type === 'key' && key.name === 'Tab'
    const { state, action } = pressKey(this.#state, key, this.#shell.historyEntries)
    this.#state = state
    switch (action) {
      case 'accept':
        yield* this.#finish('')
        return { type: 'line', text: state.buffer }
      case 'interrupt':
        yield* this.#finish('^C')
        return { type: 'end', value: 'interrupted' }
      case 'endOfInput':
        yield* this.#write(PASTE_OFF)
        if (this.#shell.dialect !== 'bash') yield* this.#write('\n')
        return { type: 'end', value: undefined }
      case 'clear':
        yield* this.#write('\x1b[H\x1b[2J')
        this.#drawn = undefined
        break
      case 'complete':
        yield* this.#complete()
        break
      default:
        break
    }
    this.#wasTab = isTab
    yield* this.#redraw()
    return { type: 'more' }
  }

  *#finish(mark: string): Task {
    this.#state = { ...this.#state, search: undefined, cursor: this.#state.buffer.length }
    yield* this.#redraw()
    if (this.#drawn !== undefined) yield* this.#write(mark + leave(this.#drawn) + PASTE_OFF)
  }

  *#redraw(): Task {
    const frame = { prompt: this.#prompt, state: this.#state, columns: this.#tty.columns }
    const { output, drawn } = draw(frame, this.#drawn)
    this.#drawn = drawn
    if (output !== '') yield* this.#write(output)
  }

  *#complete(): Task {
    const before = this.#state.buffer.slice(0, this.#state.cursor)
    const { length, candidates } = yield* completeLine(this.#shell, before, this.#options.complete)
    if (candidates.length === 0) return yield* this.#write('\x07')
    const prefix = commonPrefix(candidates)
    const isOnly = candidates.length === 1
    const end = isOnly && !/[=/ ]$/.test(prefix) ? ' ' : ''
    const typed = before.slice(before.length - length)
    if (isOnly || prefix.length > typed.length) {
      const rest = this.#state.buffer.slice(this.#state.cursor)
      const head = before.slice(0, before.length - length)
      this.#state = insert(
        { ...this.#state, buffer: head + rest, cursor: head.length },
        prefix + end,
      )
      return
    }
    if (!this.#wasTab) return yield* this.#write('\x07')
    if (this.#drawn !== undefined) yield* this.#write(leave(this.#drawn))
    yield* this.#write(`${candidateColumns(candidates, this.#tty.columns)}\n`)
    this.#drawn = undefined
  }

  #write(text: string): Task {
    return this.#shell.proc.write(2, text)
  }
}
