import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { kindLabel, resourcePath } from '../discovery.ts'
import { CliError, collect, isNotFound, throwCollected, UsageError, withSource } from '../errors.ts'
import { withLastApplied } from '../last-applied.ts'
import { at, type Manifest } from '../manifest.ts'
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
  VALIDATE_FLAG,
  type Verb,
} from '../verb.ts'
import { sendDelete, waitUntilGone } from './delete.ts'

export const replace: Verb = {
  name: 'replace',
  summary: 'Replace a resource by file name or stdin',
  usage: 'replace -f FILENAME',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    managerFlag('kubectl-replace'),
    { name: 'save-config', type: 'bool', usage: 'Keep the manifest in an annotation, for apply' },
    { name: 'force', type: 'bool', usage: 'Delete and create anew' },
    {
      name: 'grace-period',
      type: 'int',
      default: '-1',
      usage: 'With --force: seconds to end well',
    },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'With --force: how long to wait' },
    {
      name: 'cascade',
      type: 'string',
      default: 'background',
      whenBare: 'background',
      usage: 'Ignored',
    },
  ],
  run: runReplace,
}

function* runReplace(cli: Cli): Task {
  const { flags } = cli
  if (!flags.isSet('filename') && !flags.isSet('kustomize')) {
    if (cli.isOld) throw new UsageError('Must specify --filename to replace')
    throw new CliError('must specify one of -f and -k')
  }
  const dryRun = yield* dryRunOf(cli)
  const printer = new ResultPrinter(cli, dryRun)
  const errors: Error[] = []
  const manifests = yield* readManifests(cli, (error) => errors.push(error))
  for (const manifest of manifests) {
    try {
      const object = flags.bool('force')
        ? yield* recreated(cli, manifest, dryRun)
        : yield* replaced(cli, manifest, dryRun)
      yield* printer.print(manifest, 'replaced', object)
    } catch (error) {
      collect(errors, withSource(error, 'replacing', manifest.source))
    }
  }
  if (manifests.length === 0 && errors.length === 0)
    throw new CliError('no objects passed to replace')
  throwCollected(errors)
}

function bodyOf(cli: Cli, manifest: ResolvedManifest): Manifest {
  return cli.flags.bool('save-config') ? withLastApplied(manifest.object) : manifest.object
}

function writeQuery(cli: Cli, dryRun: DryRun): [string, string][] {
  return [
    ...dryRunQuery(dryRun),
    ['fieldManager', cli.flags.string('field-manager')],
    ...fieldValidationQuery(cli),
  ]
}

function* replaced(cli: Cli, manifest: ResolvedManifest, dryRun: DryRun): Task<Manifest> {
  const path = resourcePath(manifest.resource, manifest)
  const current = yield* cli.request('GET', path)
  if (dryRun === 'client') return manifest.object
  const body = bodyOf(cli, manifest)
  // Without a version in the file, the replacement is for whatever is there now.
  const versioned =
    at(body, 'metadata', 'resourceVersion') === undefined
      ? {
          ...body,
          metadata: { ...body['metadata'], resourceVersion: current['metadata']?.resourceVersion },
        }
      : body
  return yield* cli.request('PUT', path, { query: writeQuery(cli, dryRun), body: versioned })
}

function* recreated(cli: Cli, manifest: ResolvedManifest, dryRun: DryRun): Task<Manifest> {
  const grace = cli.flags.int('grace-period')
  const target = { resource: manifest.resource, namespace: manifest.namespace, name: manifest.name }
  try {
    const reply = yield* sendDelete(cli, target, {
      propagationPolicy: 'Background',
      graceSeconds: grace === 0 ? 1 : grace,
      isForced: false,
      dryRun,
    })
    const where =
      target.namespace === undefined || cli.isOld ? '' : ` from ${target.namespace} namespace`
    yield* cli.out(`${kindLabel(target.resource)} "${target.name}" deleted${where}\n`)
    const uid = at(reply, 'metadata', 'uid') ?? at(reply, 'details', 'uid')
    yield* waitUntilGone(cli, target, typeof uid === 'string' ? uid : undefined)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return yield* cli.request(
    'POST',
    resourcePath(manifest.resource, { namespace: manifest.namespace }),
    {
      query: writeQuery(cli, dryRun),
      body: bodyOf(cli, manifest),
    },
  )
}
