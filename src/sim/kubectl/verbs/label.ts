import { labelValueFaults } from '#sim/apimachinery/names.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError, collect, throwCollected, UsageError } from '../errors.ts'
import { apiVersionOf } from '../discovery.ts'
import { labelsOf } from '../manifest.ts'
import { changedPairs, type KeyChanges, patchMetadata, splitChanges } from '../metadata-change.ts'
import { type DryRun, dryRunOf, ResultPrinter } from '../results.ts'
import { selectTargets, type Target } from '../selection.ts'
import {
  ALL_FLAG,
  ALL_NAMESPACES_FLAG,
  DRY_RUN_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  managerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'

export const label: Verb = {
  name: 'label',
  summary: 'Update the labels on a resource',
  usage: 'label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    managerFlag('kubectl-label'),
    { name: 'overwrite', type: 'bool', usage: 'Allow labels to be overwritten' },
    { name: 'list', type: 'bool', usage: 'Show the labels' },
    { name: 'local', type: 'bool', usage: 'Not simulated' },
    { name: 'resource-version', type: 'string', usage: 'Only this version of the object' },
  ],
  run: runLabel,
}

export const NO_RESOURCE =
  'one or more resources must be specified as <resource> <name> or <resource>/<name>'

/** A refusal that 1.10 showed with a pointer to the help. */
export function misuse(cli: Cli, message: string): CliError {
  return cli.isOld ? new UsageError(message) : new CliError(message)
}

function* runLabel(cli: Cli): Task {
  const { words, changes, isMixed } = splitChanges(cli.args)
  if (words.length === 0 && !cli.flags.isSet('filename')) throw misuse(cli, NO_RESOURCE)
  if (isMixed)
    throw new CliError('all resources must be specified before label changes: ' + words.at(-1))
  const isListing = cli.flags.bool('list')
  const isEmpty = changes.set.size === 0 && changes.removed.length === 0
  if (isEmpty && !isListing) {
    throw misuse(cli, 'at least one label update is required')
  }
  checkValues(changes)
  const dryRun = yield* dryRunOf(cli)
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    words,
    fetch: true,
    typeMeansAll: isListing,
    onError: (error) => errors.push(error),
  })
  const printer = new ResultPrinter(cli, dryRun)
  const isOneOfMany = cli.flags.isSet('filename') ? targets.length > 1 : !isOneName(words)
  for (const target of targets) {
    try {
      // What is only listed is changed on paper.
      if (isListing) yield* listLabels(cli, target, { changes, isOneOfMany })
      else yield* labelOne(cli, target, { changes, dryRun, printer })
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function checkValues({ set }: KeyChanges): void {
  for (const value of set.values()) {
    const faults = labelValueFaults(value)
    if (faults.length > 0) {
      throw new CliError(
        `invalid label value: ${JSON.stringify(`${keyOf(set, value)}=${value}`)}: ${faults.join('; ')}`,
      )
    }
  }
}

function keyOf(set: ReadonlyMap<string, string>, value: string): string {
  return [...set].find(([, one]) => one === value)?.[0] ?? ''
}

function isOneName(words: readonly string[]): boolean {
  const [first = ''] = words
  return first.includes('/') ? words.length === 1 : words.length === 2 && !first.includes(',')
}

function refuseOverwriting(
  cli: Cli,
  before: Readonly<Record<string, string>>,
  { set }: KeyChanges,
): void {
  if (cli.flags.bool('overwrite')) return
  for (const [key, value] of set) {
    if (before[key] === undefined || before[key] === value) continue
    throw new CliError(`'${key}' already has a value (${before[key]}), and --overwrite is false`)
  }
}

function* listLabels(
  cli: Cli,
  { resource, name, object = {} }: Target,
  { changes, isOneOfMany }: { readonly changes: KeyChanges; readonly isOneOfMany: boolean },
): Task {
  refuseOverwriting(cli, labelsOf(object), changes)
  const labels = changedPairs(labelsOf(object), changes)
  const lines = Object.keys(labels)
    .sort()
    .map((key) => `${isOneOfMany ? ' ' : ''}${key}=${labels[key]}\n`)
  const group = apiVersionOf(resource).includes('/') ? resource.group : ''
  const head = isOneOfMany ? `Listing labels for ${resource.kind}.${group}/${name}:\n` : ''
  yield* cli.out(head + lines.join(''))
}

function* labelOne(
  cli: Cli,
  target: Target,
  options: {
    readonly changes: KeyChanges
    readonly dryRun: DryRun
    readonly printer: ResultPrinter
  },
): Task {
  const { changes, dryRun, printer } = options
  const before = labelsOf(target.object ?? {})
  refuseOverwriting(cli, before, changes)
  const removed = changes.removed.filter((key) => key in before)
  for (const key of changes.removed) {
    if (!(key in before)) yield* cli.out(`label "${key}" not found.\n`)
  }
  const changed = [...changes.set].filter(([key, value]) => before[key] !== value)
  if (changed.length === 0 && removed.length === 0) {
    yield* printer.print(target, 'not labeled', target.object ?? {})
    return
  }
  const after =
    dryRun === 'client'
      ? (target.object ?? {})
      : yield* patchMetadata(cli, target, 'labels', { set: changes.set, removed }, dryRun)
  const isOnlyRemoval = changed.length === 0 && !cli.isOld
  yield* printer.print(target, isOnlyRemoval ? 'unlabeled' : 'labeled', after)
}
