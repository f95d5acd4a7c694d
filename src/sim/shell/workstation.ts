import { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { Device } from '#sim/kernel/os/inodes.ts'
import { Processes } from '#sim/kernel/os/process-table.ts'
import { Terminal as TerminalDevice } from '#sim/kernel/os/tty.ts'
import type { Host, HostNetwork, OpenFile, Program, Tty } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Complete } from './completion.ts'
import { createShellProgram } from './shell-program.ts'
import { makeStandardTree } from './standard-tree.ts'

export type WorkstationOptions = {
  readonly simulation: Simulation
  /** What can be run besides the shell's builtins: core utilities, kubectl, curl. */
  readonly commands: ReadonlyMap<string, Program>
  readonly network?: HostNetwork
  readonly hostname?: string
  /** Completes arguments of commands, such as kubectl's. */
  readonly complete?: Complete
  readonly env?: ReadonlyMap<string, string>
}

/** One terminal of the page. */
export type Terminal = {
  input(text: string): void
  /** What appears on the screen, and whether a program wrote it to its descriptor 2. */
  onOutput(listener: (text: string, isStderr: boolean) => void): () => void
  resize(columns: number, rows: number): void
  /** The command line that runs, '' at the prompt. */
  readonly foregroundCommand: string
  readonly workingDirectory: string
  /** How the last command line ended; what `$?` says. */
  readonly exitCode: number
  /** False once the shell has ended. */
  readonly isOpen: boolean
  /** Calls back when the foreground command, the directory or `isOpen` changes. */
  onState(listener: () => void): () => void
  close(): void
}

export type Workstation = {
  readonly host: Host
  readonly fs: FileSystem
  readonly env: ReadonlyMap<string, string>
  openTerminal(columns: number, rows: number): Terminal
}

const HOME = '/home/user'
const FIRST_PID = 1000

/** The learner's own machine: terminals that share one filesystem. */
export function createWorkstation(options: WorkstationOptions): Workstation {
  const { simulation, commands } = options
  const fs = newWorkstationFiles(simulation)
  const hostname = options.hostname ?? 'workstation'
  fs.writeText('/etc/hostname', `${hostname}\n`)
  const host: Host = {
    simulation,
    hostname,
    fs,
    processes: new Processes({ firstPid: FIRST_PID }),
    command: (name) => commands.get(name),
    commandNames: () => [...commands.keys()],
    network: options.network,
  }
  const env = new Map([
    ['HOME', HOME],
    ['USER', 'user'],
    ['LOGNAME', 'user'],
    ['SHELL', '/bin/bash'],
    ['PATH', '/usr/local/bin:/usr/bin:/bin'],
    ['LANG', 'C.UTF-8'],
    ['TERM', 'xterm-256color'],
    ['PS1', '$ '],
    ...(options.env ?? []),
  ])
  return {
    host,
    fs,
    env,
    openTerminal: (columns, rows) => openTerminal(host, env, options.complete, { columns, rows }),
  }
}

function newWorkstationFiles(simulation: Simulation): FileSystem {
  const device = new Device({ name: '/dev/sda1', type: 'ext4', capacityBytes: 40 * 1024 ** 3 })
  const fs = new FileSystem({ simulation, device })
  makeStandardTree(fs)
  fs.mkdir(HOME, { recursive: true })
  fs.chown(HOME, 1000, 1000)
  fs.writeText(
    '/etc/passwd',
    `root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000::${HOME}:/bin/bash\n`,
  )
  return fs
}

function openTerminal(
  host: Host,
  env: ReadonlyMap<string, string>,
  complete: Complete | undefined,
  size: { readonly columns: number; readonly rows: number },
): Terminal {
  const tty = new TerminalDevice({ ...size, processes: host.processes })
  const stateListeners = new Set<() => void>()
  const state = { command: '', cwd: HOME, isOpen: true, exitCode: 0 }
  const stderr = new StderrOf(tty.file, tty)
  const tell = (): void => {
    for (const listener of [...stateListeners]) listener()
  }
  const program = createShellProgram({
    sh: 'dash',
    ...(complete && { complete }),
    onForeground: (command, cwd, exitCode) => {
      state.exitCode = exitCode
      if (state.command === command && state.cwd === cwd) return
      state.command = command
      state.cwd = cwd
      tell()
    },
  })
  const shell = host.processes.spawn({
    host,
    program,
    argv: ['bash'],
    env,
    cwd: HOME,
    files: new Map<number, OpenFile>([
      [0, tty.file],
      [1, tty.file],
      [2, stderr],
    ]),
    group: 'new',
  })
  tty.foregroundGroup = shell.pgid
  shell.onExit(() => {
    state.command = ''
    state.isOpen = false
    tell()
  })
  return {
    input: (text) => tty.input(text),
    onOutput: (listener) => tty.onOutput((text) => listener(text, stderr.isWriting)),
    resize: (columns, rows) => tty.resize(columns, rows),
    get foregroundCommand() {
      return state.command
    },
    get exitCode() {
      return state.exitCode
    },
    get workingDirectory() {
      return state.cwd
    },
    get isOpen() {
      return state.isOpen
    },
    onState: (listener) => {
      stateListeners.add(listener)
      return () => stateListeners.delete(listener)
    },
    close: () => {
      tty.hangUp()
      for (const each of host.processes.list()) {
        if ([...each.files.values()].some((file) => file.tty === tty)) each.signal('SIGHUP')
      }
    },
  }
}

/** The terminal once more, as descriptor 2: on the screen the same, but told apart. */
class StderrOf implements OpenFile {
  readonly kind = 'tty'
  readonly tty: Tty
  isWriting = false
  readonly #file: OpenFile

  constructor(file: OpenFile, tty: Tty) {
    this.#file = file
    this.tty = tty
  }

  read(max: number): Task<Uint8Array | undefined> {
    return this.#file.read(max)
  }

  *write(bytes: Uint8Array): Task {
    this.isWriting = true
    try {
      yield* this.#file.write(bytes)
    } finally {
      this.isWriting = false
    }
  }

  retain(): void {
    this.#file.retain()
  }

  release(): void {
    this.#file.release()
  }
}
