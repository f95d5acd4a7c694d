import { type ResourceName, RESOURCE_PATHS, type ResourceQuota } from '#sim/apimachinery/kinds.ts'
import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import {
  addLists,
  isSameList,
  onlyNames,
  type ResourceList,
} from '#sim/apimachinery/quota/resource-list.ts'
import { isInScope } from '#sim/apimachinery/quota/scopes.ts'
import { isCharged, namesOf, usageOf } from '#sim/apimachinery/quota/usage.ts'
import type { Informer } from '#sim/client/informer.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'

const RESYNC_MS = 300_000

/** A kind as quotas name it, and as clients do. */
type Kind = { readonly name: string; readonly resource: ResourceName }

const KINDS: readonly Kind[] = (Object.keys(RESOURCE_PATHS) as ResourceName[]).flatMap(
  (resource) => {
    const { namespaced, prefix } = RESOURCE_PATHS[resource]
    const [, , group] = prefix.split('/')
    const name = prefix.startsWith('/apis/') ? `${resource}.${group}` : resource
    return namespaced ? [{ name, resource }] : []
  },
)

/**
 * Keeps what quotas say is used. Admission raises it with each new object; this counts again when
 * a quota changes, when something is given back, and every now and then.
 *
 * Upstream: pkg/controller/resourcequota.
 * Simplified: only kinds that a quota counts are watched, from the first such quota on.
 */
export function startResourceQuotaController(context: ControllerContext): void {
  const { simulation, informers } = context
  const name = 'resourcequota-controller'
  const quotas = informers.for('resourcequotas')
  const client = context.clientFor(serviceAccount(name), name).resource('resourcequotas')
  const watched = new Map<ResourceName, Informer<KubeObject>>()
  quotas.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])

  const queue = createReconciler(simulation, { name: 'resourcequota', sync })

  function sync(key: string): void {
    const quota = quotas.getByKey(key)
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return
    const hard = (quota.spec?.hard ?? {}) as ResourceList
    const { status } = quota
    const names = Object.keys(hard)
    const before = (status?.used ?? {}) as ResourceList
    const used = onlyNames({ ...before, ...countedUsage(quota, names) }, names)
    const isKnown = status?.hard !== undefined && status.used !== undefined
    const isLimitSame = isKnown && isSameList(status.hard as ResourceList, hard)
    if (isLimitSame && isSameList(before, used)) return
    client.updateStatus({ ...quota, status: { hard, used } } as ResourceQuota)
  }

  function countedUsage(quota: ResourceQuota, names: readonly string[]): ResourceList {
    const { namespace } = quota.metadata
    let usage: ResourceList = {}
    for (const { name: kind, resource } of KINDS) {
      const counted = namesOf(kind, names)
      if (counted.length === 0) continue
      let ofKind: ResourceList = Object.fromEntries(counted.map((one) => [one, '0']))
      for (const object of informerOf(resource).list()) {
        if (object.metadata.namespace !== namespace || !isInScope(quota, kind, object)) continue
        const own = onlyNames(usageOf(kind, object, simulation.unixMs), counted)
        ofKind = addLists(ofKind, own)
      }
      usage = addLists(usage, ofKind)
    }
    return usage
  }

  function informerOf(resource: ResourceName): Informer<KubeObject> {
    const known = watched.get(resource)
    if (known !== undefined) return known
    // Seen here as objects of any kind; the handlers look no further.
    const informer = informers.for(resource) as unknown as Informer<KubeObject>
    watched.set(resource, informer)
    const kind = KINDS.find((one) => one.resource === resource)?.name ?? resource
    informer.onChange({
      updated: (old, object) => {
        if (givesBack(resource, old, object)) replenish(kind, object)
      },
      deleted: (object) => replenish(kind, object),
    })
    return informer
  }

  function replenish(kind: string, { metadata }: KubeObject): void {
    for (const quota of quotas.byIndex('namespace', metadata.namespace ?? ''))
      if (namesOf(kind, Object.keys(quota.spec?.hard ?? {})).length > 0) queue.add(objectKey(quota))
  }

  function givesBack(resource: ResourceName, old: KubeObject, object: KubeObject): boolean {
    const { unixMs } = simulation
    if (resource === 'pods')
      return isCharged(old as never, unixMs) && !isCharged(object as never, unixMs)
    if (resource !== 'services' && resource !== 'persistentvolumeclaims') return false
    return !isSameList(usageOf(resource, old, unixMs), usageOf(resource, object, unixMs))
  }

  quotas.onChange({
    added: (quota) => {
      queue.add(objectKey(quota))
      if (!isResyncing) resyncLater()
    },
    updated: (old, quota) => {
      const [before, after] = [old, quota].map(({ spec }) => (spec?.hard ?? {}) as ResourceList)
      if (!isSameList(before ?? {}, after ?? {})) queue.add(objectKey(quota))
    },
  })

  let isResyncing = false
  function resyncLater(): void {
    isResyncing = true
    const resync = (): void => {
      for (const quota of quotas.list()) queue.add(objectKey(quota))
      resyncLater()
    }
    simulation.after(RESYNC_MS, resync, { label: 'resourcequota/resync', periodic: true })
  }
}
