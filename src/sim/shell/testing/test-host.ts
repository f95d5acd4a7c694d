import { FileSystem } from '#sim/kernel/os/filesystem.ts'
import { Processes } from '#sim/kernel/os/process-table.ts'
import type { Host } from '#sim/kernel/os/types.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { makeStandardTree } from '../standard-tree.ts'
import { busyboxCommands, coreCommands } from '../utilities/commands.ts'
import { runScript, type ScriptOptions, type ScriptResult } from '../run-script.ts'

/** A host for tests: core utilities, an empty /work, no network. */
export function createTestHost(options: { readonly isBusybox?: boolean } = {}): Host {
  const simulation = new Simulation({ seed: 7 })
  const fs = new FileSystem({ simulation })
  makeStandardTree(fs)
  fs.mkdir('/work')
  const commands = options.isBusybox === true ? busyboxCommands : coreCommands
  return {
    simulation,
    hostname: 'box',
    fs,
    processes: new Processes({ firstPid: 100 }),
    command: (name) => commands.get(name),
    commandNames: () => [...commands.keys()],
    network: undefined,
  }
}

/** Runs a script to its end in virtual time. */
export function run(host: Host, script: string, options: ScriptOptions = {}): ScriptResult {
  const task = runScript(host, script, { cwd: '/work', ...options })
  const process = host.simulation.spawn(task, { name: 'test' })
  host.simulation.runFor(600_000)
  const { exit } = process
  if (exit?.type !== 'returned') throw new Error(`the script is still running: ${script}`)
  return exit.value
}
