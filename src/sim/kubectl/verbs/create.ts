import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { resourcePath } from '../discovery.ts'
import { CliError, collect, throwCollected, UsageError, withSource } from '../errors.ts'
import { withLastApplied } from '../last-applied.ts'
import type { Manifest } from '../manifest.ts'
import { readManifests, type ResolvedManifest } from '../manifests.ts'
import {
  type DryRun,
  dryRunOf,
  dryRunQuery,
  fieldValidationQuery,
  ResultPrinter,
} from '../results.ts'
import {
  DRY_RUN_FLAG,
  FILE_FLAGS,
  managerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
  type Verb,
} from '../verb.ts'
import { CREATE_SUBCOMMANDS } from './create/subcommands.ts'

export const create: Verb = {
  name: 'create',
  summary: 'Create a resource from a file or from stdin',
  usage: 'create -f FILENAME',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    managerFlag('kubectl-create'),
    RECORD_FLAG,
    SELECTOR_FLAG,
    VALIDATE_FLAG,
    { name: 'save-config', type: 'bool', usage: 'Keep the manifest in an annotation, for apply' },
  ],
  subcommands: CREATE_SUBCOMMANDS,
  run: runCreate,
}

function* runCreate(cli: Cli): Task {
  const { flags } = cli
  if (cli.args.length > 0) throw new UsageError(`Unexpected args: [${cli.args.join(' ')}]`)
  if (!flags.isSet('filename') && !flags.isSet('kustomize')) {
    throw new CliError('must specify one of -f and -k')
  }
  const dryRun = yield* dryRunOf(cli)
  const printer = new ResultPrinter(cli, dryRun)
  const errors: Error[] = []
  const manifests = yield* readManifests(cli, (error) => errors.push(error))
  for (const manifest of manifests) {
    try {
      const object = yield* createOne(cli, manifest, dryRun)
      yield* printer.print(
        { resource: manifest.resource, name: nameAfter(object, manifest) },
        'created',
        object,
      )
    } catch (error) {
      collect(errors, withSource(error, 'creating', manifest.source))
    }
  }
  if (manifests.length === 0 && errors.length === 0)
    throw new CliError('no objects passed to create')
  throwCollected(errors)
}

// `generateName` leaves the name to the server.
function nameAfter(object: Manifest, manifest: ResolvedManifest): string {
  return String(object['metadata']?.name ?? manifest.name)
}

function* createOne(cli: Cli, manifest: ResolvedManifest, dryRun: DryRun): Task<Manifest> {
  const object = cli.flags.bool('save-config') ? withLastApplied(manifest.object) : manifest.object
  if (dryRun === 'client') return object
  return yield* cli.request(
    'POST',
    resourcePath(manifest.resource, { namespace: manifest.namespace }),
    {
      query: [
        ...dryRunQuery(dryRun),
        ['fieldManager', cli.flags.string('field-manager')],
        ...fieldValidationQuery(cli),
      ],
      body: object,
    },
  )
}
