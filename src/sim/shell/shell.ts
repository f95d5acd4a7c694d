import type { Disposition, ExitStatus, OpenFile, OsProcess, Signal } from '#sim/kernel/os/types.ts'
import { OsError, SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { type ArithmeticContext, evaluateArithmetic } from './arithmetic.ts'
import type { JobTable } from './jobs.ts'
import { type FunctionNode, lineNumberAt, type Statement, SyntaxCache } from './syntax.ts'
import { elementsOf, textOf, Variables } from './variables.ts'

/** Whose words the shell speaks where they differ: bash, or busybox's and Debian's sh. */
export type Dialect = 'bash' | 'ash' | 'dash'

export type ShellFunction = { readonly node: FunctionNode; readonly source: Source }

export type ShellOptions = {
  errexit: boolean
  nounset: boolean
  pipefail: boolean
  xtrace: boolean
  verbose: boolean
  noglob: boolean
  noclobber: boolean
  allexport: boolean
  noexec: boolean
  monitor: boolean
}

/** Text that is being run: its lines count for messages and $LINENO. */
export type Source = { readonly text: string; readonly firstLine: number }

/** What runs things in a shell; injected, because the evaluator imports this module. */
export type Evaluator = {
  /** Runs parsed statements to the status of the last. */
  run(shell: Shell, statements: readonly Statement[], source: Source): Task<number>
  /** Parses and runs text: `eval`, `.`, traps, scripts. */
  runText(shell: Shell, text: string): Task<number>
  /** Runs expanded words as a command. */
  runWords(shell: Shell, words: readonly string[], options: RunOptions): Task<number>
  /** The only statement of a script: a program takes the place of the shell. */
  runLast(shell: Shell, statement: Statement, source: Source): Task<number>
  /** The body of a function, with its redirections. */
  runBody(shell: Shell, definition: ShellFunction): Task<number>
}

export type RunOptions = {
  /** `command` and `exec` pass over functions; `exec` over builtins as well. */
  readonly skipsFunctions?: boolean
  readonly skipsBuiltins?: boolean
  /** The program takes the place of this shell: nothing comes after it. */
  readonly inPlace?: boolean
}

/** Unwinds to the end of the shell, with its exit code. */
export class ExitShell {
  readonly code: number
  /** After `exec` the program that took the place of the shell has run: no EXIT trap. */
  readonly isReplaced: boolean

  constructor(code: number, options: { readonly isReplaced?: boolean } = {}) {
    this.code = code
    this.isReplaced = options.isReplaced === true
  }
}

export class LoopJump {
  readonly type: 'break' | 'continue'
  levels: number

  constructor(type: 'break' | 'continue', levels: number) {
    this.type = type
    this.levels = levels
  }
}

export class ReturnFromFunction {
  readonly code: number

  constructor(code: number) {
    this.code = code
  }
}

/** Ctrl-C: drops the rest of the line in an interactive shell. */
export class Interrupted {}

/** A mistake that ends a script, or the line of an interactive shell: `x: unbound variable`. */
export class FatalError extends Error {
  override readonly name = 'FatalError'
  readonly code: number

  constructor(message: string, code = 1) {
    super(message)
    this.code = code
  }
}

export type ShellSettings = {
  readonly proc: OsProcess
  readonly dialect: Dialect
  readonly name: string
  readonly evaluator: Evaluator
  readonly jobs: JobTable
}

/** The state of one shell process. A subshell is another, made by `fork`. */
export class Shell {
  /** Replaced once, when a forked shell gets the process it runs in. */
  proc: OsProcess
  readonly dialect: Dialect
  readonly evaluator: Evaluator
  readonly jobs: JobTable
  readonly syntax: SyntaxCache
  readonly functions: Map<string, ShellFunction>
  readonly aliases: Map<string, string>
  readonly options: ShellOptions
  readonly shopt: Map<string, boolean>
  readonly traps = new Map<string, string>()
  readonly pendingSignals: Signal[] = []
  /** What signals do without a trap: an interactive shell survives Ctrl-C. */
  readonly standardDispositions = new Map<Signal, Disposition>()
  variables: Variables
  positional: readonly string[] = []
  /** `$0`. */
  name: string
  /** What stands before messages; `bash: line 3: ` is made of it. */
  messageName: string
  /** `$$` stays that of the first shell in its subshells. */
  shellPid: number
  lastStatus = 0
  lastBackgroundPid: number | undefined
  lastArgument = ''
  source: Source = { text: '', firstLine: 1 }
  /** Where in the source the running command stands. */
  position = 0
  isInteractive = false
  /** Started with -c. */
  isCommandString = false
  isSubshell = false
  /** Set while a trap, an `if` or a `!` looks at statuses: errexit then does not apply. */
  errexitPauses = 0
  loopDepth = 0
  functionDepth = 0
  functionNames: string[] = []
  sourceDepth = 0
  directoryStack: string[] = []
  /** Statuses of waited-for children, for a second `wait`. */
  readonly endedJobs = new Map<number, number>()
  /** Open `<( )` and `>( )`, by descriptor; closed when the command that uses them has started. */
  substitutionFiles = new Map<number, OpenFile>()
  isInterrupted = false
  substitutionStatus: number | undefined
  /** One more `+` before traced commands inside of each `$( )`. */
  traceDepth = 1
  startedAt: number
  historyEntries: string[] = []

  constructor(settings: ShellSettings, from?: Shell) {
    this.proc = settings.proc
    this.dialect = settings.dialect
    this.evaluator = settings.evaluator
    this.jobs = settings.jobs
    this.name = settings.name
    this.messageName = settings.name
    this.shellPid = from?.shellPid ?? settings.proc.pid
    this.startedAt = from?.startedAt ?? settings.proc.host.simulation.now
    this.syntax = from?.syntax ?? new SyntaxCache()
    this.functions = new Map(from?.functions)
    this.aliases = new Map(from?.aliases)
    this.shopt = new Map(from?.shopt)
    this.options = from === undefined ? newOptions() : { ...from.options }
    this.variables = from?.variables.clone() ?? new Variables()
    if (from === undefined) this.#importEnvironment()
    else this.#inherit(from)
  }

  #inherit(from: Shell): void {
    this.positional = from.positional
    this.messageName = from.messageName
    this.lastStatus = from.lastStatus
    this.lastBackgroundPid = from.lastBackgroundPid
    this.source = from.source
    this.position = from.position
    this.isSubshell = true
    this.isCommandString = from.isCommandString
    this.errexitPauses = from.errexitPauses
    this.loopDepth = from.loopDepth
    this.functionDepth = from.functionDepth
    this.functionNames = [...from.functionNames]
    this.directoryStack = [...from.directoryStack]
    this.historyEntries = from.historyEntries
    this.traceDepth = from.traceDepth
    for (const [name, action] of from.traps) if (action === '') this.traps.set(name, '')
    this.options.monitor = false
  }

  #importEnvironment(): void {
    for (const [name, text] of this.proc.env) {
      if (!/^[A-Za-z_]\w*$/.test(name)) continue
      this.variables.setText(name, text)
      this.variables.need(name).isExported = true
    }
    const depth = Number(this.proc.env.get('SHLVL') ?? '0') || 0
    this.export('SHLVL', String(depth + 1))
    this.export('PWD', this.proc.cwd)
    this.variables.setText('IFS', ' \t\n')
    this.variables.setText('OPTIND', '1')
    this.variables.setText('PPID', String(this.proc.ppid))
    if (this.dialect === 'bash') {
      this.variables.setText('BASH_VERSION', '5.2.37(1)-release')
      this.variables.setText('HOSTNAME', this.proc.host.hostname)
      this.variables.setText('UID', '0')
      this.variables.setText('EUID', '0')
    }
  }

  get line(): number {
    return this.source.firstLine - 1 + lineNumberAt(this.source.text, this.position)
  }

  export(name: string, text: string): void {
    this.variables.setText(name, text)
    this.variables.need(name).isExported = true
  }

  /** `bash: line 3: `, `sh: ` or `./script: line 3: `, as it stands before a message. */
  get messagePrefix(): string {
    if (this.dialect === 'dash') return `${this.messageName}: ${this.line}: `
    if (this.dialect === 'ash' || this.isInteractive) return `${this.messageName}: `
    return `${this.messageName}: line ${this.line}: `
  }

  complain(message: string): Task {
    return this.proc.write(2, `${this.messagePrefix}${message}\n`)
  }

  /** A parameter as `$name` gives it; `@` and `*` are the caller's business. */
  parameter(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.name : this.positional[Number(name) - 1]
    const special = SPECIAL[name]
    return special === undefined ? this.variables.text(name) : special(this)
  }

  get ifs(): string {
    return this.variables.text('IFS') ?? ' \t\n'
  }

  arithmetic(text: string): bigint {
    return evaluateArithmetic(text, this.#arithmeticContext)
  }

  /** The index or key that the text between brackets stands for. */
  elementKey(name: string, key: string): string | number {
    if (this.variables.find(name)?.value?.type === 'associative') return key
    const index = Number(this.arithmetic(key))
    if (index >= 0) return index
    const value = this.variables.find(name)?.value
    const indexes = value?.type === 'indexed' ? [...value.elements.keys()] : []
    return Math.max(-1, ...indexes) + 1 + index
  }

  element(name: string, key: string): string | undefined {
    const value = this.variables.find(name)?.value
    const at = this.elementKey(name, key)
    if (value?.type === 'indexed') return value.elements.get(Number(at))
    if (value?.type === 'associative') return value.elements.get(String(at))
    return at === 0 ? this.parameter(name) : undefined
  }

  /** Sets a variable, with the arithmetic of `declare -i` and the export of `set -a`. */
  setVariable(name: string, text: string, options: { readonly append?: boolean } = {}): void {
    const variable = this.variables.need(name)
    const before = options.append === true ? (textOf(variable.value) ?? '') : ''
    if (variable.isInteger) {
      const sum = this.arithmetic(text) + (before === '' ? 0n : this.arithmetic(before))
      this.variables.setText(name, String(sum))
    } else {
      this.variables.setText(name, before + text)
    }
    if (this.options.allexport) variable.isExported = true
  }

  get pipeStatus(): readonly string[] {
    return elementsOf(this.variables.find('PIPESTATUS')?.value)
  }

  set pipeStatus(codes: readonly (string | number)[]) {
    this.variables.setArray('PIPESTATUS', codes.map(String))
  }

  readonly #arithmeticContext: ArithmeticContext = {
    get: (name, key) => {
      const text = key === undefined ? this.parameter(name) : this.element(name, key)
      if (text === undefined && this.options.nounset) {
        throw new FatalError(`${name}: unbound variable`, 127)
      }
      return text ?? ''
    },
    set: (name, key, value) => {
      if (key === undefined) this.setVariable(name, value)
      else this.variables.setElement(name, this.elementKey(name, key), value)
    },
  }
}

const SPECIAL: Readonly<Record<string, (shell: Shell) => string | undefined>> = {
  '?': (shell) => String(shell.lastStatus),
  $: (shell) => String(shell.shellPid),
  '!': (shell) => shell.lastBackgroundPid?.toString(),
  '#': (shell) => String(shell.positional.length),
  '-': optionFlags,
  _: (shell) => shell.lastArgument,
  LINENO: (shell) => String(shell.line),
  RANDOM: (shell) => String(shell.proc.host.simulation.random.int(0, 32767)),
  SECONDS: (shell) => String(Math.floor((shell.proc.host.simulation.now - shell.startedAt) / 1000)),
  EPOCHSECONDS: (shell) => String(Math.floor(shell.proc.host.simulation.unixMs / 1000)),
  EPOCHREALTIME: (shell) => (shell.proc.host.simulation.unixMs / 1000).toFixed(6),
  BASHPID: (shell) => String(shell.proc.pid),
  FUNCNAME: (shell) => shell.functionNames.at(-1),
}

function optionFlags(shell: Shell): string {
  const { options } = shell
  const flags: readonly (readonly [string, boolean])[] = [
    ['a', options.allexport],
    ['c', shell.isCommandString],
    ['e', options.errexit],
    ['f', options.noglob],
    ['h', shell.dialect === 'bash'],
    ['i', shell.isInteractive],
    ['m', options.monitor],
    ['u', options.nounset],
    ['v', options.verbose],
    ['x', options.xtrace],
    ['B', shell.dialect === 'bash'],
    ['C', options.noclobber],
  ]
  return flags
    .filter(([, isSet]) => isSet)
    .map(([flag]) => flag)
    .join('')
}

function newOptions(): ShellOptions {
  return {
    errexit: false,
    nounset: false,
    pipefail: false,
    xtrace: false,
    verbose: false,
    noglob: false,
    noclobber: false,
    allexport: false,
    noexec: false,
    monitor: false,
  }
}

/** `$?` for how a process ended. */
export function exitCode(status: ExitStatus): number {
  return status.type === 'exited' ? status.code : 128 + SIGNAL_NUMBER[status.signal]
}

/** Puts a file into a descriptor, and closes what was there. */
export function setFile(proc: OsProcess, fd: number, file: OpenFile | undefined): void {
  file?.retain()
  proc.files.get(fd)?.release()
  if (file === undefined) proc.files.delete(fd)
  else proc.files.set(fd, file)
}

export function isErrno(error: unknown, code: OsError['code']): boolean {
  return error instanceof OsError && error.code === code
}
