import type { SimTime } from '#sim/kernel/time.ts'

/** One command line a person (or a lesson) ran in a terminal, and what it printed. */
export type CommandRun = {
  readonly terminal: number
  readonly command: string
  readonly ranAt: SimTime
  endedAt: SimTime | undefined
  /** Both streams, in the order they appeared. */
  output: string
  stdout: string
  stderr: string
  /** Undefined while it runs, and of what was typed into another shell. */
  exitCode: number | undefined
}

/** How lessons write the key. */
const INTERRUPT = '^C'
const OUTPUT_MAX = 16_384
// Escape sequences and carriage returns are the terminal's business, not what was printed.
// eslint-disable-next-line no-control-regex -- escape bytes are what this removes
const CONTROL = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b[@-_]|\r/g

/**
 * Follows one terminal: which command runs, and what it printed. Inside a remote shell
 * (`kubectl run -it`) no local shell tells when a command begins, so the typed lines do.
 */
export class TerminalRecorder {
  readonly #terminal: number
  readonly #now: () => SimTime
  readonly #runs: CommandRun[] = []
  /** The newest run by the first line of its command. */
  readonly #newest = new Map<string, CommandRun>()
  /** First lines by command: the same few are asked for once a frame. */
  readonly #firstLines = new Map<string, string>()
  #typed = ''
  #outer: CommandRun | undefined
  #inner: CommandRun | undefined
  #tail = ''
  #isEchoDue = false

  constructor(terminal: number, now: () => SimTime) {
    this.#terminal = terminal
    this.#now = now
  }

  get runs(): readonly CommandRun[] {
    return this.#runs
  }

  /** Whether the last thing on the screen is the prompt of a shell inside a container. */
  get isAtInnerPrompt(): boolean {
    return this.#tail.endsWith('$ ') || this.#tail.endsWith('# ')
  }

  /** Whether a line was begun that Enter would end: typed at the prompt, or gone on with behind `> `. */
  get isLineBegun(): boolean {
    return this.#typed !== '' || /(^|\n)> $/.test(this.#tail)
  }

  /** The command in the foreground changed; empty is the prompt, with how the last one ended. */
  foreground(command: string, exitCode: number): void {
    this.#endInner()
    if (this.#outer !== undefined) {
      this.#outer.endedAt = this.#now()
      this.#outer.exitCode = exitCode
    }
    this.#outer = command === '' ? undefined : this.#begin(command)
  }

  typed(text: string): void {
    for (const character of text) {
      if (character === '\r' || character === '\n') this.#lineTyped()
      else if (character === '\u007f') this.#typed = this.#typed.slice(0, -1)
      else if (character === '\u0003') this.#interrupted()
      else this.#typed += character
    }
  }

  printed(text: string, isStderr: boolean): void {
    const clean = text.replaceAll(CONTROL, '')
    this.#tail = (this.#tail + clean).slice(-200)
    const echoed = this.#isEchoDue && clean.startsWith(INTERRUPT) ? INTERRUPT.length : 0
    this.#isEchoDue = false
    append(this.#inner ?? this.#outer, { text: clean, echoed, isStderr })
    if (this.#inner !== undefined && this.isAtInnerPrompt) this.#endInner()
  }

  /** The newest run of a command line; of several lines the first one tells. */
  newest(command: string): CommandRun | undefined {
    return this.#newest.get(this.#firstLineOf(command))
  }

  #firstLineOf(command: string): string {
    let line = this.#firstLines.get(command)
    if (line === undefined) {
      line = firstLine(command)
      this.#firstLines.set(command, line)
    }
    return line
  }

  /** A key that lessons ask for as for a command. It is no line, so `runs` has none of it. */
  #interrupted(): void {
    this.#typed = ''
    this.#isEchoDue = true
    const run = this.#newRun(INTERRUPT)
    this.#newest.set(INTERRUPT, { ...run, endedAt: run.ranAt })
  }

  #lineTyped(): void {
    const line = this.#typed
    this.#typed = ''
    if (this.#outer === undefined || line.trim() === '') return
    this.#endInner()
    dropLastLine(this.#outer)
    this.#inner = this.#begin(line)
  }

  #begin(command: string): CommandRun {
    const run = this.#newRun(command)
    this.#runs.push(run)
    this.#newest.set(this.#firstLineOf(command), run)
    return run
  }

  #newRun(command: string): CommandRun {
    return {
      terminal: this.#terminal,
      command,
      ranAt: this.#now(),
      endedAt: undefined,
      output: '',
      stdout: '',
      stderr: '',
      exitCode: undefined,
    }
  }

  #endInner(): void {
    if (this.#inner !== undefined) {
      this.#inner.endedAt = this.#now()
      if (this.isAtInnerPrompt) dropLastLine(this.#inner)
      this.#inner.output = this.#inner.output.replace(/^\n/, '')
      this.#inner.stdout = this.#inner.stdout.replace(/^\n/, '')
    }
    this.#inner = undefined
  }
}

/** The first letters may be the terminal's echo of a key: seen, but printed by no program. */
function append(
  run: CommandRun | undefined,
  shown: { readonly text: string; readonly echoed: number; readonly isStderr: boolean },
): void {
  if (run === undefined) return
  run.output = (run.output + shown.text).slice(-OUTPUT_MAX)
  const stream = shown.isStderr ? 'stderr' : 'stdout'
  run[stream] = (run[stream] + shown.text.slice(shown.echoed)).slice(-OUTPUT_MAX)
}

/** An inner shell's prompt, and what was typed behind it, are no output. */
function dropLastLine(run: CommandRun | undefined): void {
  if (run === undefined) return
  run.output = run.output.replace(/[^\n]*$/, '')
  run.stdout = run.stdout.replace(/[^\n]*$/, '')
}

function firstLine(command: string): string {
  return (command.trim().split('\n')[0] ?? '').replaceAll(/\s+/g, ' ').trim()
}
