import { ExpectedError } from '../expected-error.ts'
import type { AnyProcess, Task } from '../process.ts'
import type { Simulation } from '../simulation.ts'
import type { SimTime } from '../time.ts'
import type { FileSystem } from './filesystem.ts'

/** A system call that failed, by its errno name, as programs print it. */
export class OsError extends ExpectedError {
  override readonly name = 'OsError'
  readonly code: Errno
  readonly path: string | undefined

  constructor(code: Errno, path?: string) {
    super(path === undefined ? ERRNO_TEXT[code] : `${path}: ${ERRNO_TEXT[code]}`)
    this.code = code
    this.path = path
  }
}

export const ERRNO_TEXT = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EBADF: 'Bad file descriptor',
  EBUSY: 'Device or resource busy',
  ECHILD: 'No child processes',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EEXIST: 'File exists',
  EHOSTUNREACH: 'No route to host',
  EINTR: 'Interrupted system call',
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENETUNREACH: 'Network is unreachable',
  ENOENT: 'No such file or directory',
  ENOEXEC: 'Exec format error',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EXDEV: 'Invalid cross-device link',
  EROFS: 'Read-only file system',
  ESRCH: 'No such process',
  ETIMEDOUT: 'Connection timed out',
} as const

export type Errno = keyof typeof ERRNO_TEXT

export type Signal =
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGKILL'
  | 'SIGPIPE'
  | 'SIGALRM'
  | 'SIGTERM'
  | 'SIGCHLD'
  | 'SIGCONT'
  | 'SIGSTOP'
  | 'SIGTSTP'
  | 'SIGTTIN'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGWINCH'

export const SIGNAL_NUMBER = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGWINCH: 28,
} as const satisfies Record<Signal, number>

/** What a descriptor points to. Shared between processes and counted; the last close closes. */
export interface OpenFile {
  readonly kind: 'file' | 'pipe' | 'tty' | 'null' | 'socket'
  /** Up to `max` bytes, waiting for some; undefined at the end of the file. */
  read(max: number): Task<Uint8Array | undefined>
  /** All of `bytes`, waiting while a pipe is full. Throws OsError EPIPE, ENOSPC, EBADF. */
  write(bytes: Uint8Array): Task
  /** One more descriptor refers to this. */
  retain(): void
  release(): void
  /** Puts back bytes that were read but not used, so that the next reader gets them. */
  unread?(bytes: Uint8Array): void
  /** Moves the offset of a regular file; undefined where there is none to move. */
  seek?(offset: number): void
  readonly tty?: Tty
}

export type OpenOptions = {
  readonly read?: boolean
  readonly write?: boolean
  readonly create?: boolean
  readonly truncate?: boolean
  readonly append?: boolean
  /** With `create`: EEXIST if it is there already. */
  readonly exclusive?: boolean
  readonly mode?: number
}

/** A terminal as a program sees it; `tty.ts` implements its cooked mode. */
export interface Tty {
  readonly columns: number
  readonly rows: number
  /**
   * Raw mode hands on each byte as it comes, without echo and signals. Output then goes out as it
   * is, unless `translatesOutput` keeps turning newlines into CR LF: line editors ask for that.
   */
  setRaw(isRaw: boolean, options?: { readonly translatesOutput?: boolean }): void
  readonly isRaw: boolean
  /** The group that Ctrl-C reaches. */
  foregroundGroup: number
  onResize(listener: () => void): () => void
}

/** One program: runs to its exit code. Reads and writes through `proc`, waits with `yield*`. */
export type Program = (proc: OsProcess) => Task<number>

/** What a process lives in: a workstation or a container. */
export interface Host {
  readonly simulation: Simulation
  readonly hostname: string
  readonly fs: FileSystem
  readonly processes: ProcessTable
  /** By the name that PATH finds, such as `ls`, `nginx`, `kubectl`; undefined is "not found". */
  command(name: string): Program | undefined
  commandNames(): readonly string[]
  /** Undefined on a host without a network. */
  readonly network: HostNetwork | undefined
}

export interface ProcessTable {
  spawn(options: SpawnOptions): OsProcess
  get(pid: number): OsProcess | undefined
  list(): readonly OsProcess[]
  /** Every process of the group; false if there is none. */
  signalGroup(pgid: number, signal: Signal): boolean
}

export type SpawnOptions = {
  readonly host: Host
  readonly program: Program
  /** argv[0] is the program's name. */
  readonly argv: readonly string[]
  readonly env: ReadonlyMap<string, string>
  readonly cwd: string
  /** Descriptors the child gets; each is retained for it. */
  readonly files: ReadonlyMap<number, OpenFile>
  readonly parent?: OsProcess
  /** A number joins that group; 'new' makes the child a leader; default: the parent's. */
  readonly group?: number | 'new'
  /** Main processes of containers: their sleeps do not keep the world from being at rest. */
  readonly periodic?: boolean
  readonly pid?: number
}

/** How a process ended, as `wait` reports it. */
export type ExitStatus =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signaled'; readonly signal: Signal }

export type Disposition = 'default' | 'ignore' | ((signal: Signal) => void)

export interface OsProcess {
  readonly pid: number
  readonly ppid: number
  pgid: number
  readonly host: Host
  /** Replaced by `exec`. */
  readonly argv: readonly string[]
  readonly env: Map<string, string>
  cwd: string
  readonly files: Map<number, OpenFile>
  readonly kernel: AnyProcess
  readonly status: ExitStatus | undefined
  readonly startedAt: SimTime
  /** Halted by SIGSTOP or SIGTSTP, until SIGCONT. */
  readonly isStopped: boolean
  /** Calls back each time the process stops; returns how to take that back. */
  onStop(listener: () => void): () => void
  /**
   * Delivers a signal: the default action ends the process (SIGCHLD, SIGCONT, SIGWINCH: nothing),
   * a handler is called at once, and an interruptible wait ends with OsError EINTR. Process 1 of
   * a container ignores what it has no handler for, except SIGKILL from outside; `from` tells
   * who sent it, for that.
   */
  signal(signal: Signal, from?: OsProcess): void
  setDisposition(signal: Signal, disposition: Disposition): void
  disposition(signal: Signal): Disposition
  /** Waits for this process to end. */
  wait(): Task<ExitStatus>
  onExit(listener: (status: ExitStatus) => void): void

  /** Writes text to a descriptor (1 is stdout, 2 is stderr). */
  write(fd: number, text: string): Task
  writeBytes(fd: number, bytes: Uint8Array): Task
  /** The next line of a descriptor without its newline; undefined at the end. */
  readLine(fd: number): Task<string | undefined>
  read(fd: number, max?: number): Task<Uint8Array | undefined>
  /** Everything up to the end, as text. */
  readAll(fd: number): Task<string>
  /** Opens a path; /dev/stdin, /dev/fd/N and /dev/tty are those of this process. Not retained. */
  open(path: string, options: OpenOptions): Task<OpenFile>
  /** Runs a wait that a signal with a handler ends with OsError EINTR. */
  interruptible<T>(task: Task<T>): Task<T>
  /** Becomes another program, with handlers reset; what it returns is to be the exit code. */
  exec(program: Program, argv: readonly string[]): Task<number>
  /** Waits; a signal with a handler ends it with OsError EINTR. */
  sleep(delayMs: number): Task
  /** Charges virtual CPU time for work done. */
  charge(costMs: number): Task
  /** An absolute path, from a path relative to the working directory. */
  resolvePath(path: string): string
}

/** Sockets and names, as a container or the workstation has them; `sim/network` implements it. */
export interface HostNetwork {
  readonly ip: string
  /** Listens on a TCP port of this host. Throws OsError EADDRINUSE. */
  listen(port: number, options?: { readonly address?: string }): Listener
  /** Connects; waits for latency and time-outs. Throws OsError ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH. */
  connect(ip: string, port: number, options?: { readonly timeoutMs?: number }): Task<Connection>
  /** What getaddrinfo would answer, through resolv.conf and /etc/hosts; empty where nothing is found. */
  lookup(name: string): Task<readonly string[]>
  /** One DNS question to one server, as nslookup and dig send it. */
  query(server: string, question: DnsQuestion): Task<DnsAnswer>
}

export interface Listener {
  readonly port: number
  accept(): Task<Connection | undefined>
  close(): void
}

export interface Connection {
  readonly remoteIp: string
  readonly remotePort: number
  readonly localIp: string
  readonly localPort: number
  /** The next bytes; undefined once the other side has ended. Throws OsError ECONNRESET. */
  read(): Task<Uint8Array | undefined>
  write(bytes: Uint8Array): Task
  /** No more from this side. */
  end(): void
  /** Drops the connection at once. */
  destroy(): void
}

export type DnsType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME' | 'TXT' | 'NS' | 'SOA' | 'ANY' | 'MX'

export type DnsQuestion = { readonly name: string; readonly type: DnsType }

export type DnsRecord = {
  readonly name: string
  readonly type: DnsType
  readonly ttlSeconds: number
  /** The record's data in presentation form: `10.244.1.3`, `0 50 80 web-0.nginx.default.svc.cluster.local.` */
  readonly data: string
}

export type DnsAnswer = {
  /** TIMEOUT: no server answered. */
  readonly code: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'TIMEOUT'
  readonly isAuthoritative: boolean
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additional: readonly DnsRecord[]
}
