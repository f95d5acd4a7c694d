import { goQuote } from '#sim/apimachinery/quote.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { resourcePath } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import { annotationsOf, LAST_APPLIED } from '../../manifest.ts'
import { type DryRun, dryRunOf, dryRunQuery, dryRunSuffix, resultLine } from '../../results.ts'
import { selectTargets, type Target } from '../../selection.ts'
import { DRY_RUN_FLAG, FILE_FLAGS, OUTPUT_FLAGS, SELECTOR_FLAG, type Verb } from '../../verb.ts'
import { templateText } from './history.ts'
import { matchesTemplate, revisionsOf, rollbackTarget, unsupported } from './revisions.ts'

export const undo: Verb = {
  name: 'undo',
  summary: 'Undo a previous rollout',
  usage: 'rollout undo (TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    {
      name: 'to-revision',
      type: 'int',
      default: '0',
      usage: 'The revision to go back to; 0 is the one before',
    },
  ],
  run: runUndo,
}

function* runUndo(cli: Cli): Task {
  const errors: Error[] = []
  if (cli.args.length === 0 && !cli.flags.isSet('filename')) {
    throw new CliError('required resource not specified')
  }
  const dryRun = yield* dryRunOf(cli)
  const targets = yield* selectTargets(cli, {
    fetch: true,
    typeMeansAll: true,
    onError: (error) => errors.push(error),
  })
  for (const target of targets) {
    try {
      yield* warnOfApply(cli, target)
      yield* rollBack(cli, target, dryRun)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function* warnOfApply(cli: Cli, { resource, name, object = {} }: Target): Task {
  if (cli.isOld || annotationsOf(object)[LAST_APPLIED] === undefined) return
  yield* cli.warn(
    `resource ${resource.name}/${name} was previously managed with 'kubectl apply'. Rolling back will not update the ${LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.`,
  )
}

function* rollBack(cli: Cli, target: Target, dryRun: DryRun): Task {
  const { object = {} } = target
  const revisions = yield* revisionsOf(cli, target)
  if (revisions === undefined) throw unsupported('rollbacker', target)
  if (target.resource.kind === 'Deployment' && revisions.length === 0 && !cli.isOld) {
    throw new CliError(`no rollout history found for deployment ${goQuote(target.name)}`)
  }
  const revision = rollbackTarget(revisions, cli.flags.int('to-revision'))
  if (dryRun === 'client') {
    const line = resultLine(cli, target, 'will roll back to').trimEnd()
    yield* cli.out(`${line} ${templateText(cli, revision.template)}${dryRunSuffix(dryRun)}\n`)
    return
  }
  if (matchesTemplate(object, revision)) {
    const text = `skipped rollback (current template already matches revision ${revision.number})`
    yield* cli.out(resultLine(cli, target, text, dryRun))
    return
  }
  yield* cli.request('PATCH', resourcePath(target.resource, target), {
    query: dryRunQuery(dryRun),
    contentType: 'application/strategic-merge-patch+json',
    body: revision.patch,
  })
  yield* cli.out(resultLine(cli, target, 'rolled back', dryRun))
}
