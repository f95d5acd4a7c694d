import { NullFile } from '#sim/kernel/os/open-files.ts'
import { Pipe } from '#sim/kernel/os/pipe.ts'
import type { ExitStatus, OpenFile, OsProcess, Program } from '#sim/kernel/os/types.ts'
import { SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import { concatBytes, decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import type { ContainerRun } from './container-run.ts'

/** Exit codes as shells and runtimes tell them: signals are 128 and their number. */
export function exitCodeOf(status: ExitStatus): number {
  return status.type === 'exited' ? status.code : 128 + SIGNAL_NUMBER[status.signal]
}

export type ExecFiles = ReadonlyMap<number, OpenFile>

/** Starts a command in a running container; undefined when there is no such program. */
export function execInContainer(
  run: ContainerRun,
  command: readonly string[],
  files: ExecFiles,
  options: { readonly periodic?: boolean; readonly tty?: boolean } = {},
): OsProcess | undefined {
  const program = run.host.command(command[0] ?? '')
  if (program === undefined) return undefined
  return startProcess(run, program, command, files, options)
}

function startProcess(
  run: ContainerRun,
  program: Program,
  command: readonly string[],
  files: ExecFiles,
  options: { readonly periodic?: boolean; readonly tty?: boolean },
): OsProcess {
  const env = new Map(run.env)
  if (options.tty === true) env.set('TERM', 'xterm')
  return run.host.processes.spawn({
    host: run.host,
    program,
    argv: command,
    env,
    cwd: run.spec.workingDir ?? run.image.workingDir,
    files,
    group: 'new',
    periodic: options.periodic === true,
  })
}

export type Captured = {
  readonly exitCode: number
  readonly output: string
  readonly isTimedOut: boolean
  /** The program does not exist. */
  readonly isMissing: boolean
}

const OUTPUT_MAX = 10 * 1024

/** Runs a command to its end and keeps what it wrote, as probes and hooks do. */
export function* captureExec(
  run: ContainerRun,
  command: readonly string[],
  options: { readonly timeoutMs: number; readonly periodic: boolean },
): Task<Captured> {
  const pipe = new Pipe()
  pipe.readEnd.retain()
  const files = new Map<number, OpenFile>([
    [0, new NullFile()],
    [1, pipe.writeEnd],
    [2, pipe.writeEnd],
  ])
  const process = execInContainer(run, command, files, { periodic: options.periodic })
  if (process === undefined) {
    return { exitCode: 126, output: '', isTimedOut: false, isMissing: true }
  }
  const { simulation } = run.host
  const chunks: Uint8Array[] = []
  const reader = simulation.spawn(drain(pipe, chunks), {
    name: 'exec/output',
    periodic: options.periodic,
  })
  let isTimedOut = false
  const timer = simulation.after(
    options.timeoutMs,
    () => {
      isTimedOut = true
      process.signal('SIGKILL')
    },
    { label: 'exec/timeout', periodic: options.periodic },
  )
  try {
    const status = yield* process.wait()
    timer.cancel()
    yield* suspend<void>((wake) => {
      reader.onExit(() => wake())
      return undefined
    })
    const output = decodeUtf8(concatBytes(chunks)).slice(0, OUTPUT_MAX)
    return { exitCode: exitCodeOf(status), output, isTimedOut, isMissing: false }
  } finally {
    timer.cancel()
    reader.kill()
    if (process.status === undefined) process.signal('SIGKILL')
  }
}

function* drain(pipe: Pipe, chunks: Uint8Array[]): Task {
  try {
    for (;;) {
      const chunk = yield* pipe.readEnd.read(64 * 1024)
      if (chunk === undefined) return
      chunks.push(chunk)
    }
  } finally {
    pipe.readEnd.release()
  }
}

/** Sleeps; `periodic` says whether the world may rest meanwhile. */
export function pauseFor(delayMs: number, periodic: boolean): Task {
  return suspend<void>((wake, _fail, process) => {
    const timer = process.simulation.after(delayMs, () => wake(), {
      label: process.name,
      periodic,
    })
    return () => timer.cancel()
  })
}
