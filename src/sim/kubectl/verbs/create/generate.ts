import { StatusError } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { resourcePath } from '../../discovery.ts'
import { CliError, UsageError } from '../../errors.ts'
import type { FlagSpec } from '../../flags.ts'
import { type Manifest, nameOf } from '../../manifest.ts'
import {
  type DryRun,
  dryRunOf,
  dryRunQuery,
  fieldValidationQuery,
  ResultPrinter,
} from '../../results.ts'
import { DRY_RUN_FLAG, managerFlag, OUTPUT_FLAGS, VALIDATE_FLAG } from '../../verb.ts'
import { withLastApplied } from '../../last-applied.ts'

export const GENERATOR_FLAGS: readonly FlagSpec[] = [
  ...OUTPUT_FLAGS,
  DRY_RUN_FLAG,
  VALIDATE_FLAG,
  managerFlag('kubectl-create'),
  { name: 'save-config', type: 'bool', usage: 'Keep the manifest in an annotation, for apply' },
]

/** The one NAME that generators of objects take. */
export function onlyName(cli: Cli): string {
  const before = cli.flags.dashAt ?? cli.args.length
  const [name] = cli.args
  if (before !== 1 || name === undefined) {
    throw new UsageError(`exactly one NAME is required, got ${before}`)
  }
  return name
}

/** Creates an object that was made from flags, or prints it for a dry run. */
export function* createGenerated(cli: Cli, generated: Manifest): Task {
  const dryRun = yield* dryRunOf(cli)
  const discovery = yield* cli.discovery()
  const resource = discovery.byKind(generated['apiVersion'], generated['kind'])
  if (resource === undefined) {
    throw new CliError(
      `resource mapping not found for name: "${nameOf(generated)}" namespace: "" from "": no matches for kind "${generated['kind']}" in version "${generated['apiVersion']}"\nensure CRDs are installed first`,
    )
  }
  // A dry run shows a namespace only where one was asked for.
  const isScoped = resource.namespaced && (dryRun !== 'client' || cli.isNamespaceAsked)
  const scoped = isScoped
    ? { ...generated, metadata: { ...generated['metadata'], namespace: cli.namespace } }
    : generated
  const object = cli.flags.bool('save-config') ? withLastApplied(scoped) : scoped
  const printer = new ResultPrinter(cli, dryRun)
  const created =
    dryRun === 'client'
      ? object
      : yield* posted(cli, resourcePath(resource, { namespace: cli.namespace }), object, dryRun)
  yield* printer.print({ resource, name: nameOf(created) }, 'created', created)
}

function* posted(cli: Cli, path: string, object: Manifest, dryRun: DryRun): Task<Manifest> {
  try {
    return yield* cli.request('POST', path, {
      query: [
        ...dryRunQuery(dryRun),
        ['fieldManager', cli.flags.string('field-manager')],
        ...fieldValidationQuery(cli),
      ],
      body: object,
    })
  } catch (error) {
    const what = FAILURES[object['kind']]?.(object)
    if (cli.isOld || what === undefined || !(error instanceof StatusError)) throw error
    throw new CliError(`failed to create ${what} ${error.message}`)
  }
}

/** What could not be created, in the words of each generator; a namespace's has none. */
const FAILURES: Readonly<Record<string, (object: Manifest) => string>> = {
  ConfigMap: () => 'configmap:',
  Secret: () => 'secret',
  ServiceAccount: () => 'serviceaccount:',
  Service: ({ spec }) => `${spec.type} service:`,
  Deployment: () => 'deployment:',
  Job: () => 'job:',
  PodDisruptionBudget: () => 'poddisruptionbudgets:',
  PriorityClass: () => 'priorityclass:',
  ResourceQuota: () => 'quota:',
}

/** `a=b,c=d` as a map. */
export function labelsFrom(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=')
        if (equals < 0) throw new CliError(`unexpected label spec: ${pair}`)
        return [pair.slice(0, equals), pair.slice(equals + 1)]
      }),
  )
}
