import { StatusError } from '#sim/apimachinery/status.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { apiVersionOf, resourcePath } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import { at, type Manifest } from '../../manifest.ts'
import { twoWayPatch } from '../../patching/three-way.ts'
import { type DryRun, dryRunOf, dryRunQuery, ResultPrinter } from '../../results.ts'
import { NOTHING_SELECTED, selectTargets, type Target } from '../../selection.ts'
import {
  ALL_FLAG,
  DRY_RUN_FLAG,
  FILE_FLAGS,
  managerFlag,
  OUTPUT_FLAGS,
  RECORD_FLAG,
  SELECTOR_FLAG,
} from '../../verb.ts'
import type { FlagSpec } from '../../flags.ts'

export const SET_FLAGS: readonly FlagSpec[] = [
  ...FILE_FLAGS,
  ...OUTPUT_FLAGS,
  ALL_FLAG,
  SELECTOR_FLAG,
  DRY_RUN_FLAG,
  RECORD_FLAG,
  managerFlag('kubectl-set'),
  { name: 'local', type: 'bool', usage: 'Not simulated' },
]

export type Change = {
  readonly done: string
  /** What could not be patched, in the words of 1.36; it lets some speak for themselves. */
  readonly failing?: string
  /** Also where nothing changes. */
  readonly isAlwaysSent?: boolean
}

export function requireTarget(cli: Cli, words: readonly string[]): void {
  if (words.length === 0 && !cli.flags.isSet('filename')) throw new CliError(NOTHING_SELECTED)
}

/** Changes the Pod spec of each target, and says so where anything changed. */
export function changePodSpecs(
  cli: Cli,
  words: readonly string[],
  how: Change,
  change: (spec: Manifest, target: Target) => Manifest,
): Task {
  return changeEach(cli, words, how, (object, target) =>
    withPodSpec(cli, target, object, (spec) => change(spec, target)),
  )
}

export function* changeEach(
  cli: Cli,
  words: readonly string[],
  { done, failing, isAlwaysSent = false }: Change,
  change: (object: Manifest, target: Target) => Manifest,
): Task {
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
      const before = {
        ...target.object,
        apiVersion: apiVersionOf(target.resource),
        kind: target.resource.kind,
      }
      const changed = change(before, target)
      const isUnchanged = Object.keys(twoWayPatch(before, changed)).length === 0
      const after = cli.flags.bool('record') && !isUnchanged ? withCause(cli, changed) : changed
      const patch = twoWayPatch(before, after)
      if (Object.keys(patch).length === 0 && !isAlwaysSent) continue
      const result =
        dryRun === 'client' ? after : yield* patched(cli, target, { patch, dryRun, failing })
      yield* printer.print(target, done, result)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function* patched(
  cli: Cli,
  target: Target,
  { patch, dryRun, failing }: { patch: unknown; dryRun: DryRun; failing: string | undefined },
): Task<Manifest> {
  try {
    return yield* cli.request('PATCH', resourcePath(target.resource, target), {
      query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
      contentType: 'application/strategic-merge-patch+json',
      body: patch,
    })
  } catch (error) {
    if (cli.isOld || failing === undefined || !(error instanceof StatusError)) throw error
    throw new CliError(`failed to patch ${failing} ${error.message}`)
  }
}

function withCause(cli: Cli, object: Manifest): Manifest {
  const words = cli.proc.argv.slice(1).filter((word) => word !== '--record')
  const cause = ['kubectl', ...words, '--record=true'].join(' ')
  const annotations = { ...object['metadata']?.annotations, 'kubernetes.io/change-cause': cause }
  return { ...object, metadata: { ...object['metadata'], annotations } }
}

function withPodSpec(
  { isOld }: Cli,
  target: Target,
  object: Manifest,
  change: (spec: Manifest) => Manifest,
): Manifest {
  if (target.resource.kind === 'Pod') return { ...object, spec: change(object['spec'] ?? {}) }
  const template = at(object, 'spec', 'template') as Manifest | undefined
  if (template === undefined) {
    const { kind, name: type, version } = target.resource
    const what = 'the object is not a pod or does not have a pod template:'
    throw new CliError(
      isOld ? `${what} ${kind}` : `${type}/${target.name} ${what} *${version}.${kind}`,
    )
  }
  return {
    ...object,
    spec: { ...object['spec'], template: { ...template, spec: change(template['spec'] ?? {}) } },
  }
}

/** Changes the named containers, `*` meaning all; a name that none has is an error. */
export function changeContainers(
  spec: Manifest,
  name: string,
  change: (container: Manifest) => Manifest,
): Manifest {
  if (!hasContainer(spec, name)) throw new CliError(`unable to find container named "${name}"`)
  const changed = (containers: Manifest[] | undefined): Manifest[] | undefined =>
    containers?.map((one) => (name === '*' || one['name'] === name ? change(one) : one))
  const containers = changed(spec['containers'])
  const initContainers = changed(spec['initContainers'])
  return {
    ...spec,
    ...(containers === undefined ? {} : { containers }),
    ...(initContainers === undefined ? {} : { initContainers }),
  }
}

export function hasContainer(spec: Manifest, name: string): boolean {
  return name === '*' || containersOf(spec).some((container) => container['name'] === name)
}

/** Those that run together, then those that come first. */
export function containersOf(spec: Manifest): Manifest[] {
  return [...(spec['containers'] ?? []), ...(spec['initContainers'] ?? [])]
}
