import { OsError, type OsProcess, type Signal, SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { suspend } from '#sim/kernel/waits.ts'
import { resumeInForeground } from '../job-control.ts'
import { type Job, jobLine, jobState, jobStatus } from '../jobs.ts'
import { exitCode, type Shell } from '../shell.ts'
import { setTrap, signalName, trapName } from '../traps.ts'
import { type Builtin, misuse, takeFlags } from './builtin.ts'

export const trap: Builtin = function* (shell, args) {
  const rest = args[0] === '--' ? args.slice(1) : args
  const [action, ...names] = rest
  if (action === undefined || action === '-p') {
    for (const [name, each] of shell.traps) {
      yield* shell.proc.write(1, `trap -- '${each.replaceAll("'", "'\\''")}' ${name}\n`)
    }
    return 0
  }
  if (action === '-l') return yield* listSignals(shell)
  // With one word, or a number in front, the traps go back to what they were.
  const isReset = names.length === 0 || action === '-'
  let status = 0
  for (const text of names.length === 0 ? [action] : names) {
    const name = trapName(text)
    if (name === undefined) {
      status = yield* misuse(shell, 'trap', `${text}: invalid signal specification`)
    } else setTrap(shell, name, isReset ? undefined : action)
  }
  return status
}

function* listSignals(shell: Shell): Task<number> {
  for (const [name, number] of Object.entries(SIGNAL_NUMBER)) {
    yield* shell.proc.write(1, `${String(number).padStart(2)}) ${name}\n`)
  }
  return 0
}

export const kill: Builtin = function* (shell, args) {
  const parsed = parseKill(args)
  if (parsed.type === 'list') return yield* listKill(shell, parsed.names)
  if (parsed.type === 'wrong') return yield* misuse(shell, 'kill', parsed.message)
  if (parsed.targets.length === 0) {
    const usage =
      'usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]'
    yield* shell.proc.write(2, `kill: ${usage}\n`)
    return 2
  }
  let status = 0
  for (const target of parsed.targets) {
    const failure = sendTo(shell, target, parsed.signal)
    if (failure !== undefined) {
      yield* complainAboutKill(shell, target, failure)
      status = 1
    }
  }
  return status
}

type Kill =
  | { readonly type: 'send'; readonly signal: Signal | 0; readonly targets: readonly string[] }
  | { readonly type: 'list'; readonly names: readonly string[] }
  | { readonly type: 'wrong'; readonly message: string }

/** The command line of kill, for the builtin and the program. */
export function parseKill(args: readonly string[]): Kill {
  const [first = '', second] = args
  if (first === '-l' || first === '-L') return { type: 'list', names: args.slice(1) }
  const isNamed = first === '-s' || first === '-n'
  const isShort = !isNamed && first !== '--' && /^-./.test(first)
  const name = isNamed ? (second ?? '') : isShort ? first.slice(1) : 'TERM'
  const signal = name === '0' ? 0 : signalName(name)
  if (signal === undefined) {
    return { type: 'wrong', message: `${name}: invalid signal specification` }
  }
  const targets = args.slice(isNamed ? 2 : isShort ? 1 : 0).filter((each) => each !== '--')
  return { type: 'send', signal, targets }
}

function sendTo(shell: Shell, target: string, signal: Signal | 0): string | undefined {
  if (!target.startsWith('%')) return killProcess(shell.proc, target, signal)
  const job = shell.jobs.bySpec(target)
  if (job === undefined) return 'no such job'
  for (const process of job.processes) {
    if (signal !== 0) process.signal(signal, shell.proc)
    if (process.isStopped && signal !== 0) process.signal('SIGCONT', shell.proc)
  }
  return undefined
}

/** Sends a signal to a process, or to a group for a negative number; tells why it could not. */
export function killProcess(
  proc: OsProcess,
  target: string,
  signal: Signal | 0,
): string | undefined {
  if (!/^-?\d+$/.test(target)) return 'arguments must be process or job IDs'
  const pid = Number(target)
  const { processes } = proc.host
  const group = pid === 0 ? proc.pgid : pid < -1 ? -pid : undefined
  if (group !== undefined) {
    const isThere = processes.list().some((each) => each.pgid === group)
    if (isThere && signal !== 0) processes.signalGroup(group, signal)
    return isThere ? undefined : 'No such process'
  }
  if (pid === -1) {
    const others = processes.list().filter((each) => each.pid !== 1 && each !== proc)
    for (const each of others) if (signal !== 0) each.signal(signal, proc)
    return undefined
  }
  const process = processes.get(pid)
  if (process === undefined) return 'No such process'
  if (signal !== 0) process.signal(signal, proc)
  return undefined
}

function complainAboutKill(shell: Shell, target: string, failure: string): Task {
  if (failure !== 'No such process') return shell.complain(`kill: ${target}: ${failure}`)
  if (shell.dialect === 'bash') return shell.complain(`kill: (${target}) - No such process`)
  return shell.complain(`can't kill pid ${target}: No such process`)
}

function* listKill(shell: Shell, names: readonly string[]): Task<number> {
  if (names.length === 0) return yield* listSignals(shell)
  for (const name of names) {
    const code = Number(name)
    const signal = signalName(code > 128 ? String(code - 128) : name)
    if (signal === undefined) {
      return yield* misuse(shell, 'kill', `${name}: invalid signal specification`)
    }
    const shown = /^\d+$/.test(name) ? signal.slice(3) : String(SIGNAL_NUMBER[signal])
    yield* shell.proc.write(1, `${shown}\n`)
  }
  return 0
}

/** `wait`: for all, for some, or with -n for the next. A trapped signal ends it. */
export const wait: Builtin = function* (shell, args) {
  const { flags, rest } = takeFlags(args, 'nfp')
  try {
    if (flags.has('n')) return yield* waitForNext(shell)
    if (rest.length > 0) {
      let status = 0
      for (const target of rest) status = yield* waitForOne(shell, target)
      return status
    }
    for (const job of shell.jobs.list()) yield* waitForJob(shell, job)
    return 0
  } catch (error) {
    if (!(error instanceof OsError) || error.code !== 'EINTR') throw error
    const signal = shell.pendingSignals[0]
    return signal === undefined ? 130 : 128 + SIGNAL_NUMBER[signal]
  }
}

function* waitForNext(shell: Shell): Task<number> {
  const jobs = shell.jobs.list()
  if (jobs.length === 0) return 127
  yield* shell.proc.interruptible(
    suspend<void>((wake) => {
      for (const job of jobs) for (const each of job.processes) each.onExit(() => wake())
      return undefined
    }),
  )
  const done = shell.jobs.list().find((job) => jobState(job) === 'Done')
  return done === undefined ? 127 : yield* waitForJob(shell, done)
}

function* waitForOne(shell: Shell, target: string): Task<number> {
  const job = target.startsWith('%') ? shell.jobs.bySpec(target) : shell.jobs.byPid(Number(target))
  if (job !== undefined) return yield* waitForJob(shell, job)
  const known = shell.endedJobs.get(Number(target))
  if (known !== undefined) return known
  if (target.startsWith('%')) return yield* misuse(shell, 'wait', `${target}: no such job`, 127)
  return yield* misuse(shell, 'wait', `pid ${target} is not a child of this shell`, 127)
}

function* waitForJob(shell: Shell, job: Job): Task<number> {
  for (const process of job.processes) yield* shell.proc.interruptible(process.wait())
  const status = jobStatus(job)
  const code = status === undefined ? 0 : exitCode(status)
  for (const process of job.processes) shell.endedJobs.set(process.pid, code)
  shell.jobs.remove(job)
  return code
}

export const jobs: Builtin = function* (shell, args) {
  const { flags } = takeFlags(args, 'lpnrs')
  for (const job of shell.jobs.list()) {
    if (flags.has('p')) yield* shell.proc.write(1, `${job.processes[0]?.pid}\n`)
    else yield* shell.proc.write(1, `${jobLine(job, shell.jobs.mark(job))}\n`)
    if (jobState(job) === 'Done') shell.jobs.remove(job)
  }
  return 0
}

export const fg: Builtin = function* (shell, args) {
  if (!shell.options.monitor) return yield* misuse(shell, 'fg', 'no job control')
  const job = shell.jobs.bySpec(args[0] ?? '%')
  if (job === undefined) return yield* misuse(shell, 'fg', `${args[0] ?? 'current'}: no such job`)
  return yield* resumeInForeground(shell, job)
}

export const bg: Builtin = function* (shell, args) {
  if (!shell.options.monitor) return yield* misuse(shell, 'bg', 'no job control')
  const job = shell.jobs.bySpec(args[0] ?? '%')
  if (job === undefined) return yield* misuse(shell, 'bg', `${args[0] ?? 'current'}: no such job`)
  yield* shell.proc.write(1, `[${job.id}]${shell.jobs.mark(job)} ${job.command} &\n`)
  for (const process of job.processes) process.signal('SIGCONT', shell.proc)
  return 0
}

// oxlint-disable-next-line require-yield -- says nothing
export const disown: Builtin = function* (shell, args) {
  const job = shell.jobs.bySpec(args[0] ?? '%')
  if (job !== undefined) shell.jobs.remove(job)
  return 0
}
