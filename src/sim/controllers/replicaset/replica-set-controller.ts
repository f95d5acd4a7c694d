import type { Pod, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { claimObjects } from '../claim-objects.ts'
import {
  controllerOf,
  controllerReference,
  indexByController,
  BY_CONTROLLER,
  ownedOrOrphaned,
} from '../controller-ref.ts'
import { inDeletionOrder } from './deletion-order.ts'
import { Expectations } from './expectations.ts'
import { nextAvailabilityMs, replicaSetStatus } from './status.ts'

const NAMESPACE_INDEX = 'namespace'
const BURST = 500

/** Upstream: pkg/controller/replicaset. */
export function startReplicaSetController(context: ControllerContext): void {
  const { simulation, informers } = context
  const sets = informers.for('replicasets')
  const pods = informers.for('pods')
  sets.addIndex(NAMESPACE_INDEX, (set) => [set.metadata.namespace ?? ''])
  indexByController(pods)
  const user = serviceAccount('replicaset-controller')
  const client = context.clientFor(user, 'replicaset-controller')
  const recorder = context.recorderFor('replicaset-controller')
  const expectations = new Expectations()

  const queue = createReconciler(simulation, { name: 'replicaset', sync })

  function sync(key: string): void {
    const set = sets.getByKey(key)
    if (set === undefined) {
      expectations.forget(key)
      return
    }
    const mayAct = expectations.areMet(key)
    const claimed = claimPods(set)
    const active = claimed.filter((pod) => isActive(pod))
    let failure: StatusError | undefined
    if (mayAct && set.metadata.deletionTimestamp === undefined) failure = manage(set, key, active)
    const terminating = claimed.filter((pod) => isTerminating(pod)).length
    const now = simulation.unixMs
    const status = replicaSetStatus(set, active, terminating, failure, now)
    if (!semanticallyEqual(set.status, status)) {
      client.resource('replicasets').updateStatus({ ...set, status })
    }
    if (failure !== undefined) throw failure
    const waitMs = nextAvailabilityMs(set, active, now)
    if (waitMs !== undefined) queue.addAfter(key, waitMs)
  }

  function claimPods(set: ReplicaSet): readonly Pod[] {
    return claimObjects({
      owner: set,
      objects: ownedOrOrphaned(pods, set).filter(
        (pod) => controllerOf(pod) !== undefined || isActive(pod),
      ),
      matches: (pod) => matchesLabelSelector(set.spec?.selector, pod.metadata.labels),
      client: client.resource('pods'),
      freshOwner: () =>
        client.resource('replicasets').find(set.metadata.name, set.metadata.namespace),
    })
  }

  function manage(set: ReplicaSet, key: string, active: readonly Pod[]): StatusError | undefined {
    const difference = active.length - (set.spec?.replicas ?? 1)
    if (difference < 0) return createPods(set, key, Math.min(-difference, BURST))
    if (difference > 0) return deletePods(set, key, active, Math.min(difference, BURST))
    return undefined
  }

  // One, two, four …: where all fail, few of them try.
  function createPods(set: ReplicaSet, key: string, count: number): StatusError | undefined {
    expectations.expectCreations(key, count)
    let left = count
    for (let batch = 1; left > 0; batch *= 2) {
      const size = Math.min(batch, left)
      let failure: StatusError | undefined
      for (let i = 0; i < size; i++) failure = createPod(set, key) ?? failure
      left -= size
      if (failure === undefined) continue
      for (let skipped = 0; skipped < left; skipped++) expectations.settleCreation(key)
      // A namespace that goes takes its sets along.
      return isStatusReason(failure, 'Forbidden') && isNamespaceGoing(failure) ? undefined : failure
    }
    return undefined
  }

  function createPod(set: ReplicaSet, key: string): StatusError | undefined {
    const { metadata: template, spec } = set.spec?.template ?? {}
    const { namespace } = set.metadata
    try {
      const pod = client.resource('pods').create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          ...(template?.labels === undefined ? {} : { labels: template.labels }),
          ...(template?.annotations === undefined ? {} : { annotations: template.annotations }),
          ...(template?.finalizers === undefined ? {} : { finalizers: template.finalizers }),
          generateName: `${set.metadata.name}-`,
          ...(namespace === undefined ? {} : { namespace }),
          ownerReferences: [controllerReference(set)],
        },
        ...(spec === undefined ? {} : { spec }),
      })
      recorder.record(set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
      })
      return undefined
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      expectations.settleCreation(key)
      if (!isNamespaceGoing(error)) {
        const message = `Error creating: ${error.message}`
        recorder.record(set, { type: 'Warning', reason: 'FailedCreate', message })
      }
      return error
    }
  }

  function deletePods(
    set: ReplicaSet,
    key: string,
    active: readonly Pod[],
    count: number,
  ): StatusError | undefined {
    const doomed = inDeletionOrder(active, relatedPodsOnNodes(set)).slice(0, count)
    expectations.expectDeletions(
      key,
      doomed.map((pod) => pod.metadata.uid),
    )
    let failure: StatusError | undefined
    for (const { metadata } of doomed) {
      try {
        client.resource('pods').delete(metadata.name, metadata.namespace)
        recorder.record(set, {
          type: 'Normal',
          reason: 'SuccessfulDelete',
          message: `Deleted pod: ${metadata.name}`,
        })
      } catch (error) {
        if (!(error instanceof StatusError)) throw error
        expectations.settleDeletion(key, metadata.uid)
        if (isStatusReason(error, 'NotFound')) continue
        const message = `Error deleting: ${error.message}`
        recorder.record(set, { type: 'Warning', reason: 'FailedDelete', message })
        failure = error
      }
    }
    return failure
  }

  /** Pods of all sets of the same owner, by node: a Pod with siblings beside it is missed least. */
  function relatedPodsOnNodes(set: ReplicaSet): ReadonlyMap<string, number> {
    const owner = controllerOf(set)?.uid
    const related =
      owner === undefined
        ? [set]
        : sets
            .byIndex(NAMESPACE_INDEX, set.metadata.namespace ?? '')
            .filter((one) => controllerOf(one)?.uid === owner)
    const counts = new Map<string, number>()
    for (const one of related) {
      for (const pod of pods.byIndex(BY_CONTROLLER, one.metadata.uid)) {
        const node = pod.spec?.nodeName ?? ''
        if (isActive(pod) && node !== '') counts.set(node, (counts.get(node) ?? 0) + 1)
      }
    }
    return counts
  }

  function enqueueOwner(pod: Pod): string | undefined {
    const reference = controllerOf(pod)
    if (reference === undefined || reference.kind !== 'ReplicaSet') return undefined
    const key = `${pod.metadata.namespace}/${reference.name}`
    if (sets.getByKey(key)?.metadata.uid !== reference.uid) return undefined
    queue.add(key)
    return key
  }

  function enqueueMatching(pod: Pod): void {
    for (const set of sets.byIndex(NAMESPACE_INDEX, pod.metadata.namespace ?? ''))
      if (matchesLabelSelector(set.spec?.selector, pod.metadata.labels)) queue.add(objectKey(set))
  }

  sets.onChange({
    added: (set) => queue.add(objectKey(set)),
    updated: (old, set) => {
      if (old.metadata.uid !== set.metadata.uid) expectations.forget(objectKey(old))
      queue.add(objectKey(set))
    },
    deleted: (set) => {
      expectations.forget(objectKey(set))
      queue.add(objectKey(set))
    },
  })
  pods.onChange({
    added: (pod) => {
      if (pod.metadata.deletionTimestamp !== undefined) {
        onDeletion(pod)
        return
      }
      const key = enqueueOwner(pod)
      if (key !== undefined) expectations.settleCreation(key)
      else if (controllerOf(pod) === undefined) enqueueMatching(pod)
    },
    updated: (old, pod) => {
      if (pod.metadata.deletionTimestamp !== undefined) {
        onDeletion(pod)
        if (old.metadata.labels !== pod.metadata.labels) onDeletion(old)
        return
      }
      if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) enqueueOwner(old)
      if (controllerOf(pod) !== undefined) enqueueOwner(pod)
      else if (old.metadata.labels !== pod.metadata.labels || controllerOf(old) !== undefined)
        enqueueMatching(pod)
    },
    deleted: onDeletion,
  })

  function onDeletion(pod: Pod): void {
    const key = enqueueOwner(pod)
    if (key !== undefined) expectations.settleDeletion(key, pod.metadata.uid)
  }
}

function isNamespaceGoing(error: StatusError): boolean {
  return (
    error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true
  )
}

function isActive(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    pod.status?.phase !== 'Succeeded' &&
    pod.status?.phase !== 'Failed'
  )
}

function isTerminating(pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp !== undefined &&
    pod.status?.phase !== 'Succeeded' &&
    pod.status?.phase !== 'Failed'
  )
}
