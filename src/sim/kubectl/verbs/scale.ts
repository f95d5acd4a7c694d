import type { Task } from '#sim/kernel/process.ts'
import { sleep } from '#sim/kernel/waits.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, collect, throwCollected, UsageError } from '../errors.ts'
import { at, type Manifest } from '../manifest.ts'
import { type DryRun, dryRunOf, dryRunQuery, ResultPrinter } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'

export const scale: Verb = {
  name: 'scale',
  summary: 'Set a new size for a deployment, replica set, or replication controller',
  usage:
    'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    SELECTOR_FLAG,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    {
      name: 'replicas',
      type: 'int',
      required: true,
      usage: 'The new desired number of replicas. Required.',
    },
    { name: 'current-replicas', type: 'int', default: '-1', usage: 'Scale only from this number' },
    { name: 'resource-version', type: 'string', usage: 'Scale only this version of the object' },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'Wait this long until it is done' },
  ],
  run: runScale,
}

const NEGATIVE =
  'The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0'

function* runScale(cli: Cli): Task {
  const replicas = cli.flags.int('replicas')
  if (replicas < 0) throw cli.isOld ? new UsageError(NEGATIVE) : new CliError(NEGATIVE)
  const dryRun = yield* dryRunOf(cli)
  const printer = new ResultPrinter(cli, dryRun)
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    fetch: true,
    onError: (error) => errors.push(error),
  })
  for (const target of targets) {
    try {
      yield* scaleOne(cli, target, replicas, dryRun)
      yield* printer.print(target, 'scaled', target.object ?? {})
    } catch (error) {
      collect(errors, error)
      // A type that does not scale ends the command, as the real one does.
      if (cli.flags.isSet('filename')) break
    }
  }
  if (targets.length === 0 && errors.length === 0) throw new CliError('no objects passed to scale')
  throwCollected(errors)
}

function* scaleOne(cli: Cli, target: Target, replicas: number, dryRun: DryRun): Task {
  const path = resourcePath(target.resource, { ...target, sub: 'scale' })
  const current = yield* cli.request('GET', path)
  checkPreconditions(cli, current)
  if (dryRun === 'client') return
  const isConditional = cli.flags.isSet('current-replicas') || cli.flags.isSet('resource-version')
  if (isConditional) {
    const body = { ...current, spec: { ...current['spec'], replicas } }
    yield* cli.request('PUT', path, { query: dryRunQuery(dryRun), body })
  } else {
    yield* cli.request('PATCH', path, {
      query: dryRunQuery(dryRun),
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas } },
    })
  }
  const timeoutMs = cli.flags.durationMs('timeout')
  if (timeoutMs > 0 && dryRun === 'none') yield* waitUntilScaled(cli, target, timeoutMs)
}

function checkPreconditions(cli: Cli, current: Manifest): void {
  const expected = cli.flags.int('current-replicas')
  const actual = Number(at(current, 'spec', 'replicas') ?? 0)
  if (cli.flags.isSet('current-replicas') && expected >= 0 && expected !== actual) {
    throw new CliError(`Expected replicas to be ${expected}, was ${actual}`)
  }
  const version = cli.flags.string('resource-version')
  const found = String(at(current, 'metadata', 'resourceVersion') ?? '')
  if (version !== '' && version !== found) {
    throw new CliError(`Expected resource version to be ${version}, was ${found}`)
  }
}

function* waitUntilScaled(cli: Cli, target: Target, timeoutMs: number): Task {
  const deadline = cli.unixMs + timeoutMs
  for (;;) {
    const now = yield* cli.request('GET', resourcePath(target.resource, target))
    const isObserved =
      Number(at(now, 'status', 'observedGeneration') ?? 0) >=
      Number(at(now, 'metadata', 'generation') ?? 0)
    const wanted = Number(at(now, 'spec', 'replicas') ?? 0)
    if (isObserved && Number(at(now, 'status', 'replicas') ?? 0) === wanted) return
    if (cli.unixMs + 100 > deadline) {
      throw new CliError(`timed out waiting for "${target.name}" to be synced`)
    }
    yield* sleep(100)
  }
}
