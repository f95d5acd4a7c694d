import { RESOURCE_PATHS, type ResourceName } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ResourceClient } from '#sim/client/client.ts'
import type { Informer } from '#sim/client/informer.ts'
import { createReconciler, RetryError } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import {
  FOREGROUND_FINALIZER,
  isDeletedWith,
  ORPHAN_FINALIZER,
  OwnerGraph,
  ownersOf,
} from './owner-graph.ts'
import { createCollectorDecisions } from './collector-decisions.ts'
import { type OwnerVerdicts, judgeOwners } from './owner-verdicts.ts'

const USER = 'generic-garbage-collector'

/**
 * Deletes what has lost its owners, holds back what is deleted in the foreground until its
 * dependents are gone, and cuts the references to what is deleted as an orphan's parent.
 *
 * Upstream: pkg/controller/garbagecollector.
 * Simplified: kinds are those of `RESOURCE_PATHS`; owners of other kinds are never judged.
 */
export function startGarbageCollectorController(context: ControllerContext): void {
  const { simulation, informers, timings } = context
  const client = context.clientFor(serviceAccount(USER), USER)
  const recorder = context.recorderFor('garbage-collector-controller')
  const graph = new OwnerGraph()
  const decisions = createCollectorDecisions(context.tellerFor('garbage-collector'))

  const deleteQueue = createReconciler(simulation, {
    name: 'garbage-collector/delete',
    sync: attemptToDelete,
  })
  const orphanQueue = createReconciler(simulation, {
    name: 'garbage-collector/orphan',
    sync: attemptToOrphan,
  })
  // What is noticed together is taken up together, by workers that run side by side: it goes
  // within moments, in no defined order.
  const collect = (...uids: readonly string[]): void => {
    if (uids.length === 0) return
    const noticedMs = timings.garbageCollectorMs()
    for (const uid of uids) deleteQueue.addAfter(uid, noticedMs + timings.apiWriteMs())
  }
  const dependentsOf = (uid: string): string[] =>
    graph.dependentsOf(uid).map(({ object }) => object.metadata.uid)

  // Every resource has its own kind; what they share is all the collector needs.
  const clientOf = (resource: ResourceName): ResourceClient<KubeObject> =>
    client.resource(resource) as unknown as ResourceClient<KubeObject>

  for (const resource of Object.keys(RESOURCE_PATHS) as ResourceName[]) {
    // Events are never owned and come in numbers.
    if (resource === 'events') continue
    const informer = informers.for(resource) as unknown as Informer<KubeObject>
    informer.onChange({
      added: (object) => onChange(resource, undefined, object),
      updated: (old, object) => {
        if (old.metadata.uid !== object.metadata.uid) onRemoved(old)
        onChange(resource, old, object)
      },
      deleted: onRemoved,
    })
  }

  function onChange(resource: ResourceName, old: KubeObject | undefined, object: KubeObject): void {
    graph.put(resource, object)
    const { uid } = object.metadata
    const begins = (finalizer: string): boolean =>
      isDeletedWith(object, finalizer) && (old === undefined || !isDeletedWith(old, finalizer))
    if (begins(ORPHAN_FINALIZER)) {
      orphanQueue.addAfter(uid, timings.garbageCollectorMs())
    }
    // Upstream: deletionStartsWithFinalizer. Later changes of the object wake nobody.
    if (begins(FOREGROUND_FINALIZER)) collect(...dependentsOf(uid), uid)
    const owners = ownersOf(object)
    const before = old === undefined ? undefined : ownersOf(old)
    if (before === owners) return
    for (const owner of owners) {
      if (before?.some((one) => one.uid === owner.uid) === true) continue
      const known = graph.get(owner.uid)?.object
      // An owner that was never seen, or that cannot be one, may leave nothing to stay for.
      if (
        known === undefined ||
        (known.metadata.namespace ?? object.metadata.namespace) !== object.metadata.namespace
      )
        collect(uid)
    }
    if (before !== undefined) collectBlockedOwners(old)
  }

  function onRemoved(object: KubeObject): void {
    const { uid } = object.metadata
    graph.remove(uid)
    collect(...dependentsOf(uid))
    collectBlockedOwners(object)
  }

  /** Owners that wait for their dependents look again when one of these lets go. */
  function collectBlockedOwners(object: KubeObject | undefined): void {
    if (object === undefined) return
    for (const { uid } of ownersOf(object)) {
      const owner = graph.get(uid)
      // Upstream adds it to the queue without a delay. What a controller makes anew under this
      // owner is not yet known then, and stays until the next dependent goes.
      if (owner !== undefined && isDeletedWith(owner.object, FOREGROUND_FINALIZER))
        deleteQueue.add(uid)
    }
  }

  function attemptToDelete(uid: string): void {
    const node = graph.get(uid)
    if (node === undefined) return
    const isWaiting = isDeletedWith(node.object, FOREGROUND_FINALIZER)
    if (node.object.metadata.deletionTimestamp !== undefined && !isWaiting) return
    const { name, namespace } = node.object.metadata
    const live = clientOf(node.resource).find(name, namespace)
    if (live === undefined || live.metadata.uid !== uid) return
    if (isWaiting) {
      finishForegroundDeletion(node.resource, live)
      return
    }
    if (ownersOf(live).length === 0) return
    const verdicts = judgeOwners(
      live,
      (resource, ownerName, ownerNamespace) => clientOf(resource).find(ownerName, ownerNamespace),
      (owner) => graph.get(owner)?.object,
    )
    for (const reference of verdicts.misplaced) {
      recorder.record(live, {
        type: 'Warning',
        reason: 'OwnerRefInvalidNamespace',
        message: `ownerRef [${reference}] does not exist in namespace "${namespace ?? ''}"`,
      })
    }
    carryOut(node.resource, live, verdicts)
  }

  function carryOut(resource: ResourceName, live: KubeObject, verdicts: OwnerVerdicts): void {
    const { uid } = live.metadata
    const goingUids = [...verdicts.dangling, ...verdicts.waiting]
    if (verdicts.solid.length > 0) {
      if (goingUids.length === 0) return
      decisions.kept(resource, live, verdicts)
      dropOwners(resource, live, goingUids)
      return
    }
    decisions.collected(resource, live, verdicts)
    if (verdicts.waiting.length > 0 && graph.dependentsOf(uid).length > 0) {
      remove(resource, live, 'Foreground')
    } else {
      remove(resource, live, policyFor(live))
    }
  }

  function finishForegroundDeletion(resource: ResourceName, live: KubeObject): void {
    const { uid } = live.metadata
    const blocking = graph
      .dependentsOf(uid)
      .filter(({ object }) =>
        ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
      )
    if (blocking.length === 0) {
      removeFinalizer(resource, live, FOREGROUND_FINALIZER)
      return
    }
    decisions.heldBack(resource, live, blocking)
    const left = blocking.filter(({ object }) => !isDeletedWith(object, FOREGROUND_FINALIZER))
    collect(...left.map(({ object }) => object.metadata.uid))
  }

  function attemptToOrphan(uid: string): void {
    const node = graph.get(uid)
    if (node === undefined || !isDeletedWith(node.object, ORPHAN_FINALIZER)) return
    const dependents = graph.dependentsOf(uid)
    decisions.orphaned(node.resource, node.object, dependents)
    for (const { resource, object } of dependents) dropOwners(resource, object, [uid])
    removeFinalizer(node.resource, node.object, ORPHAN_FINALIZER)
  }

  function dropOwners(resource: ResourceName, object: KubeObject, uids: readonly string[]): void {
    const { uid, name, namespace } = object.metadata
    try {
      clientOf(resource).patch(
        name,
        namespace,
        {
          metadata: {
            ownerReferences: uids.map((owner) => ({ $patch: 'delete', uid: owner })),
            uid,
          },
        },
        { type: 'strategic' },
      )
    } catch (error) {
      // Gone, or replaced by another of its name: then it no longer refers to this owner.
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }

  function removeFinalizer(resource: ResourceName, object: KubeObject, finalizer: string): void {
    const { name, namespace, uid } = object.metadata
    const live = clientOf(resource).find(name, namespace)
    if (live === undefined || live.metadata.uid !== uid) return
    const finalizers = live.metadata.finalizers ?? []
    const rest = finalizers.filter((one) => one !== finalizer)
    if (rest.length === finalizers.length) return
    clientOf(resource).patch(
      name,
      namespace,
      {
        metadata: {
          resourceVersion: live.metadata.resourceVersion,
          finalizers: rest.length === 0 ? null : rest,
        },
      },
      { type: 'merge' },
    )
  }

  function remove(
    resource: ResourceName,
    object: KubeObject,
    propagationPolicy: 'Orphan' | 'Background' | 'Foreground',
  ): void {
    const { name, namespace, uid, resourceVersion } = object.metadata
    try {
      clientOf(resource).delete(name, namespace, {
        preconditions: { uid, resourceVersion },
        propagationPolicy,
      })
    } catch (error) {
      if (isStatusReason(error, 'Conflict')) throw new RetryError(`${name} changed`)
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }
}

/** What was asked of the object itself, as its finalizers tell, goes before the default. */
function policyFor(object: KubeObject): 'Orphan' | 'Background' | 'Foreground' {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan'
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background'
}
