import { InvariantError } from '../invariant.ts'
import type { AnyProcess, Exit, Task } from '../process.ts'
import type { SimTime } from '../time.ts'
import { charge, sleep, suspend } from '../waits.ts'
import { openFifo } from './fifo.ts'
import { openInode } from './open-files.ts'
import {
  type Disposition,
  type ExitStatus,
  type Host,
  type OpenFile,
  type OpenOptions,
  OsError,
  type OsProcess,
  type ProcessTable,
  type Program,
  type Signal,
  type SpawnOptions,
} from './types.ts'
import { concatBytes, decodeUtf8, encodeUtf8 } from './utf8.ts'

const READ_BYTES = 64 * 1024
/** A line reader puts back what it does not use: small reads keep that cheap. */
const LINE_BYTES = 2048
const PID_MAX = 32768

const HARMLESS: ReadonlySet<Signal> = new Set(['SIGCHLD', 'SIGCONT', 'SIGWINCH'])
const STOPPING: ReadonlySet<Signal> = new Set(['SIGSTOP', 'SIGTSTP', 'SIGTTIN'])

/** The processes of one host: a container has a table of its own, in which its program is 1. */
export class Processes implements ProcessTable {
  readonly #byPid = new Map<number, RunningProcess>()
  #nextPid: number

  constructor(options: { readonly firstPid?: number } = {}) {
    this.#nextPid = options.firstPid ?? 1
  }

  spawn(options: SpawnOptions): OsProcess {
    const pid = options.pid ?? this.#freePid()
    const process = new RunningProcess(pid, options, (ended) => this.#ended(ended))
    this.#byPid.set(pid, process)
    return process
  }

  get(pid: number): OsProcess | undefined {
    return this.#byPid.get(pid)
  }

  list(): readonly OsProcess[] {
    return [...this.#byPid.values()].sort((a, b) => a.pid - b.pid)
  }

  signalGroup(pgid: number, signal: Signal, from?: OsProcess): boolean {
    const group = [...this.#byPid.values()].filter((process) => process.pgid === pgid)
    for (const process of group) process.signal(signal, from)
    return group.length > 0
  }

  #freePid(): number {
    while (this.#byPid.has(this.#nextPid)) this.#nextPid = (this.#nextPid % PID_MAX) + 1
    const pid = this.#nextPid
    this.#nextPid = (this.#nextPid % PID_MAX) + 1
    return pid
  }

  // With process 1 the whole container ends: the kernel kills all that is left of the namespace.
  #ended(process: RunningProcess): void {
    this.#byPid.delete(process.pid)
    const rest = [...this.#byPid.values()]
    if (process.pid === 1) for (const other of rest) other.signal('SIGKILL')
    for (const other of rest) if (other.ppid === process.pid) other.ppid = 1
  }
}

class RunningProcess implements OsProcess {
  readonly pid: number
  ppid: number
  pgid: number
  readonly host: Host
  readonly env: Map<string, string>
  cwd: string
  readonly files: Map<number, OpenFile>
  readonly kernel: AnyProcess
  readonly startedAt: SimTime
  readonly #parent: OsProcess | undefined
  readonly #onEnded: (process: RunningProcess) => void
  readonly #dispositions = new Map<Signal, Disposition>()
  readonly #exitListeners: ((status: ExitStatus) => void)[] = []
  readonly #stopListeners = new Set<() => void>()
  readonly #continueWaiters = new Set<() => void>()
  readonly #leftovers = new Map<OpenFile, Uint8Array>()
  #argv: readonly string[]
  #status: ExitStatus | undefined
  /** Set when a signal ends the process, before its `finally` blocks have run. */
  #endingBy: Signal | undefined
  #isStopped = false
  #interruptibleDepth = 0

  constructor(pid: number, options: SpawnOptions, onEnded: (process: RunningProcess) => void) {
    this.pid = pid
    this.ppid = options.parent?.pid ?? 0
    this.pgid = options.group === 'new' ? pid : (options.group ?? options.parent?.pgid ?? pid)
    this.host = options.host
    this.#argv = options.argv
    this.env = new Map(options.env)
    this.cwd = options.cwd
    this.files = new Map(options.files)
    for (const file of this.files.values()) file.retain()
    this.#parent = options.parent
    this.#onEnded = onEnded
    this.#inheritIgnored()
    const { simulation } = options.host
    this.startedAt = simulation.now
    const periodic = options.periodic ?? options.parent?.kernel.periodic ?? false
    const kernel = simulation.spawn(this.#run(options.program), {
      name: `${options.host.hostname}/${options.argv[0] ?? '?'}[${pid}]`,
      periodic,
      onError: () => {}, // The exit listener below tells a program's mistake from ours.
    })
    this.kernel = kernel
    kernel.onExit((exit) => this.#finish(exit))
  }

  get argv(): readonly string[] {
    return this.#argv
  }

  get status(): ExitStatus | undefined {
    return this.#status
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  signal(signal: Signal, from?: OsProcess): void {
    if (this.#status !== undefined || this.#endingBy !== undefined) return
    const isForced = signal === 'SIGKILL' || signal === 'SIGSTOP'
    if (isForced && this.pid === 1 && from?.host === this.host) return
    if (signal === 'SIGCONT') this.#continue()
    const disposition = isForced ? 'default' : this.disposition(signal)
    if (disposition === 'ignore') return
    if (typeof disposition === 'function') {
      disposition(signal)
      if (this.#interruptibleDepth > 0) this.kernel.interrupt(new OsError('EINTR'))
      return
    }
    if (this.pid === 1 && !isForced) return
    this.#defaultAction(signal)
  }

  setDisposition(signal: Signal, disposition: Disposition): void {
    if (disposition === 'default') this.#dispositions.delete(signal)
    else this.#dispositions.set(signal, disposition)
  }

  disposition(signal: Signal): Disposition {
    return this.#dispositions.get(signal) ?? 'default'
  }

  wait(): Task<ExitStatus> {
    return suspend<ExitStatus>((wake) => {
      this.onExit(wake)
      return undefined
    })
  }

  onExit(listener: (status: ExitStatus) => void): void {
    if (this.#status === undefined) this.#exitListeners.push(listener)
    else listener(this.#status)
  }

  onStop(listener: () => void): () => void {
    this.#stopListeners.add(listener)
    return () => this.#stopListeners.delete(listener)
  }

  write(fd: number, text: string): Task {
    return this.writeBytes(fd, encodeUtf8(text))
  }

  *writeBytes(fd: number, bytes: Uint8Array): Task {
    yield* this.charge(callCostMs(bytes.length))
    const file = this.#file(fd)
    try {
      yield* file.write(bytes)
    } catch (error) {
      if (error instanceof OsError && error.code === 'EPIPE') {
        this.signal('SIGPIPE')
        yield* this.#gate()
      }
      throw error
    }
  }

  *read(fd: number, max = READ_BYTES): Task<Uint8Array | undefined> {
    yield* this.charge(callCostMs(0))
    const file = this.#file(fd)
    const leftover = this.#leftovers.get(file)
    if (leftover !== undefined) {
      this.#keepLeftover(file, leftover.subarray(max))
      return leftover.subarray(0, max)
    }
    const { tty } = file
    // As with SIGTTIN and fg, a background process that reads waits for the foreground.
    while (tty !== undefined && tty.foregroundGroup !== this.pgid && tty.foregroundGroup !== 0) {
      if (!this.#ownsTerminal(tty.foregroundGroup)) break
      this.signal('SIGTTIN')
      yield* this.#gate()
    }
    return yield* file.read(max)
  }

  *readLine(fd: number): Task<string | undefined> {
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = yield* this.read(fd, LINE_BYTES)
      if (chunk === undefined) return chunks.length === 0 ? undefined : joined(chunks)
      const end = chunk.indexOf(0x0a)
      if (end < 0) {
        chunks.push(chunk)
        continue
      }
      chunks.push(chunk.subarray(0, end))
      this.#putBack(fd, chunk.subarray(end + 1))
      return joined(chunks)
    }
  }

  *readAll(fd: number): Task<string> {
    const chunks: Uint8Array[] = []
    for (;;) {
      const chunk = yield* this.read(fd)
      if (chunk === undefined) return joined(chunks)
      chunks.push(chunk)
    }
  }

  *open(path: string, options: OpenOptions): Task<OpenFile> {
    yield* this.#gate()
    const descriptor = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path)
    if (descriptor !== null) return this.#file(Number(descriptor[1]))
    try {
      const inode = this.host.fs.inodeToOpen(this.resolvePath(path), options)
      if (inode.type === 'fifo') return yield* openFifo(inode, options)
      if (inode.type === 'device' && inode.node.kind === 'fd') return this.#file(inode.node.fd)
      if (inode.type === 'device' && inode.node.kind === 'tty') return this.#terminalFile()
      return openInode(inode, options, () => this.host.simulation.unixMs, path)
    } catch (error) {
      // Programs name the path as it was given to them.
      throw error instanceof OsError ? new OsError(error.code, path) : error
    }
  }

  *interruptible<T>(task: Task<T>): Task<T> {
    yield* this.#gate()
    this.#interruptibleDepth++
    try {
      return yield* task
    } finally {
      this.#interruptibleDepth--
    }
  }

  *exec(program: Program, argv: readonly string[]): Task<number> {
    this.#argv = argv
    this.#leftovers.clear()
    for (const [signal, disposition] of this.#dispositions) {
      if (typeof disposition === 'function') this.#dispositions.delete(signal)
    }
    return yield* this.#toExitCode(program)
  }

  *sleep(delayMs: number): Task {
    yield* this.interruptible(sleep(delayMs))
    yield* this.#gate()
  }

  *charge(costMs: number): Task {
    yield* charge(this.kernel, costMs)
    yield* this.#gate()
  }

  resolvePath(path: string): string {
    if (path.startsWith('/')) return path
    return path === '' ? '' : this.cwd === '/' ? `/${path}` : `${this.cwd}/${path}`
  }

  *#run(program: Program): Task<number> {
    return yield* this.#toExitCode(program)
  }

  /** A failed system call that a program does not handle ends it with a line on stderr. */
  *#toExitCode(program: Program): Task<number> {
    try {
      return yield* program(this)
    } catch (error) {
      if (!(error instanceof OsError)) throw error
      if (error.code === 'EINTR') return 1
      yield* this.#complain(error)
      return 1
    }
  }

  *#complain(error: OsError): Task {
    try {
      const prefix = error.code === 'EPIPE' || error.code === 'ENOSPC' ? 'write error: ' : ''
      yield* this.write(2, `${this.argv[0]}: ${prefix}${error.message}\n`)
    } catch (failure) {
      if (!(failure instanceof OsError)) throw failure
    }
  }

  /** Stops here while the process is halted, and for good once a signal has ended it. */
  *#gate(): Task {
    if (this.#endingBy !== undefined) yield* suspend<void>(() => undefined)
    while (this.#isStopped) {
      yield* suspend<void>((wake) => {
        this.#continueWaiters.add(wake)
        return () => this.#continueWaiters.delete(wake)
      })
    }
  }

  #defaultAction(signal: Signal): void {
    if (HARMLESS.has(signal)) return
    if (STOPPING.has(signal)) return this.#stop()
    this.#endingBy = signal
    this.kernel.kill()
  }

  #stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    for (const listener of [...this.#stopListeners]) listener()
    this.#parent?.signal('SIGCHLD')
  }

  #continue(): void {
    this.#isStopped = false
    const waiters = [...this.#continueWaiters]
    this.#continueWaiters.clear()
    for (const wake of waiters) wake()
  }

  #inheritIgnored(): void {
    const parent = this.#parent
    if (!(parent instanceof RunningProcess)) return
    for (const [signal, disposition] of parent.#dispositions) {
      if (disposition === 'ignore') this.#dispositions.set(signal, 'ignore')
    }
  }

  #file(fd: number): OpenFile {
    const file = this.files.get(fd)
    if (file === undefined) throw new OsError('EBADF', String(fd))
    return file
  }

  #terminalFile(): OpenFile {
    for (const file of this.files.values()) if (file.kind === 'tty') return file
    throw new OsError('EIO', '/dev/tty')
  }

  #ownsTerminal(foregroundGroup: number): boolean {
    return this.host.processes.list().some((process) => process.pgid === foregroundGroup)
  }

  #putBack(fd: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const file = this.#file(fd)
    if (file.unread === undefined) this.#keepLeftover(file, bytes)
    else file.unread(bytes)
  }

  #keepLeftover(file: OpenFile, bytes: Uint8Array): void {
    if (bytes.length === 0) this.#leftovers.delete(file)
    else this.#leftovers.set(file, bytes)
  }

  #finish(exit: Exit<number>): void {
    if (exit.type === 'threw') {
      const { error } = exit
      this.host.simulation.fail(
        error instanceof Error
          ? error
          : new InvariantError(`${this.kernel.name} threw ${String(error)}`),
      )
    }
    this.#status = this.#exitStatus(exit)
    for (const file of this.files.values()) file.release()
    this.files.clear()
    this.#onEnded(this)
    for (const listener of this.#exitListeners.splice(0)) listener(this.#status)
    this.#parent?.signal('SIGCHLD')
  }

  #exitStatus(exit: Exit<number>): ExitStatus {
    if (this.#endingBy !== undefined) return { type: 'signaled', signal: this.#endingBy }
    if (exit.type === 'returned') return { type: 'exited', code: exit.value & 0xff }
    return { type: 'signaled', signal: 'SIGKILL' }
  }
}

// Without a price `yes > /dev/null` would run for ever within one instant.
function callCostMs(bytes: number): number {
  return 0.001 + bytes * 1e-6
}

function joined(chunks: readonly Uint8Array[]): string {
  return decodeUtf8(
    chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : concatBytes(chunks),
  )
}
