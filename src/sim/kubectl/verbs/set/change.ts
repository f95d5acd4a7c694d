import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { apiVersionOf, resourcePath } from '../../discovery.ts'
import { CliError, collect, throwCollected } from '../../errors.ts'
import { at, type Manifest } from '../../manifest.ts'
import { twoWayPatch } from '../../patching/three-way.ts'
import { dryRunOf, dryRunQuery, ResultPrinter } from '../../results.ts'
import { selectTargets, type Target } from '../../selection.ts'
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

/** Changes the Pod spec of each target, and says so where anything changed. */
export function* changePodSpecs(
  cli: Cli,
  words: readonly string[],
  done: string,
  change: (spec: Manifest) => Manifest,
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
      const changed = withPodSpec(target, before, change)
      const isUnchanged = Object.keys(twoWayPatch(before, changed)).length === 0
      const after = cli.flags.bool('record') && !isUnchanged ? withCause(cli, changed) : changed
      const patch = twoWayPatch(before, after)
      if (Object.keys(patch).length === 0) continue
      const result =
        dryRun === 'client'
          ? after
          : yield* cli.request('PATCH', resourcePath(target.resource, target), {
              query: [...dryRunQuery(dryRun), ['fieldManager', cli.flags.string('field-manager')]],
              contentType: 'application/strategic-merge-patch+json',
              body: patch,
            })
      yield* printer.print(target, done, result)
    } catch (error) {
      collect(errors, error)
    }
  }
  throwCollected(errors)
}

function withCause(cli: Cli, object: Manifest): Manifest {
  const words = cli.proc.argv.slice(1).filter((word) => word !== '--record')
  const cause = ['kubectl', ...words, '--record=true'].join(' ')
  const annotations = { ...object['metadata']?.annotations, 'kubernetes.io/change-cause': cause }
  return { ...object, metadata: { ...object['metadata'], annotations } }
}

function withPodSpec(
  target: Target,
  object: Manifest,
  change: (spec: Manifest) => Manifest,
): Manifest {
  if (target.resource.kind === 'Pod') return { ...object, spec: change(object['spec'] ?? {}) }
  const template = at(object, 'spec', 'template') as Manifest | undefined
  if (template === undefined) {
    throw new CliError(
      `the object is not a pod or does not have a pod template: ${target.resource.kind}`,
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
  let isFound = false
  const changed = (list: Manifest[] | undefined): Manifest[] | undefined =>
    list?.map((container) => {
      if (name !== '*' && container['name'] !== name) return container
      isFound = true
      return change(container)
    })
  const containers = changed(spec['containers'])
  const initContainers = name === '*' ? spec['initContainers'] : changed(spec['initContainers'])
  if (!isFound) throw new CliError(`unable to find container named "${name}"`)
  return {
    ...spec,
    ...(containers === undefined ? {} : { containers }),
    ...(initContainers === undefined ? {} : { initContainers }),
  }
}
