import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { collect, throwCollected, UsageError } from '../errors.ts'
import { at } from '../manifest.ts'
import { type DryRun, dryRunOf, dryRunQuery, resultLine } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import { DRY_RUN_FLAG, SELECTOR_FLAG, type Verb } from '../verb.ts'

const FLAGS = [SELECTOR_FLAG, DRY_RUN_FLAG]

export const cordon: Verb = {
  name: 'cordon',
  summary: 'Mark node as unschedulable',
  usage: 'cordon NODE',
  flags: FLAGS,
  run: (cli) => markAll(cli, true),
}

export const uncordon: Verb = {
  name: 'uncordon',
  summary: 'Mark node as schedulable',
  usage: 'uncordon NODE',
  flags: FLAGS,
  run: (cli) => markAll(cli, false),
}

function* markAll(cli: Cli, unschedulable: boolean): Task {
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  for (const node of yield* nodeTargets(cli, errors)) {
    try {
      yield* mark(cli, node, unschedulable, dryRun)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

/** The Nodes that the arguments or the selector mean. */
export function* nodeTargets(cli: Cli, errors: Error[]): Task<Target[]> {
  const hasSelector = cli.flags.string('selector') !== ''
  if (cli.args.length === 0 && !hasSelector) {
    throw new UsageError(`USAGE: ${cli.path} NODE [flags]`)
  }
  if (cli.args.length > 0 && hasSelector) {
    throw new UsageError('error: cannot specify both a node name and a --selector option')
  }
  return yield* selectTargets(cli, {
    words: ['nodes', ...cli.args.map((word) => word.replace(/^nodes?\//, ''))],
    fetch: true,
    onError: (error) => errors.push(error),
  })
}

/** Cordons or uncordons one Node, and says whether that changed anything. */
export function* mark(cli: Cli, node: Target, unschedulable: boolean, dryRun: DryRun): Task {
  const word = unschedulable ? 'cordoned' : 'uncordoned'
  if ((at(node.object, 'spec', 'unschedulable') === true) === unschedulable) {
    yield* cli.out(resultLine(cli, node, `already ${word}`, dryRun))
    return
  }
  if (dryRun !== 'client') {
    yield* cli.request('PATCH', resourcePath(node.resource, { name: node.name }), {
      query: dryRunQuery(dryRun),
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { unschedulable: unschedulable ? true : null } },
    })
  }
  yield* cli.out(resultLine(cli, node, word, dryRun))
}
