import { deepEqual } from '#sim/apimachinery/equality.ts'
import { withoutTemplateHash } from '#sim/apimachinery/template-hash-label.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../../cli.ts'
import { apiVersionOf, resourcePath } from '../../discovery.ts'
import { CliError } from '../../errors.ts'
import { annotationsOf, at, type Manifest, namespaceOf } from '../../manifest.ts'
import { selectorOf } from '../../pods.ts'
import type { Target } from '../../selection.ts'

export type Revision = {
  readonly number: number
  readonly template: Manifest
  readonly changeCause: string
  /** What a strategic patch must say to go back there. */
  readonly patch: Manifest
}

const CHANGE_CAUSE = 'kubernetes.io/change-cause'
const DEPLOYMENT_REVISION = 'deployment.kubernetes.io/revision'

/** The revisions of a workload, oldest first; undefined for a kind that has none. */
export function* revisionsOf(cli: Cli, target: Target): Task<Revision[] | undefined> {
  switch (target.resource.kind) {
    case 'StatefulSet':
    case 'DaemonSet':
      return (yield* owned(cli, target, 'controllerrevisions'))
        .map(ofControllerRevision)
        .sort(byNumber)
    case 'Deployment':
      return (yield* owned(cli, target, 'replicasets')).map(ofReplicaSet).sort(byNumber)
    default:
      return undefined
  }
}

function byNumber(a: Revision, b: Revision): number {
  return a.number - b.number
}

function* owned(cli: Cli, { object = {} }: Target, type: string): Task<Manifest[]> {
  const discovery = yield* cli.discovery()
  const list = yield* cli.request(
    'GET',
    resourcePath(discovery.find(type), { namespace: namespaceOf(object) }),
    { query: [['labelSelector', selectorOf(object) ?? '']] },
  )
  return ((list['items'] ?? []) as Manifest[]).filter((item) =>
    ((at(item, 'metadata', 'ownerReferences') ?? []) as Manifest[]).some(
      ({ uid, controller }) => controller === true && uid === object['metadata']?.uid,
    ),
  )
}

function ofControllerRevision(revision: Manifest): Revision {
  const patch = revision['data'] as Manifest
  const { $patch: _, ...template } = (at(patch, 'spec', 'template') ?? {}) as Manifest
  return {
    number: Number(revision['revision']),
    template,
    changeCause: annotationsOf(revision)[CHANGE_CAUSE] ?? '<none>',
    patch,
  }
}

function ofReplicaSet(set: Manifest): Revision {
  const template = withoutTemplateHash((at(set, 'spec', 'template') ?? {}) as Manifest)
  return {
    number: Number(annotationsOf(set)[DEPLOYMENT_REVISION] ?? 0),
    template,
    changeCause: annotationsOf(set)[CHANGE_CAUSE] ?? '<none>',
    patch: { spec: { template: { ...template, $patch: 'replace' } } },
  }
}

/** The revision to go back to: the one asked for, or the one before the last. */
export function rollbackTarget(revisions: readonly Revision[], asked: number): Revision {
  if (asked > 0) {
    const found = revisions.find(({ number }) => number === asked)
    if (found === undefined)
      throw new CliError(`unable to find specified revision ${asked} in history`)
    return found
  }
  const previous = revisions.at(-2)
  if (previous === undefined) throw new CliError('no last revision to roll back to')
  return previous
}

export function matchesTemplate(object: Manifest, { template }: Revision): boolean {
  const live = (at(object, 'spec', 'template') ?? {}) as Manifest
  return deepEqual(withoutNulls(live), withoutNulls(template))
}

// Revisions keep `creationTimestamp: null`, which live templates have lost.
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]))
}

/** Kinds without revisions are named this way, stray blank and braces included. */
export function unsupported(what: string, target: Target): CliError {
  const group = apiVersionOf(target.resource).includes('/') ? target.resource.group : ''
  return new CliError(
    `error retrieving ${what} for "${target.resource.kind}", no visitor method exists for {${group} ${target.resource.kind}}`,
  )
}
