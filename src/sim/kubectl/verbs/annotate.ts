import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { CliError, collect, throwCollected } from '../errors.ts'
import { annotationsOf } from '../manifest.ts'
import { changedPairs, type KeyChanges, patchMetadata, splitChanges } from '../metadata-change.ts'
import { dryRunOf, ResultPrinter } from '../results.ts'
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
import { misuse, NO_RESOURCE } from './label.ts'

export const annotate: Verb = {
  name: 'annotate',
  summary: 'Update the annotations on a resource',
  usage: 'annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    ALL_FLAG,
    ALL_NAMESPACES_FLAG,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    managerFlag('kubectl-annotate'),
    { name: 'overwrite', type: 'bool', usage: 'Allow annotations to be overwritten' },
    { name: 'list', type: 'bool', usage: 'Show the annotations' },
    { name: 'resource-version', type: 'string', usage: 'Only this version of the object' },
  ],
  run: runAnnotate,
}

function* runAnnotate(cli: Cli): Task {
  const { words, changes } = splitChanges(cli.args, {
    clash: (keys) => `the following annotation(s) in the same command: ${keys.join(', ')}`,
  })
  if (words.length === 0 && !cli.flags.isSet('filename')) throw misuse(cli, NO_RESOURCE)
  const isListing = cli.flags.bool('list')
  if (changes.set.size === 0 && changes.removed.length === 0 && !isListing) {
    throw misuse(cli, 'at least one annotation update is required')
  }
  const dryRun = yield* dryRunOf(cli)
  const printer = new ResultPrinter(cli, dryRun)
  const errors: Error[] = []
  const targets = yield* selectTargets(cli, {
    words,
    fetch: true,
    typeMeansAll: isListing,
    onError: (error) => errors.push(error),
  })
  for (const target of targets) {
    try {
      refuseOverwriting(cli, target, changes)
      if (isListing) {
        yield* listAnnotations(cli, changedPairs(annotationsOf(target.object ?? {}), changes))
        continue
      }
      const after =
        dryRun === 'client'
          ? (target.object ?? {})
          : yield* patchMetadata(cli, target, 'annotations', changes, dryRun)
      yield* printer.print(target, 'annotated', after)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function* listAnnotations(cli: Cli, annotations: Readonly<Record<string, string>>): Task {
  for (const [key, value] of Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield* cli.out(`${key}=${value}\n`)
  }
}

function refuseOverwriting(cli: Cli, { object = {} }: Target, { set }: KeyChanges): void {
  if (cli.flags.bool('overwrite')) return
  const before = annotationsOf(object)
  const taken = [...set.keys()].filter(
    (key) => before[key] !== undefined && before[key] !== set.get(key),
  )
  if (taken.length === 0) return
  const list = taken.map((key) => `'${key}' already has a value (${before[key]})`).join('; ')
  throw new CliError(`--overwrite is false but found the following declared annotation(s): ${list}`)
}
