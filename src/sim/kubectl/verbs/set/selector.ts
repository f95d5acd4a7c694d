import { CliError } from '../../errors.ts'
import type { Verb } from '../../verb.ts'
import { labelsFrom } from '../create/generate.ts'
import { changeEach, requireTarget, SET_FLAGS } from './change.ts'

export const selector: Verb = {
  name: 'selector',
  summary: 'Set the selector on a resource',
  usage: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS',
  flags: SET_FLAGS,
  *run(cli) {
    const words = cli.args.slice(0, -1)
    requireTarget(cli, words)
    const expression = cli.args.at(-1) ?? ''
    const how = { done: 'selector updated', isAlwaysSent: true }
    yield* changeEach(cli, words, how, (object, { resource }) => {
      if (resource.kind !== 'Service') {
        throw new CliError('setting a selector is only supported for Services')
      }
      return { ...object, spec: { ...object['spec'], selector: pairsFrom(expression) } }
    })
  },
}

/** A Service selects by values alone. */
function pairsFrom(expression: string): Record<string, string> {
  const bare = expression.split(',').find((one) => !one.includes('='))
  if (bare !== undefined) {
    throw new CliError(`match expression [{${bare} Exists []}] not supported on this object`)
  }
  return labelsFrom(expression)
}
