import { resourcePath } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import { at } from '../../manifest.ts'
import { dryRunOf, dryRunQuery, ResultPrinter } from '../../results.ts'
import { selectTargets } from '../../selection.ts'
import type { Verb } from '../../verb.ts'
import { labelsFrom } from '../create/generate.ts'
import { requireTarget, SET_FLAGS } from './change.ts'

export const selector: Verb = {
  name: 'selector',
  summary: 'Set the selector on a resource',
  usage: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS',
  flags: SET_FLAGS,
  *run(cli) {
    const words = cli.args.slice(0, -1)
    requireTarget(cli, words)
    const expression = cli.args.at(-1) ?? ''
    const dryRun = yield* dryRunOf(cli)
    const errors: Error[] = []
    const targets = yield* selectTargets(cli, {
      words,
      fetch: true,
      onError: (error) => errors.push(error),
    })
    const printer = new ResultPrinter(cli, dryRun)
    for (const target of targets) {
      try {
        if (target.resource.kind !== 'Service') {
          throw new CliError('setting a selector is only supported for Services')
        }
        const wanted = pairsFrom(expression)
        const dropped = Object.keys(at(target.object, 'spec', 'selector') ?? {})
        const gone = Object.fromEntries(dropped.map((key) => [key, null]))
        const changed =
          dryRun === 'client'
            ? (target.object ?? {})
            : yield* cli.request('PATCH', resourcePath(target.resource, target), {
                query: [
                  ...dryRunQuery(dryRun),
                  ['fieldManager', cli.flags.string('field-manager')],
                ],
                contentType: 'application/strategic-merge-patch+json',
                body: { spec: { selector: { ...gone, ...wanted } } },
              })
        yield* printer.print(target, 'selector updated', changed)
      } catch (error) {
        collect(errors, error)
      }
    }
    throwCollected(errors)
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
