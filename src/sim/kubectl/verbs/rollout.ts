import type { Verb } from '../verb.ts'
import { history } from './rollout/history.ts'
import { status } from './rollout/status.ts'
import { pause, restart, resume } from './rollout/switches.ts'
import { undo } from './rollout/undo.ts'

export const rollout: Verb = {
  name: 'rollout',
  summary: 'Manage the rollout of a resource',
  usage: 'rollout SUBCOMMAND',
  flags: [],
  bareHelp: 'stdout',
  subcommands: [history, pause, restart, resume, status, undo],
}
