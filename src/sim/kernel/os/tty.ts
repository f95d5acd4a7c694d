import type { Task } from '../process.ts'
import { suspend } from '../waits.ts'
import type { OpenFile, ProcessTable, Signal, Tty } from './types.ts'
import { concatBytes, decodeUtf8, encodeUtf8, Utf8Decoder } from './utf8.ts'

export type TerminalOptions = {
  readonly columns: number
  readonly rows: number
  /** Where the groups of this terminal live: who gets SIGINT on Ctrl-C. */
  readonly processes: ProcessTable
}

const END_OF_INPUT = Symbol('end of input')
/** More than this typed ahead is dropped, as a real line discipline drops it. */
const TYPE_AHEAD_MAX = 64 * 1024

/**
 * A terminal with its line discipline. A person (or `kubectl exec`) is on one side with `input`
 * and `onOutput`; programs read and write the file on the other.
 */
export class Terminal implements Tty {
  readonly file: OpenFile
  foregroundGroup = 0
  readonly #processes: ProcessTable
  readonly #outputListeners = new Set<(text: string) => void>()
  readonly #resizeListeners = new Set<() => void>()
  readonly #readers = new Set<() => void>()
  readonly #decoder = new Utf8Decoder()
  /** What programs may read: in cooked mode whole lines, one entry each. */
  #ready: (Uint8Array | typeof END_OF_INPUT)[] = []
  #readyBytes = 0
  #line = ''
  #isRaw = false
  #translatesOutput = true
  #isQuotingNext = false
  #isHungUp = false
  #isEchoing = true
  #columns: number
  #rows: number

  constructor(options: TerminalOptions) {
    this.#columns = options.columns
    this.#rows = options.rows
    this.#processes = options.processes
    this.file = {
      kind: 'tty',
      tty: this,
      read: (max) => this.#read(max),
      unread: (bytes) => this.#unread(bytes),
      write: (bytes) => this.#write(bytes),
      retain: () => {},
      release: () => {},
    }
  }

  get columns(): number {
    return this.#columns
  }

  get rows(): number {
    return this.#rows
  }

  get isRaw(): boolean {
    return this.#isRaw
  }

  /** Keys as the terminal emulator sends them; may hold several, or a paste. */
  input(text: string): void {
    if (this.#isHungUp) return
    if (this.#isRaw) return this.#makeReady(encodeUtf8(text))
    for (const character of text) {
      // A key may start a program that wants raw keys, but not before it gets to run.
      this.#cookedKey(character)
    }
  }

  onOutput(listener: (text: string) => void): () => void {
    this.#outputListeners.add(listener)
    return () => this.#outputListeners.delete(listener)
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return
    this.#columns = columns
    this.#rows = rows
    for (const listener of [...this.#resizeListeners]) listener()
    this.#processes.signalGroup(this.foregroundGroup, 'SIGWINCH')
  }

  onResize(listener: () => void): () => void {
    this.#resizeListeners.add(listener)
    return () => this.#resizeListeners.delete(listener)
  }

  setRaw(isRaw: boolean, options: { readonly translatesOutput?: boolean } = {}): void {
    this.#isRaw = isRaw
    this.#translatesOutput = !isRaw || options.translatesOutput === true
    if (!isRaw) return this.#cookTypedAhead()
    if (this.#line === '') return
    const typedAhead = this.#line
    this.#line = ''
    this.#makeReady(encodeUtf8(typedAhead))
  }

  // What was typed ahead of a line editor is edited again, without a second echo: the program that
  // reads it, or the next prompt, shows it.
  #cookTypedAhead(): void {
    const raw = this.#ready.filter((each) => each !== END_OF_INPUT)
    if (raw.length === 0) return
    this.#ready = []
    this.#readyBytes = 0
    this.#isEchoing = false
    for (const key of decodeUtf8(concatBytes(raw))) this.#cookedKey(key)
    this.#isEchoing = true
  }

  /** The other side is gone: readers see the end, the foreground gets SIGHUP. */
  hangUp(): void {
    if (this.#isHungUp) return
    this.#isHungUp = true
    this.#ready.push(END_OF_INPUT)
    this.#wakeReaders()
    this.#processes.signalGroup(this.foregroundGroup, 'SIGHUP')
  }

  #cookedKey(key: string): void {
    if (this.#isQuotingNext) {
      this.#isQuotingNext = false
      return this.#take(key)
    }
    switch (key) {
      case '\x03':
        return this.#interrupt('^C', 'SIGINT')
      case '\x1c':
        return this.#interrupt('^\\', 'SIGQUIT')
      case '\x1a':
        return this.#interrupt('^Z', 'SIGTSTP')
      case '\x04':
        return this.#endOfInput()
      case '\r':
      case '\n':
        return this.#endLine()
      case '\x7f':
      case '\b':
        return this.#erase(1)
      case '\x15':
        return this.#erase(Array.from(this.#line).length)
      case '\x17':
        return this.#erase(lastWordLength(this.#line))
      case '\x16':
        this.#isQuotingNext = true
        return
      default:
        return this.#take(key)
    }
  }

  #take(key: string): void {
    if (this.#line.length >= TYPE_AHEAD_MAX) return
    this.#line += key
    this.#echo(visible(key))
  }

  #endLine(): void {
    const line = `${this.#line}\n`
    this.#line = ''
    this.#echo('\r\n')
    this.#makeReady(encodeUtf8(line))
  }

  // Ctrl-D hands over what is typed so far; on an empty line that is nothing, which reads as end.
  #endOfInput(): void {
    if (this.#line === '') {
      this.#ready.push(END_OF_INPUT)
      this.#wakeReaders()
    } else {
      const line = this.#line
      this.#line = ''
      this.#makeReady(encodeUtf8(line))
    }
  }

  #erase(count: number): void {
    const characters = Array.from(this.#line)
    const erased = characters.splice(Math.max(0, characters.length - count))
    this.#line = characters.join('')
    const columns = Array.from(erased.map(visible).join('')).length
    this.#echo('\b \b'.repeat(columns))
  }

  #interrupt(echo: string, signal: Signal): void {
    this.#line = ''
    this.#ready = []
    this.#readyBytes = 0
    this.#echo(echo)
    this.#processes.signalGroup(this.foregroundGroup, signal)
  }

  *#read(max: number): Task<Uint8Array | undefined> {
    for (;;) {
      const next = this.#ready[0]
      if (next === END_OF_INPUT) {
        if (!this.#isHungUp) this.#ready.shift()
        return undefined
      }
      if (next !== undefined) {
        this.#ready.shift()
        this.#unread(next.subarray(max))
        const taken = next.subarray(0, max)
        this.#readyBytes -= next.length
        return taken
      }
      yield* suspend<void>((wake) => {
        this.#readers.add(wake)
        return () => this.#readers.delete(wake)
      })
    }
  }

  #unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#ready.unshift(bytes)
    this.#readyBytes += bytes.length
  }

  // oxlint-disable-next-line require-yield -- the screen takes everything
  *#write(bytes: Uint8Array): Task {
    const text = this.#decoder.push(bytes)
    this.#emit(this.#translatesOutput ? text.replaceAll('\n', '\r\n') : text)
  }

  #echo(text: string): void {
    if (this.#isEchoing) this.#emit(text)
  }

  #makeReady(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#readyBytes + bytes.length > 16 * TYPE_AHEAD_MAX) return
    this.#ready.push(bytes)
    this.#readyBytes += bytes.length
    this.#wakeReaders()
  }

  #wakeReaders(): void {
    const readers = [...this.#readers]
    this.#readers.clear()
    for (const wake of readers) wake()
  }

  #emit(text: string): void {
    if (text === '') return
    for (const listener of [...this.#outputListeners]) listener(text)
  }
}

function visible(key: string): string {
  const code = key.charCodeAt(0)
  if (key === '\t' || code >= 0x20) return key
  return `^${String.fromCharCode(code + 0x40)}`
}

function lastWordLength(line: string): number {
  const kept = line.replace(/\S+\s*$|\s+$/, '')
  return Array.from(line).length - Array.from(kept).length
}
