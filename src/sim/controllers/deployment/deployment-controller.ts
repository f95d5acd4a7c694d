import type { Deployment, ReplicaSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { claimObjects } from '../claim-objects.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import {
  BY_CONTROLLER,
  controllerOf,
  indexByController,
  ownedOrOrphaned,
} from '../controller-ref.ts'
import {
  conditionOf,
  deadlineLeftMs,
  deploymentStatus,
  isComplete,
  newCondition,
  type Status,
  withCondition,
  withoutCondition,
  withProgress,
} from './deployment-status.ts'
import { createNewReplicaSets, findNewReplicaSet } from './new-replica-set.ts'
import {
  availableSum,
  byCreation,
  DESIRED_REPLICAS,
  isRolling,
  newSetReplicas,
  proportionalReplicas,
  replicasOf,
  replicaSum,
  rollingLimits,
} from './replica-counts.ts'
import { createScaling } from './scaling.ts'

const NAMESPACE_INDEX = 'namespace'

/** The sets of a Deployment: the one of its template, if there is one, and the others. */
type Sets = { readonly newSet: ReplicaSet | undefined; readonly oldSets: readonly ReplicaSet[] }

/** Upstream: pkg/controller/deployment. */
export function startDeploymentController(context: ControllerContext): void {
  const { simulation, informers, timings } = context
  const deployments = informers.for('deployments')
  const replicaSets = informers.for('replicasets')
  const pods = informers.for('pods')
  indexByController(replicaSets)
  indexByController(pods)
  deployments.addIndex(NAMESPACE_INDEX, (one) => [one.metadata.namespace ?? ''])
  const client = context.clientFor(serviceAccount('deployment-controller'), 'deployment-controller')
  const recorder = context.recorderFor('deployment-controller')
  const scale = createScaling(client, recorder)
  const ensureNewSet = createNewReplicaSets({ client, recorder, timestamp })

  const queue = createReconciler(simulation, { name: 'deployment', sync })

  function sync(key: string): void {
    const deployment = deployments.getByKey(key)
    if (deployment === undefined) return
    const sets = claimSets(deployment)
    if (deployment.metadata.deletionTimestamp !== undefined) {
      syncStatus(deployment, splitSets(deployment, sets))
    } else if (deployment.spec?.paused === true || isScaled(deployment, sets)) {
      resize(deployment, sets)
    } else if (isRolling(deployment)) {
      rollOver(deployment, sets)
    } else {
      recreate(deployment, sets)
    }
  }

  function claimSets(deployment: Deployment): readonly ReplicaSet[] {
    return claimObjects({
      owner: deployment,
      objects: ownedOrOrphaned(replicaSets, deployment),
      matches: (set) => matchesLabelSelector(deployment.spec?.selector, set.metadata.labels),
      client: client.resource('replicasets'),
      freshOwner: () =>
        client
          .resource('deployments')
          .find(deployment.metadata.name, deployment.metadata.namespace),
    })
  }

  function splitSets(deployment: Deployment, sets: readonly ReplicaSet[]): Sets {
    const newSet = findNewReplicaSet(deployment, sets)
    return { newSet, oldSets: sets.filter((set) => set !== newSet) }
  }

  function isScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
    return sets.some((set) => {
      const desired = Number(set.metadata.annotations?.[DESIRED_REPLICAS] ?? Number.NaN)
      return replicasOf(set) > 0 && !Number.isNaN(desired) && desired !== replicasOf(deployment)
    })
  }

  /** Scaling and pausing: no set is created, those that are share the new size. */
  function resize(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const known = splitSets(deployment, sets)
    const newSet =
      known.newSet === undefined ? undefined : ensureNewSet(deployment, known.newSet, sets).set
    const all = newSet === undefined ? known.oldSets : [...known.oldSets, newSet]
    const resized = new Map(all.map((set) => [set.metadata.uid, set]))
    const setSize = (set: ReplicaSet, size: number): void => {
      resized.set(set.metadata.uid, scale(deployment, set, size))
    }
    const active = all.filter((set) => replicasOf(set) > 0)
    const only =
      active.length > 1 ? undefined : (active[0] ?? newSet ?? all.toSorted(byCreation).at(-1))
    if (only !== undefined) {
      if (replicasOf(only) !== replicasOf(deployment)) setSize(only, replicasOf(deployment))
    } else if (newSet !== undefined && isSaturated(deployment, newSet)) {
      for (const set of known.oldSets) if (replicasOf(set) > 0) setSize(set, 0)
    } else if (isRolling(deployment)) {
      for (const [set, size] of proportionalReplicas(deployment, active)) setSize(set, size)
    }
    const current = (set: ReplicaSet): ReplicaSet => resized.get(set.metadata.uid) ?? set
    const oldSets = known.oldSets.map(current)
    if (deployment.spec?.paused === true) cleanUp(deployment, oldSets)
    syncStatus(deployment, {
      newSet: newSet === undefined ? undefined : current(newSet),
      oldSets,
    })
  }

  function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
    const wanted = replicasOf(deployment)
    return (
      replicasOf(set) === wanted &&
      Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted &&
      (set.status?.availableReplicas ?? 0) === wanted
    )
  }

  function rollOver(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const known = splitSets(deployment, sets)
    const ensured = ensureNewSet(deployment, known.newSet, sets)
    const newSet = ensured.set
    const { oldSets } = known
    const current = ensured.deployment
    if (newSet === undefined) return
    const wanted = replicasOf(current)
    const size = replicasOf(newSet)
    const target =
      size > wanted
        ? wanted
        : size < wanted
          ? newSetReplicas(current, [...oldSets, newSet], size)
          : size
    if (target !== size) {
      syncRollout(current, { newSet: scale(current, newSet, target), oldSets })
      return
    }
    const shrunk = shrinkOldSets(current, newSet, oldSets)
    if (shrunk !== undefined) {
      syncRollout(current, { newSet, oldSets: shrunk })
      return
    }
    if (isComplete(current, current.status ?? {})) cleanUp(current, oldSets)
    syncRollout(current, { newSet, oldSets })
  }

  /** The old sets with fewer replicas, or undefined where none may go yet. */
  function shrinkOldSets(
    deployment: Deployment,
    newSet: ReplicaSet,
    oldSets: readonly ReplicaSet[],
  ): readonly ReplicaSet[] | undefined {
    if (replicaSum(oldSets) === 0) return undefined
    const least = replicasOf(deployment) - rollingLimits(deployment).maxUnavailable
    const newUnavailable = replicasOf(newSet) - (newSet.status?.availableReplicas ?? 0)
    const spare = replicaSum([...oldSets, newSet]) - least - newUnavailable
    if (spare <= 0) return undefined
    const sizes = new Map(oldSets.map((set) => [set, replicasOf(set)]))
    const order = oldSets.toSorted(byCreation)
    // First those that serve nobody, which costs no availability …
    let unhealthyLeft = spare
    for (const set of order) {
      const unhealthy = replicasOf(set) - (set.status?.availableReplicas ?? 0)
      const taken = Math.max(0, Math.min(unhealthyLeft, unhealthy))
      sizes.set(set, replicasOf(set) - taken)
      unhealthyLeft -= taken
    }
    // … then as many of the others as may be missing.
    let left = availableSum([...oldSets, newSet]) - least
    for (const set of order) {
      const size = sizes.get(set) ?? 0
      const taken = Math.max(0, Math.min(size, left))
      sizes.set(set, size - taken)
      left -= taken
    }
    if (oldSets.every((set) => sizes.get(set) === replicasOf(set))) return undefined
    return oldSets.map((set) => {
      const size = sizes.get(set) ?? 0
      return size === replicasOf(set) ? set : scale(deployment, set, size)
    })
  }

  function recreate(deployment: Deployment, sets: readonly ReplicaSet[]): void {
    const known = splitSets(deployment, sets)
    const { oldSets } = known
    if (oldSets.some((set) => replicasOf(set) > 0)) {
      const stopped = oldSets.map((set) => (replicasOf(set) > 0 ? scale(deployment, set, 0) : set))
      syncRollout(deployment, { newSet: known.newSet, oldSets: stopped })
      return
    }
    if (oldSets.some(hasRunningPods)) {
      syncRollout(deployment, known)
      return
    }
    const ensured = ensureNewSet(deployment, known.newSet, sets)
    if (ensured.set === undefined) return
    const wanted = replicasOf(deployment)
    const newSet =
      replicasOf(ensured.set) === wanted
        ? ensured.set
        : scale(ensured.deployment, ensured.set, wanted)
    if (isComplete(ensured.deployment, ensured.deployment.status ?? {})) {
      cleanUp(ensured.deployment, oldSets)
    }
    syncRollout(ensured.deployment, { newSet, oldSets })
  }

  function hasRunningPods(set: ReplicaSet): boolean {
    return pods
      .byIndex(BY_CONTROLLER, set.metadata.uid)
      .some(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
  }

  /** Forgets sets that are beyond what may be rolled back to. */
  function cleanUp(deployment: Deployment, oldSets: readonly ReplicaSet[]): void {
    const limit = deployment.spec?.revisionHistoryLimit ?? 10
    const idle = oldSets.filter((set) => set.metadata.deletionTimestamp === undefined)
    const surplus = idle.length - limit
    if (surplus <= 0) return
    for (const set of idle.toSorted(byCreation).slice(0, surplus)) {
      const { replicas = 0, observedGeneration = 0 } = set.status ?? {}
      const isBusy = replicas !== 0 || replicasOf(set) !== 0
      if (isBusy || (set.metadata.generation ?? 0) > observedGeneration) continue
      try {
        client.resource('replicasets').delete(set.metadata.name, set.metadata.namespace)
      } catch (error) {
        if (!isStatusReason(error, 'NotFound')) throw error
      }
    }
  }

  function syncStatus(deployment: Deployment, { newSet, oldSets }: Sets): void {
    const all = newSet === undefined ? oldSets : [...oldSets, newSet]
    write(deployment, deploymentStatus(deployment, all, newSet, timestamp()))
  }

  function syncRollout(deployment: Deployment, { newSet, oldSets }: Sets): void {
    const all = newSet === undefined ? oldSets : [...oldSets, newSet]
    const time = { timestamp: timestamp(), unixMs: simulation.unixMs }
    const counted = deploymentStatus(deployment, all, newSet, time.timestamp)
    const status = withFailures(withProgress(deployment, counted, newSet, time), all)
    write(deployment, status)
    const current = conditionOf(status, 'Progressing')
    const leftMs = deadlineLeftMs(deployment, current, simulation.unixMs)
    // A second late, so that the deadline has surely passed.
    if (leftMs !== undefined && !isComplete(deployment, status)) {
      queue.addAfter(objectKey(deployment), Math.max(0, leftMs) + 1000, { periodic: true })
    }
  }

  function withFailures(status: Status, all: readonly ReplicaSet[]): Status {
    const failure = all
      .flatMap((set) => set.status?.conditions ?? [])
      .find(({ type }) => type === 'ReplicaFailure')
    const conditions = status.conditions ?? []
    if (failure === undefined)
      return { ...status, conditions: withoutCondition(conditions, 'ReplicaFailure') }
    const { reason = '', message = '' } = failure
    const told = newCondition('ReplicaFailure', 'True', reason, message, timestamp())
    return { ...status, conditions: withCondition(conditions, told) }
  }

  function write(deployment: Deployment, status: Status): void {
    if (semanticallyEqual(deployment.status, status)) return
    client.resource('deployments').updateStatus({ ...deployment, status })
  }

  function timestamp(): string {
    return `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
  }

  function enqueueOwner(set: ReplicaSet): boolean {
    const owner = controllerOf(set)
    if (owner === undefined || owner.kind !== 'Deployment') return owner !== undefined
    const deployment = deployments.get(owner.name, set.metadata.namespace)
    if (deployment?.metadata.uid === owner.uid) queue.add(objectKey(deployment))
    return true
  }

  function onSet(set: ReplicaSet): void {
    if (enqueueOwner(set)) return
    for (const one of deployments.byIndex(NAMESPACE_INDEX, set.metadata.namespace ?? '')) {
      if (matchesLabelSelector(one.spec?.selector, set.metadata.labels)) queue.add(objectKey(one))
    }
  }

  deployments.onChange({
    // Only a new one has to wait: what its Pods do is met at once, one by one.
    added: (deployment) => queue.addAfter(objectKey(deployment), timings.leadMs()),
    updated: (_old, deployment) => queue.add(objectKey(deployment)),
  })
  replicaSets.onChange({
    added: onSet,
    updated: (old, set) => {
      if (controllerOf(old)?.uid !== controllerOf(set)?.uid) enqueueOwner(old)
      onSet(set)
    },
    deleted: (set) => enqueueOwner(set),
  })
  pods.onChange({
    // The last Pod of an old set is what a Recreate waits for.
    deleted: (pod) => {
      const owner = controllerOf(pod)
      const set =
        owner?.kind === 'ReplicaSet'
          ? replicaSets.get(owner.name, pod.metadata.namespace)
          : undefined
      if (set !== undefined && set.metadata.uid === owner?.uid) enqueueOwner(set)
    },
  })
}
