import { Pipe } from '#sim/kernel/os/pipe.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { forkShell } from './forks.ts'
import { waitInForeground } from './job-control.ts'
import type { Shell } from './shell.ts'
import type { CommandNode, Pipeline } from './syntax.ts'

type RunNode = (shell: Shell, node: CommandNode, isStage: boolean) => Task<number>

/** `! time a | b`: every stage at once, each in a process of its own. */
export function* runPipeline(shell: Shell, node: Pipeline, runNode: RunNode): Task<number> {
  const isTimed = node.prefixes.some((prefix) => prefix.type === 'Time')
  const isNegated = node.prefixes.some((prefix) => prefix.type === 'Negation')
  const startedAt = shell.proc.host.simulation.now
  const [only] = node.commands
  let status: number
  if (only !== undefined && node.commands.length === 1) {
    if (isNegated) shell.errexitPauses++
    try {
      status = yield* runNode(shell, only, false)
    } finally {
      if (isNegated) shell.errexitPauses--
    }
  } else {
    const text = shell.source.text.slice(node.pos, node.end)
    const processes = startStages(shell, node, runNode)
    yield* shell.proc.charge(0.05)
    status = yield* waitInForeground(shell, processes, text)
  }
  if (isTimed) yield* tellTime(shell, shell.proc.host.simulation.now - startedAt)
  if (!isNegated) return status
  return status === 0 ? 1 : 0
}

function startStages(shell: Shell, node: Pipeline, runNode: RunNode): readonly OsProcess[] {
  const processes: OsProcess[] = []
  let input: Pipe | undefined
  for (const [index, command] of node.commands.entries()) {
    const output = index < node.commands.length - 1 ? new Pipe() : undefined
    const files = new Map(shell.proc.files)
    if (input !== undefined) files.set(0, input.readEnd)
    if (output !== undefined) files.set(1, output.writeEnd)
    if (output !== undefined && node.operators[index] === '|&') files.set(2, output.writeEnd)
    const group = shell.options.monitor ? { group: processes[0]?.pgid ?? ('new' as const) } : {}
    processes.push(
      forkShell(shell, { files, body: (child) => runNode(child, command, true), ...group }),
    )
    input = output
  }
  return processes
}

function* tellTime(shell: Shell, elapsedMs: number): Task {
  if (shell.dialect !== 'bash') {
    const line = (name: string, ms: number): string => `${name}\t${minutes(ms, 2)}\n`
    yield* shell.proc.write(2, line('real', elapsedMs) + line('user', 0) + line('sys', 0))
    return
  }
  const line = (name: string, ms: number): string => `${name}\t${minutes(ms, 3)}\n`
  yield* shell.proc.write(2, `\n${line('real', elapsedMs)}${line('user', 0)}${line('sys', 0)}`)
}

function minutes(ms: number, digits: number): string {
  return `${Math.floor(ms / 60_000)}m${((ms % 60_000) / 1000).toFixed(digits)}s`
}
