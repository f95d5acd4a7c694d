import { type OsProcess, type Signal, SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import { killProcess, parseKill } from '../builtins/processes.ts'
import { signalName } from '../traps.ts'
import { formatDate } from '../date-format.ts'
import { becomeProgram, programNamed, runChild, spawnChild } from './spawning.ts'
import { complain, parseOptions, type Tool, UsageError } from './tool.ts'
import { ownerName } from './file-text.ts'

const SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 }

/** `1.5`, `2m`, `1h` in milliseconds. */
export function durationMs(text: string): number | undefined {
  if (text === 'infinity' || text === 'inf') return Infinity
  const match = /^(\d*\.?\d+|\d+\.)([smhd]?)$/.exec(text)
  return match === null ? undefined : Number(match[1]) * (SECONDS[match[2] ?? ''] ?? 1) * 1000
}

const LONGEST_SLEEP_MS = 1000 * 86_400_000

export const sleep: Tool = function* (proc, flavor) {
  const { operands } = parseOptions(proc.argv.slice(1), {})
  if (operands.length === 0) throw new UsageError('missing operand')
  let total = 0
  for (const operand of operands) {
    const ms = durationMs(operand)
    if (ms === undefined) {
      const message =
        flavor === 'gnu' ? `invalid time interval '${operand}'` : `invalid number '${operand}'`
      throw new UsageError(message)
    }
    total += ms
  }
  yield* proc.sleep(Math.min(total, LONGEST_SLEEP_MS))
  return 0
}

export const env: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'i0',
    values: 'uCS',
    long: { 'ignore-environment': 'i', unset: 'u', chdir: 'C', null: '0' },
    stopsAtOperand: true,
  })
  if (options.has('i') || proc.argv[1] === '-') proc.env.clear()
  for (const name of options.values('u')) proc.env.delete(name)
  let at = 0
  for (; at < options.operands.length; at++) {
    const operand = options.operands[at] ?? ''
    if (operand === '-') continue
    const equals = operand.indexOf('=')
    if (equals <= 0) break
    proc.env.set(operand.slice(0, equals), operand.slice(equals + 1))
  }
  const command = options.operands.slice(at)
  if (command.length > 0) {
    if (programNamed(proc, command[0] ?? '') !== undefined) {
      return yield* becomeProgram(proc, command)
    }
    yield* complain(proc, `'${command[0]}': No such file or directory`)
    return 127
  }
  const end = options.has('0') ? '\0' : '\n'
  yield* proc.write(1, [...proc.env].map(([name, text]) => `${name}=${text}${end}`).join(''))
  return 0
}

export const printenv: Tool = function* (proc) {
  const { operands } = parseOptions(proc.argv.slice(1), {})
  if (operands.length === 0) {
    yield* proc.write(1, [...proc.env].map(([name, text]) => `${name}=${text}\n`).join(''))
    return 0
  }
  let status = 0
  for (const name of operands) {
    const text = proc.env.get(name)
    if (text === undefined) status = 1
    else yield* proc.write(1, `${text}\n`)
  }
  return status
}

export const timeout: Tool = function* (proc, flavor) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'vf',
    values: 'sk',
    long: { signal: 's', 'kill-after': 'k', 'preserve-status': 'f', foreground: 'v' },
    stopsAtOperand: true,
    status: 125,
  })
  const [limit = '', ...command] = options.operands
  const ms = durationMs(limit)
  if (command.length === 0) throw new UsageError('missing operand', 125)
  if (ms === undefined) throw new UsageError(`invalid time interval '${limit}'`, 125)
  const signal = signalName(options.value('s') ?? 'TERM')
  if (signal === undefined) throw new UsageError(`${options.value('s')}: invalid signal`, 125)
  const program = programNamed(proc, command[0] ?? '')
  if (program === undefined) {
    yield* complain(proc, `failed to run command '${command[0]}': No such file or directory`)
    return 127
  }
  const child = spawnChild(proc, program, command)
  let isLate = false
  const timers = [
    ...(ms === 0 ? [] : [afterMs(proc, ms, () => ((isLate = true), child.signal(signal, proc)))]),
  ]
  const killAfter = durationMs(options.value('k') ?? '')
  if (killAfter !== undefined && ms > 0) {
    timers.push(afterMs(proc, ms + killAfter, () => child.signal('SIGKILL', proc)))
  }
  try {
    const status = yield* child.wait()
    const code = status.type === 'exited' ? status.code : 128 + SIGNAL_NUMBER[status.signal]
    if (!isLate || options.has('f')) return code
    return flavor === 'gnu' ? (code === 137 ? 137 : 124) : 143
  } finally {
    for (const timer of timers) timer.cancel()
    if (child.status === undefined) child.signal('SIGTERM')
  }
}

function afterMs(proc: OsProcess, ms: number, run: () => void): { cancel(): void } {
  const delay = Math.min(ms, LONGEST_SLEEP_MS)
  return proc.host.simulation.after(delay, run, {
    label: 'timeout',
    periodic: proc.kernel.periodic,
  })
}

const CLEAR = '\x1b[H\x1b[2J'

export const watch: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'dtegbcx',
    values: 'n',
    long: { interval: 'n', 'no-title': 't', differences: 'd' },
    stopsAtOperand: true,
  })
  if (options.operands.length === 0) throw new UsageError('missing command')
  const seconds = Number(options.value('n') ?? '2')
  const command = options.operands.join(' ')
  for (;;) {
    const tty = proc.files.get(1)?.tty
    const now = formatDate(proc.host.simulation.unixMs, '%a %b %e %H:%M:%S %Y')
    const left = `Every ${seconds.toFixed(1)}s: ${command}`
    const right = `${proc.host.hostname}: ${now}`
    const width = tty?.columns ?? 80
    const title = options.has('t')
      ? ''
      : `${left.padEnd(Math.max(left.length + 1, width - right.length))}${right}\n\n`
    yield* proc.write(1, CLEAR + title)
    yield* runChild(proc, ['sh', '-c', command])
    yield* proc.sleep(Math.max(0.1, seconds) * 1000)
  }
}

export const kill: Tool = function* (proc, flavor) {
  const parsed = parseKill(proc.argv.slice(1))
  if (parsed.type === 'wrong') throw new UsageError(parsed.message)
  if (parsed.type === 'list') {
    const names = Object.keys(SIGNAL_NUMBER).map((name) => name.slice(3))
    yield* proc.write(1, `${names.join(' ')}\n`)
    return 0
  }
  if (parsed.targets.length === 0) throw new UsageError('no process ID specified')
  let status = 0
  for (const target of parsed.targets) {
    const failure = killProcess(proc, target, parsed.signal)
    if (failure === undefined) continue
    status = 1
    yield* complain(
      proc,
      flavor === 'gnu' ? `(${target}): ${failure}` : `can't kill pid ${target}: ${failure}`,
    )
  }
  return status
}

function matching(proc: OsProcess, pattern: string, isFull: boolean): readonly OsProcess[] {
  const regExp = new RegExp(pattern)
  return proc.host.processes
    .list()
    .filter((each) => each !== proc && each.status === undefined)
    .filter((each) => regExp.test(isFull ? each.argv.join(' ') : commandName(each)))
}

function commandName(proc: OsProcess): string {
  return (proc.argv[0] ?? '').split('/').at(-1)?.split(' ')[0]?.replace(/:$/, '') ?? ''
}

export const pkill: Tool = function* (proc) {
  const args = proc.argv.slice(1)
  const signalArg = args.find((arg) => /^-(?:\d+|(?:SIG)?[A-Z][A-Z0-9]+)$/.test(arg))
  const options = parseOptions(
    args.filter((arg) => arg !== signalArg),
    { flags: 'fxnoe', values: 's' },
  )
  const signal: Signal | undefined = signalName(signalArg?.slice(1) ?? options.value('s') ?? 'TERM')
  const [pattern] = options.operands
  if (pattern === undefined || signal === undefined)
    throw new UsageError('no matching criteria specified', 2)
  const found = matching(proc, options.has('x') ? `^(?:${pattern})$` : pattern, options.has('f'))
  for (const each of found) each.signal(signal, proc)
  yield* proc.charge(0.1)
  return found.length > 0 ? 0 : 1
}

export const killall: Tool = function* (proc) {
  const args = proc.argv.slice(1)
  const signalArg = args.find((arg) => /^-(?:\d+|(?:SIG)?[A-Z][A-Z0-9]+)$/.test(arg))
  const signal = signalName(signalArg?.slice(1) ?? 'TERM')
  let status = 0
  for (const name of args.filter((arg) => !arg.startsWith('-'))) {
    const found = matching(proc, '', false).filter((each) => commandName(each) === name)
    if (found.length === 0) {
      status = 1
      yield* complain(proc, `${name}: no process found`)
    }
    for (const each of found) if (signal !== undefined) each.signal(signal, proc)
  }
  return status
}

export const pgrep: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'flaxn', long: { full: 'f' } })
  const [pattern] = options.operands
  if (pattern === undefined) throw new UsageError('no matching criteria specified', 2)
  const found = matching(proc, options.has('x') ? `^(?:${pattern})$` : pattern, options.has('f'))
  for (const each of found) {
    const text = options.has('a')
      ? ` ${each.argv.join(' ')}`
      : options.has('l')
        ? ` ${commandName(each)}`
        : ''
    yield* proc.write(1, `${each.pid}${text}\n`)
  }
  return found.length > 0 ? 0 : 1
}

export const pidof: Tool = function* (proc) {
  const names = proc.argv.slice(1)
  const pids = proc.host.processes
    .list()
    .filter((each) => names.includes(commandName(each)))
    .map((each) => each.pid)
    .reverse()
  if (pids.length === 0) return 1
  yield* proc.write(1, `${pids.join(' ')}\n`)
  return 0
}

export const ps: Tool = function* (proc, flavor) {
  const args = proc.argv.slice(1).join('')
  const processes = proc.host.processes.list()
  if (flavor === 'busybox') {
    const rows = processes.map(
      (each) =>
        `${String(each.pid).padStart(5)} ${ownerOf(each).padEnd(8)}  0:00 ${each.argv.join(' ')}\n`,
    )
    yield* proc.write(1, `PID   USER     TIME  COMMAND\n${rows.join('')}`)
    return 0
  }
  if (args.includes('u') && !args.startsWith('-u'))
    yield* proc.write(1, usersTable(proc, processes))
  else if (args.includes('f')) yield* proc.write(1, fullTable(proc, processes))
  else {
    const isAll = /[eAx]/.test(args)
    const shown = isAll ? processes : processes.filter((each) => sharesTerminal(proc, each))
    const rows = shown.map(
      (each) =>
        `${String(each.pid).padStart(7)} ${ttyOf(each).padEnd(8)} 00:00:00 ${commandName(each)}\n`,
    )
    yield* proc.write(1, `    PID TTY          TIME CMD\n${rows.join('')}`)
  }
  return 0
}

function ownerOf(proc: OsProcess): string {
  return ownerName(proc, proc.env.get('USER') === 'user' ? 1000 : 0)
}

function ttyOf(proc: OsProcess): string {
  return [...proc.files.values()].some((file) => file.kind === 'tty') ? 'pts/0' : '?'
}

function sharesTerminal(proc: OsProcess, other: OsProcess): boolean {
  const ours = new Set([...proc.files.values()].flatMap((file) => file.tty ?? []))
  return [...other.files.values()].some((file) => file.tty !== undefined && ours.has(file.tty))
}

function startTime(proc: OsProcess): string {
  const { simulation } = proc.host
  return formatDate(simulation.epochMs + proc.startedAt, '%H:%M')
}

function usersTable(proc: OsProcess, processes: readonly OsProcess[]): string {
  const head = 'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n'
  const rows = processes.map((each) => {
    const state = each === proc ? 'R+' : each.isStopped ? 'T' : 'S'
    return `${ownerOf(each).padEnd(8)} ${String(each.pid).padStart(7)}  0.0  0.0   4348  3200 ${ttyOf(each).padEnd(8)} ${state.padEnd(4)} ${startTime(each)}   0:00 ${each.argv.join(' ')}\n`
  })
  return head + rows.join('')
}

function fullTable(_proc: OsProcess, processes: readonly OsProcess[]): string {
  const head = 'UID          PID    PPID  C STIME TTY          TIME CMD\n'
  const rows = processes.map(
    (each) =>
      `${ownerOf(each).padEnd(8)} ${String(each.pid).padStart(7)} ${String(each.ppid).padStart(7)}  0 ${startTime(each)} ${ttyOf(each).padEnd(8)} 00:00:00 ${each.argv.join(' ')}\n`,
  )
  return head + rows.join('')
}

export const nohup: Tool = function* (proc) {
  proc.setDisposition('SIGHUP', 'ignore')
  const command = proc.argv.slice(1)
  if (command.length === 0) throw new UsageError('missing operand', 125)
  return yield* becomeProgram(proc, command)
}

export const time: Tool = function* (proc) {
  const startedAt = proc.host.simulation.now
  const code = yield* runChild(
    proc,
    proc.argv.slice(1).filter((arg) => arg !== '-p'),
  )
  const seconds = ((proc.host.simulation.now - startedAt) / 1000).toFixed(2)
  yield* proc.write(2, `real ${seconds}\nuser 0.00\nsys 0.00\n`)
  return code
}

export const nice: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { values: 'n', stopsAtOperand: true })
  return yield* becomeProgram(proc, options.operands)
}
