import { RESOURCE_PATHS, type ResourceName } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { FOREGROUND_FINALIZER, isDeletedWith, ownersOf } from './owner-graph.ts'

/** The owners of one object by their uid. */
export type OwnerVerdicts = {
  /** Owners that are there, or of a kind nobody can look up. */
  readonly solid: readonly string[]
  /** Owners that are gone, or replaced by another of the same name. */
  readonly dangling: readonly string[]
  /** Owners that are deleted in the foreground and wait for their dependents. */
  readonly waiting: readonly string[]
  /** References to what is there, but in a namespace where it cannot own this object, in words. */
  readonly misplaced: readonly string[]
}

export type FindOwner = (
  resource: ResourceName,
  name: string,
  namespace: string | undefined,
) => KubeObject | undefined

/** The object of this uid as the collector last saw it, wherever it is. */
export type LookUp = (uid: string) => KubeObject | undefined

const RESOURCES_BY_KIND = new Map(
  (Object.keys(RESOURCE_PATHS) as ResourceName[]).map((resource) => {
    const { apiVersion, kind } = RESOURCE_PATHS[resource]
    return [`${apiVersion}/${kind}`, resource] as const
  }),
)

/** Judges each owner by a live look at the server: a cache may be behind what it still shows. */
export function judgeOwners(object: KubeObject, find: FindOwner, lookUp: LookUp): OwnerVerdicts {
  const solid: string[] = []
  const dangling: string[] = []
  const waiting: string[] = []
  const misplaced: string[] = []
  for (const reference of ownersOf(object)) {
    const { apiVersion, kind, name, uid } = reference
    const resource = RESOURCES_BY_KIND.get(`${apiVersion}/${kind}`)
    if (resource === undefined) {
      solid.push(uid)
      continue
    }
    const isNamespaced = RESOURCE_PATHS[resource].namespaced
    const namespace = isNamespaced ? (object.metadata.namespace ?? '') : ''
    if (isNamespaced && (lookUp(uid)?.metadata.namespace ?? namespace) !== namespace) {
      misplaced.push(`${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}`)
    }
    // Nothing namespaced can own what belongs to the whole cluster; such a mistake costs no data.
    if (isNamespaced && namespace === '') {
      solid.push(uid)
      continue
    }
    const owner = find(resource, name, isNamespaced ? namespace : undefined)
    if (owner === undefined || owner.metadata.uid !== uid) dangling.push(uid)
    else if (isDeletedWith(owner, FOREGROUND_FINALIZER)) waiting.push(uid)
    else solid.push(uid)
  }
  return { solid, dangling, waiting, misplaced }
}
