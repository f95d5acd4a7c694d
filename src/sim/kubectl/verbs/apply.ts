import { StatusError } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { apiVersionOf, resourcePath } from '../discovery.ts'
import { CliError, collect, isNotFound, throwCollected, withSource } from '../errors.ts'
import { withLastApplied } from '../last-applied.ts'
import { annotationsOf, LAST_APPLIED, type Manifest } from '../manifest.ts'
import { readManifests, type ResolvedManifest } from '../manifests.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { printerFor } from '../output/printers.ts'
import { threeWayPatch } from '../patching/three-way.ts'
import { type DryRun, dryRunOf, dryRunQuery, fieldValidationQuery, resultLine } from '../results.ts'
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
import { setLastApplied, viewLastApplied } from './last-applied.ts'

export const apply: Verb = {
  name: 'apply',
  summary: 'Apply a configuration to a resource by file name or stdin',
  usage: 'apply (-f FILENAME | -k DIRECTORY)',
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    SELECTOR_FLAG,
    VALIDATE_FLAG,
    managerFlag('kubectl-client-side-apply'),
    { name: 'server-side', type: 'bool', usage: 'Let the server merge, with field ownership' },
    { name: 'force-conflicts', type: 'bool', usage: 'Take over fields of other managers' },
    { name: 'overwrite', type: 'bool', default: 'true', usage: 'Ignored' },
    { name: 'force', type: 'bool', usage: 'Ignored' },
    { name: 'wait', type: 'bool', usage: 'Ignored' },
    { name: 'prune', type: 'bool', usage: 'Not simulated' },
  ],
  subcommands: [setLastApplied, viewLastApplied],
  run: runApply,
}

type Applied = { readonly operation: string; readonly object: Manifest }

function* runApply(cli: Cli): Task {
  const { flags } = cli
  if (cli.args.length > 0) throw new CliError(`unexpected args: [${cli.args.join(' ')}]`)
  if (!flags.isSet('filename') && !flags.isSet('kustomize')) {
    throw new CliError('must specify one of -f and -k')
  }
  if (flags.bool('prune')) throw new CliError('apply --prune is not simulated here')
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) {
    throw new CliError('--force-conflicts only works with --server-side')
  }
  const dryRun = yield* dryRunOf(cli)
  const printer = printerFor(cli)
  const errors: Error[] = []
  const results: Manifest[] = []
  const manifests = yield* readManifests(cli, (error) => errors.push(error))
  for (const manifest of manifests) {
    try {
      const { operation, object } = flags.bool('server-side')
        ? yield* applyAtServer(cli, manifest, dryRun)
        : yield* applyAtClient(cli, manifest, dryRun)
      results.push(object)
      if (printer === undefined) yield* cli.out(resultLine(cli, manifest, operation, dryRun))
      else if (flags.string('output') === 'name') yield* cli.out(printer.print(object))
    } catch (error) {
      collect(errors, error)
    }
  }
  if (manifests.length === 0 && errors.length === 0)
    throw new CliError('no objects passed to apply')
  const isWhole = printer !== undefined && flags.string('output') !== 'name' && results.length > 0
  if (isWhole) yield* cli.out(printer.print(asOne(results)))
  throwCollected(errors)
}

function asOne(results: readonly Manifest[]): Manifest {
  const [only] = results
  if (results.length === 1 && only !== undefined) return only
  return { apiVersion: 'v1', items: results, kind: 'List', metadata: { resourceVersion: '' } }
}

function* applyAtClient(cli: Cli, manifest: ResolvedManifest, dryRun: DryRun): Task<Applied> {
  const current = yield* currentOf(cli, manifest)
  const modified = withLastApplied(manifest.object)
  if (current === undefined) return yield* createApplied(cli, manifest, modified, dryRun)
  const lastApplied = annotationsOf(current)[LAST_APPLIED]
  if (lastApplied === undefined) yield* warnOfMissing(cli, manifest)
  // Fields dropped since the last apply are known from the annotation; without it, none are.
  const original = lastApplied === undefined ? {} : (JSON.parse(lastApplied) as Manifest)
  const patch = threeWayPatch(original, modified, current)
  if (Object.keys(patch).length === 0) return { operation: 'unchanged', object: current }
  if (dryRun === 'client') return { operation: 'configured', object: current }
  const path = resourcePath(manifest.resource, manifest)
  try {
    const object = yield* cli.request('PATCH', path, {
      query: writeQuery(cli, dryRun),
      contentType: 'application/strategic-merge-patch+json',
      body: patch,
    })
    return { operation: 'configured', object }
  } catch (error) {
    const text = `applying patch:\n${goJson(patch)}\nto:\n${describeTarget(manifest)}\nfor:`
    throw withSource(error, text, manifest.source)
  }
}

function writeQuery(cli: Cli, dryRun: DryRun): [string, string][] {
  return [
    ...dryRunQuery(dryRun),
    ['fieldManager', cli.flags.string('field-manager')],
    ...fieldValidationQuery(cli),
  ]
}

function* currentOf(cli: Cli, manifest: ResolvedManifest): Task<Manifest | undefined> {
  try {
    if (manifest.name === '') throw new CliError('resource name may not be empty')
    return yield* cli.request('GET', resourcePath(manifest.resource, manifest))
  } catch (error) {
    if (isNotFound(error)) return undefined
    if (!(error instanceof Error)) throw error
    const text = `error when retrieving current configuration of:\n${describeTarget(manifest)}\nfrom server for: "${manifest.source}": ${error.message}`
    if (error instanceof StatusError) throw new StatusError({ ...error.status, message: text })
    throw error instanceof CliError ? new CliError(text) : error
  }
}

function describeTarget({ resource, name, namespace }: ResolvedManifest): string {
  const groupVersion = resource.group === '' ? `/${resource.version}` : apiVersionOf(resource)
  return `Resource: "${groupVersion}, Resource=${resource.name}", GroupVersionKind: "${groupVersion}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace ?? ''}"`
}

function* createApplied(
  cli: Cli,
  manifest: ResolvedManifest,
  modified: Manifest,
  dryRun: DryRun,
): Task<Applied> {
  if (dryRun === 'client') return { operation: 'created', object: manifest.object }
  const path = resourcePath(manifest.resource, { namespace: manifest.namespace })
  try {
    const object = yield* cli.request('POST', path, {
      query: writeQuery(cli, dryRun),
      body: modified,
    })
    return { operation: 'created', object }
  } catch (error) {
    throw withSource(error, 'creating', manifest.source)
  }
}

function* warnOfMissing(cli: Cli, { resource, name }: ResolvedManifest): Task {
  if (cli.isOld) {
    yield* cli.err(
      'Warning: kubectl apply should be used on resource created by either kubectl create --save-config or kubectl apply\n',
    )
    return
  }
  yield* cli.warn(
    `resource ${resource.name}/${name} is missing the ${LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
  )
}

const CONFLICT_ADVICE = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

function* applyAtServer(cli: Cli, manifest: ResolvedManifest, dryRun: DryRun): Task<Applied> {
  if (dryRun === 'client') {
    throw new CliError(
      "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    )
  }
  const { flags } = cli
  const manager = flags.isSet('field-manager') ? flags.string('field-manager') : 'kubectl'
  try {
    const object = yield* cli.request('PATCH', resourcePath(manifest.resource, manifest), {
      query: [
        ...dryRunQuery(dryRun),
        ['fieldManager', manager],
        ...fieldValidationQuery(cli),
        ['force', String(flags.bool('force-conflicts'))],
      ],
      contentType: 'application/apply-patch+yaml',
      body: manifest.object,
    })
    return { operation: 'serverside-applied', object }
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'Conflict') {
      throw new CliError(`${error.message}\n${CONFLICT_ADVICE}`)
    }
    throw error
  }
}
