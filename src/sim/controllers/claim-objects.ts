import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ResourceClient } from '#sim/client/client.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { controllerOf, controllerReference } from './controller-ref.ts'

/**
 * The objects that belong to an owner by its selector: orphans that match are adopted, what no
 * longer matches is let go.
 *
 * Upstream: pkg/controller/controller_ref_manager.go.
 */
export function claimObjects<T extends KubeObject>(options: {
  readonly owner: KubeObject
  readonly objects: Iterable<T>
  readonly matches: (object: T) => boolean
  readonly client: ResourceClient<T>
  /** The owner as it is now: nobody adopts for an owner that is going or gone. */
  readonly freshOwner: () => KubeObject | undefined
}): readonly T[] {
  const { owner, objects, matches, client } = options
  const isGoing = owner.metadata.deletionTimestamp !== undefined
  let mayAdopt: boolean | undefined
  const claimed: T[] = []
  for (const object of objects) {
    const reference = controllerOf(object)
    if (reference !== undefined) {
      if (reference.uid !== owner.metadata.uid) continue
      if (matches(object)) claimed.push(object)
      else if (!isGoing) release(client, object, owner)
      continue
    }
    if (isGoing || object.metadata.deletionTimestamp !== undefined || !matches(object)) continue
    mayAdopt ??= isAlive(options.freshOwner(), owner)
    if (mayAdopt && adopt(client, object, owner)) claimed.push(object)
  }
  return claimed
}

function isAlive(fresh: KubeObject | undefined, owner: KubeObject): boolean {
  return (
    fresh?.metadata.uid === owner.metadata.uid && fresh.metadata.deletionTimestamp === undefined
  )
}

function adopt<T extends KubeObject>(
  client: ResourceClient<T>,
  { metadata }: T,
  owner: KubeObject,
): boolean {
  const body = {
    metadata: { ownerReferences: [controllerReference(owner)], uid: metadata.uid },
  }
  try {
    client.patch(metadata.name, metadata.namespace, body, { type: 'strategic' })
    return true
  } catch (error) {
    // Gone meanwhile: there is nothing left to adopt.
    if (isStatusReason(error, 'NotFound')) return false
    throw error
  }
}

function release<T extends KubeObject>(
  client: ResourceClient<T>,
  { metadata }: T,
  owner: KubeObject,
): void {
  const reference = { $patch: 'delete', uid: owner.metadata.uid }
  const body = { metadata: { ownerReferences: [reference], uid: metadata.uid } }
  try {
    client.patch(metadata.name, metadata.namespace, body, { type: 'strategic' })
  } catch (error) {
    if (!isStatusReason(error, 'NotFound')) throw error
  }
}
