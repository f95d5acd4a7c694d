import type { ResourceQuota } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import {
  addLists,
  beyond,
  namesOver,
  onlyNames,
  onlyPositive,
  type ResourceList,
} from '#sim/apimachinery/quota/resource-list.ts'
import { isInScope } from '#sim/apimachinery/quota/scopes.ts'
import { computeNames, computeUsage, namesOf, usageOf } from '#sim/apimachinery/quota/usage.ts'
import { forbidden } from '#sim/apimachinery/statuses.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import type { Draft } from './resource.ts'
import { listOf } from './resources/pod-spec/defaults.ts'
import type { Scope } from './scope.ts'

/** A quota and what its status will say once the object is stored. */
type Charge = { readonly quota: ResourceQuota; readonly used: ResourceList }

/** Kinds whose changes can take more; of all others only new objects count. */
const CHARGED_ON_UPDATE: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'services'])

/** Resources that every container has to speak of once a quota counts them. */
const CONSTRAINED = computeNames(['cpu', 'memory'])

/**
 * Refuses what would exceed a quota of its namespace. What comes back writes the new usage, to be
 * called when nothing else can refuse the object: the next request must already see it, however
 * long the controller takes.
 *
 * Upstream: apiserver/pkg/admission/plugin/resourcequota/controller.go, CheckRequest.
 * Simplified: usage is not charged for objects that turn out to exist already.
 */
export function admitByQuota(scope: Scope, draft: Draft, old?: KubeObject): () => void {
  const quotas = scope.registry.named('resourcequotas')?.store
  if (quotas === undefined || quotas.size === 0 || scope.namespace === undefined) return NOTHING
  const kind = scope.resource.stored.store.name
  if (old !== undefined && !CHARGED_ON_UPDATE.has(kind)) return NOTHING
  // Drafts have the shape of what they become.
  const object = draft as unknown as KubeObject
  const pertinent = quotas.all(scope.namespace).filter((quota) => {
    const names = Object.keys(hardOf(quota as ResourceQuota))
    return namesOf(kind, names).length > 0 && isInScope(quota as ResourceQuota, kind, object)
  }) as ResourceQuota[]
  for (const quota of pertinent) checkCountable(scope, quota, kind, draft)
  const nowMs = scope.server.simulation.unixMs
  const usage = usageOf(kind, object, nowMs)
  const more = onlyPositive(old === undefined ? usage : beyond(usage, usageOf(kind, old, nowMs)))
  if (Object.keys(more).length === 0) return NOTHING
  const charges = pertinent.flatMap((quota) => chargeOf(scope, quota, more, draft) ?? [])
  return () => {
    for (const charge of charges) writeUsage(scope, charge)
  }
}

const NOTHING = (): void => {}

function hardOf(quota: ResourceQuota): ResourceList {
  return (quota.status?.hard ?? {}) as ResourceList
}

function checkCountable(scope: Scope, quota: ResourceQuota, kind: string, draft: Draft): void {
  const names = namesOf(kind, Object.keys(hardOf(quota)))
  const missing = kind === 'pods' ? missingAmounts(draft, names) : ''
  if (missing !== '') refuse(scope, draft, `failed quota: ${quota.metadata.name}: ${missing}`)
  const used = quota.status?.used ?? {}
  if (names.every((name) => name in used)) return
  const shown = names.toSorted().join(',')
  refuse(scope, draft, `status unknown for quota: ${quota.metadata.name}, resources: ${shown}`)
}

/** Which containers keep quiet about something that is counted. */
function missingAmounts({ spec }: Draft, names: readonly string[]): string {
  const required = names.filter((name) => CONSTRAINED.includes(name)).toSorted()
  const containers = [...listOf(spec, 'containers'), ...listOf(spec, 'initContainers')]
  const faults = required.flatMap((name) => {
    const silent = containers
      .filter(({ resources = {} }) => computeUsage(resources)[name] === undefined)
      .map((container) => container['name'] as string)
    return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent)].toSorted().join(',')}`]
  })
  return faults.length === 0 ? '' : `must specify ${faults.join('; ')}`
}

function chargeOf(
  scope: Scope,
  quota: ResourceQuota,
  more: ResourceList,
  draft: Draft,
): Charge | undefined {
  const hard = hardOf(quota)
  const used = (quota.status?.used ?? {}) as ResourceList
  const requested = onlyNames(more, Object.keys(hard))
  if (Object.keys(requested).length === 0) return undefined
  const sum = addLists(used, requested)
  const over = namesOver(onlyNames(sum, Object.keys(requested)), hard)
  if (over.length > 0) {
    const [wanted, taken, limit] = [requested, used, hard].map((list) => shownList(list, over))
    const { name } = quota.metadata
    refuse(
      scope,
      draft,
      `exceeded quota: ${name}, requested: ${wanted}, used: ${taken}, limited: ${limit}`,
    )
  }
  return { quota, used: sum }
}

function shownList(list: ResourceList, names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `${name}=${list[name] ?? '0'}`)
    .join(',')
}

function refuse(scope: Scope, draft: Draft, why: string): never {
  throw forbidden(scope.resource.where, draft['metadata'].name ?? '', why)
}

/** The server writes as a client of itself, so this is seen by whoever looks at its writes. */
function writeUsage({ server, namespace }: Scope, { quota, used }: Charge): void {
  const { name } = quota.metadata
  const reply = server.loopback({
    method: 'PUT',
    path: `/api/v1/namespaces/${namespace}/resourcequotas/${name}/status`,
    headers: { 'user-agent': 'kube-apiserver' },
    body: { ...quota, status: { ...quota.status, used } },
    user: 'system:apiserver',
  })
  invariant(reply.code === 200, `the usage of quota ${name} could not be written`)
}
