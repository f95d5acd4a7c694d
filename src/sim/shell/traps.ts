import { type Signal, SIGNAL_NUMBER } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from './shell.ts'

/** Runs the actions of signals that came in while a command ran. */
export function* runPendingTraps(shell: Shell): Task {
  for (;;) {
    const signal = shell.pendingSignals.shift()
    if (signal === undefined) return
    yield* runTrap(shell, signal)
  }
}

/** Runs the action of a trap, if there is one; `$?` is the same afterwards. */
export function* runTrap(shell: Shell, name: string): Task {
  const action = shell.traps.get(name)
  if (action === undefined || action === '') return
  // Functions do not inherit the ERR trap; their caller's command counts.
  if (name === 'ERR' && shell.functionDepth > 0) return
  const status = shell.lastStatus
  // A trap that fails inside its own ERR trap must not run for ever.
  if (name === 'ERR') shell.traps.delete(name)
  shell.errexitPauses++
  try {
    yield* shell.evaluator.runText(shell, action)
  } finally {
    shell.errexitPauses--
    if (name === 'ERR' && !shell.traps.has(name)) shell.traps.set(name, action)
  }
  shell.lastStatus = status
}

/** `trap action name`; undefined takes the trap away, '' ignores the signal. */
export function setTrap(shell: Shell, name: string, action: string | undefined): void {
  if (action === undefined) shell.traps.delete(name)
  else shell.traps.set(name, action)
  if (!isSignal(name)) return
  const standard = shell.standardDispositions.get(name) ?? 'default'
  if (action === undefined) shell.proc.setDisposition(name, standard)
  else if (action === '') shell.proc.setDisposition(name, 'ignore')
  else shell.proc.setDisposition(name, (signal) => shell.pendingSignals.push(signal))
}

export function isSignal(name: string): name is Signal {
  return name in SIGNAL_NUMBER
}

/** `TERM`, `SIGTERM`, `15` or `EXIT`, as the name by which traps are kept. */
export function trapName(text: string): string | undefined {
  const upper = text.toUpperCase()
  if (upper === 'EXIT' || text === '0') return 'EXIT'
  if (upper === 'ERR' || upper === 'DEBUG' || upper === 'RETURN') return upper
  return signalName(text)
}

export function signalName(text: string): Signal | undefined {
  const upper = text.toUpperCase()
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`
  if (isSignal(name)) return name
  const number = Number(text)
  const entry = Object.entries(SIGNAL_NUMBER).find(([, each]) => each === number)
  return entry !== undefined && isSignal(entry[0]) ? entry[0] : undefined
}
