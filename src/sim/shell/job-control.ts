import { NullFile } from '#sim/kernel/os/open-files.ts'
import type { ExitStatus, OsProcess, Tty } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import { forkShell } from './forks.ts'
import { type Job, jobLine, SIGNAL_TEXT } from './jobs.ts'
import { exitCode, Interrupted, type Shell } from './shell.ts'

/** With job control every pipeline is a process group of its own. */
type Group = { readonly group?: number | 'new' }

/** Starts processes, waits for them in the foreground, and gives the status of the last. */
export function* runForeground(
  shell: Shell,
  text: string,
  start: (group: Group) => readonly OsProcess[],
): Task<number> {
  const processes = start(shell.options.monitor ? { group: 'new' } : {})
  return yield* waitInForeground(shell, processes, text)
}

/** Waits until all have ended, or one is stopped; the terminal is theirs meanwhile. */
export function* waitInForeground(
  shell: Shell,
  processes: readonly OsProcess[],
  text: string,
): Task<number> {
  const tty = shell.options.monitor ? controllingTty(shell) : undefined
  const group = processes[0]?.pgid
  if (tty !== undefined && group !== undefined) tty.foregroundGroup = group
  try {
    yield* allEndedOrStopped(processes)
  } finally {
    if (tty !== undefined) tty.foregroundGroup = shell.proc.pgid
  }
  const statuses = processes.map((process) => process.status)
  if (statuses.includes(undefined)) return yield* stopped(shell, processes, text)
  const codes = statuses.map((status) => (status === undefined ? 0 : exitCode(status)))
  shell.pipeStatus = codes
  const last = statuses.at(-1)
  const pid = processes.at(-1)?.pid ?? 0
  if (last?.type === 'signaled') yield* tellSignal(shell, last, pid, text)
  if (!shell.options.pipefail) return codes.at(-1) ?? 0
  return codes.findLast((code) => code !== 0) ?? 0
}

export function controllingTty(shell: Shell): Tty | undefined {
  for (const fd of [0, 2, 1]) {
    const tty = shell.proc.files.get(fd)?.tty
    if (tty !== undefined) return tty
  }
  return undefined
}

function allEndedOrStopped(processes: readonly OsProcess[]): Task {
  return suspend<void>((wake) => {
    const check = (): void => {
      const isOver = processes.every((process) => process.status !== undefined)
      if (isOver || processes.some((process) => process.isStopped)) wake()
    }
    const undo = processes.map((process) => process.onStop(check))
    for (const process of processes) process.onExit(check)
    check()
    return () => {
      for (const each of undo) each()
    }
  })
}

function* stopped(shell: Shell, processes: readonly OsProcess[], text: string): Task<number> {
  const job = shell.jobs.add(processes, text)
  yield* shell.proc.write(2, `\n${jobLine(job, '+')}\n`)
  return 148
}

function* tellSignal(
  shell: Shell,
  status: ExitStatus & { readonly type: 'signaled' },
  pid: number,
  text: string,
): Task {
  if (status.signal === 'SIGINT' && shell.isInteractive) {
    throw new Interrupted()
  }
  const words = SIGNAL_TEXT[status.signal]
  if (words === undefined || shell.isSubshell) return
  if (shell.isInteractive || shell.dialect !== 'bash') yield* shell.proc.write(2, `${words}\n`)
  else yield* shell.complain(`${String(pid).padStart(5)} ${words.padEnd(23)} ${text}`)
}

/** `command &`: runs apart, with /dev/null as its input unless job control keeps the terminal. */
export function* startBackground(
  shell: Shell,
  text: string,
  body: (child: Shell) => Task<number>,
): Task {
  yield* shell.proc.charge(0.2)
  const files = new Map(shell.proc.files)
  if (!shell.options.monitor) files.set(0, new NullFile())
  const process = forkShell(shell, {
    files,
    body,
    ...(shell.options.monitor && { group: 'new' as const }),
  })
  if (!shell.options.monitor) {
    process.setDisposition('SIGINT', 'ignore')
    process.setDisposition('SIGQUIT', 'ignore')
  }
  const job = shell.jobs.add([process], text)
  shell.lastBackgroundPid = process.pid
  if (shell.isInteractive && !shell.isSubshell) {
    yield* shell.proc.write(2, `[${job.id}] ${process.pid}\n`)
  }
}

/** Brings a job to the foreground, as `fg` does. */
export function* resumeInForeground(shell: Shell, job: Job): Task<number> {
  yield* shell.proc.write(1, `${job.command}\n`)
  shell.jobs.remove(job)
  const tty = controllingTty(shell)
  if (tty !== undefined) tty.foregroundGroup = job.pgid
  for (const process of job.processes) process.signal('SIGCONT')
  return yield* waitInForeground(shell, job.processes, job.command)
}
