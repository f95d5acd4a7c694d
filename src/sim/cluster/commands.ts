import type { Program } from '#sim/kernel/os/types.ts'
import { coreCommands } from '#sim/shell/utilities/commands.ts'

/** What the person's own machine has. It is outside the cluster: no name of a Pod resolves there. */
export function workstationCommands(
  own: Readonly<Record<'kubectl' | 'fault', Program>>,
): ReadonlyMap<string, Program> {
  return new Map([...coreCommands, ...Object.entries(own)])
}
