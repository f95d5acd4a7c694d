import type { Program } from '#sim/kernel/os/types.ts'
import { networkCommands } from '#sim/network/tools/commands.ts'
import { coreCommands } from '#sim/shell/utilities/commands.ts'

/** What every container with a userland has; images add their own, such as nginx. */
export const containerCommands: ReadonlyMap<string, Program> = new Map([
  ...coreCommands,
  ...networkCommands,
])

/** What the person's own machine has. It is outside the cluster: no name of a Pod resolves there. */
export function workstationCommands(kubectl: Program): ReadonlyMap<string, Program> {
  return new Map([...coreCommands, ['kubectl', kubectl]])
}
