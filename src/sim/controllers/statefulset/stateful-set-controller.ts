import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { createReconciler, RetryError } from '#sim/client/reconciler.ts'
import type { Pauses } from '#sim/client/work-queue.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import {
  adoptionRefusal,
  claimPods,
  controllerOf,
  controllerReference,
  indexByController,
  orphansBeside,
  ownedOrOrphaned,
} from '../controller-ref.ts'
import { createClaimControl } from './claim-control.ts'
import { createControlEvents } from './control-events.ts'
import { DecisionLog } from './decision-log.ts'
import { PodKeeper } from './kept-pods.ts'
import type { Places } from './places.ts'
import { createPodControl } from './pod-control.ts'
import { belongsTo, createPodReader, type PodState } from './pod-state.ts'
import { createRevisionHistory } from './revisions.ts'
import { createStatefulSetControl } from './stateful-set-control.ts'
import type { ComputedStatus } from './status.ts'
import { watchStatefulSets } from './watches.ts'
import { createWriteRecord } from './write-record.ts'

const NAME = 'statefulset-controller'
/** A pass looks at every Pod of the set, and while it does more may happen. */
const PASS_MS_PER_POD = 0.1

/**
 * Keeps the Pods and claims of every StatefulSet as its spec asks for.
 *
 * Upstream: pkg/controller/statefulset/stateful_set.go. Simplified: unless it meets a conflict, a
 * pass does all it does in one instant and only then takes its time, so one worker does what
 * upstream's five do. A real pass waits for the answer to each request, so that its caches know by
 * its end what it did; here it is held until they do where the write record, which covers neither
 * deletions nor a pass that failed, would let the next one start too early.
 */
export function startStatefulSetController(context: ControllerContext): void {
  const { simulation, informers, onDecision } = context
  const client = context.clientFor(serviceAccount(NAME), NAME)
  const sets = informers.for('statefulsets')
  const pods = informers.for('pods')
  const claims = informers.for('persistentvolumeclaims')
  const revisions = informers.for('controllerrevisions')
  indexByController(pods)
  indexByController(revisions)

  const record = createWriteRecord((resource) => informers.for(resource).resourceVersion)
  const events = createControlEvents(context.recorderFor(NAME))
  const cachedClaim = claims.getByKey.bind(claims)
  const claimControl = createClaimControl({
    client,
    events,
    cached: cachedClaim,
    onWritten: (set, { metadata }) =>
      record.wrote(
        objectKey(set),
        set.metadata.uid,
        'persistentvolumeclaims',
        metadata.resourceVersion,
      ),
  })
  const onPodWritten = (set: StatefulSet, { metadata }: Pod): void =>
    record.wrote(objectKey(set), set.metadata.uid, 'pods', metadata.resourceVersion)
  let claimChanges = 0
  let claimsVersion = ''
  const readPod = createPodReader()
  const keeper = new PodKeeper(pods, readPod)
  const onClaimChanged = (claim: PersistentVolumeClaim): void => {
    claimsVersion = String(++claimChanges)
    keeper.claimChanged(claim)
  }
  claims.onChange({
    added: onClaimChanged,
    updated: (old, claim) => {
      if (!isAlikeToSets(old, claim)) onClaimChanged(claim)
    },
    deleted: onClaimChanged,
  })
  const held = new Set<string>()
  const hold = (set: StatefulSet): void => {
    held.add(objectKey(set))
  }
  const cachedPod = (key: string): PodState | undefined => {
    const pod = pods.getByKey(key)
    return pod === undefined ? undefined : readPod(pod)
  }
  const control = createStatefulSetControl({
    client,
    claims: claimControl,
    pods: createPodControl({
      client,
      events,
      claims: claimControl,
      cached: cachedPod,
      onWritten: onPodWritten,
      onDeleted: hold,
    }),
    history: createRevisionHistory(client, {
      comparesMeaning: context.featureEnabled('StatefulSetSemanticRevisionComparison'),
    }),
    cachedSet: sets.getByKey.bind(sets),
    cachedClaim,
    claimsVersion: () => claimsVersion,
    cachedPod: (name, namespace) => pods.get(name, namespace),
    allowsMaxUnavailable: context.featureEnabled('MaxUnavailableStatefulSet'),
    onRevisionDeleted: hold,
    onStatusWritten: (stored) =>
      record.wrote(
        objectKey(stored),
        stored.metadata.uid,
        'statefulsets',
        stored.metadata.resourceVersion,
      ),
  })
  const consistent = context.featureEnabled('StaleControllerConsistencyStatefulSet')

  let passMs = 0
  function* sync(key: string): Pauses {
    passMs = 0
    const set = sets.getByKey(key)
    if (set === undefined) {
      record.forget(key)
      keeper.forget(key)
      watches.takeCause(key)
      return
    }
    if (consistent) record.checkCaches(key, set.metadata.uid)
    const log = newLog(set, key)
    let takenMs = 0
    try {
      const nowMs = simulation.unixMs
      const owned = revisionsOf(set)
      adoptRevisions(set, owned)
      const claimed = podsOf(set)
      takenMs = claimed.count * PASS_MS_PER_POD
      const status = yield* control.update({
        set,
        pods: claimed.pods,
        ...(claimed.places === undefined ? {} : { places: claimed.places }),
        revisions: owned,
        nowMs,
        ...(log === undefined ? {} : { log }),
      })
      checkAvailabilityLater(key, set, status, claimed.pods)
    } catch (error) {
      held.add(key)
      if (log !== undefined) onDecision?.(log.finish(messageOf(error)))
      throw error
    } finally {
      // Not before: while this pass waited there may have been others.
      passMs = takenMs
    }
    if (log !== undefined) onDecision?.(log.finish())
  }

  function revisionsOf(set: StatefulSet): ControllerRevision[] {
    return ownedOrOrphaned(revisions, set).filter(({ metadata }) =>
      matchesLabelSelector(set.spec?.selector, metadata.labels),
    )
  }

  function adoptRevisions(set: StatefulSet, owned: readonly ControllerRevision[]): void {
    const orphans = owned.filter((revision) => controllerOf(revision) === undefined)
    if (orphans.length === 0) return
    const refusal = adoptionRefusal({ owner: set, readOwner: () => readLive(set) })
    if (refusal !== undefined) {
      throw new RetryError(`can't adopt ControllerRevisions: ${refusal}`)
    }
    for (const { metadata } of orphans) {
      const ownerReferences = [controllerReference(set)]
      const patch = { metadata: { uid: metadata.uid, ownerReferences } }
      client
        .resource('controllerrevisions')
        .patch(metadata.name, metadata.namespace, patch, { type: 'strategic' })
    }
  }

  /** The Pods that are the set's from now on, in their places where none is a newcomer. */
  function podsOf(set: StatefulSet): Claimed {
    const kept = keeper.of(set)
    const strangers = [...kept.misfits, ...orphansBeside(pods, set).map(readPod)]
    const adopted = claimPods(strangers, {
      client,
      owner: set,
      matches: (candidate) => belongsTo(set, candidate),
      readOwner: () => readLive(set),
      onAdopted: (stored) => onPodWritten(set, stored),
    })
    const { claimed, places } = kept
    const count = claimed.size + adopted.length
    if (adopted.length > 0) return { count, pods: [...claimed.values(), ...adopted] }
    return { count, pods: { [Symbol.iterator]: () => claimed.values() }, places }
  }

  function readLive(set: StatefulSet): StatefulSet {
    return client.resource('statefulsets').get(set.metadata.name, set.metadata.namespace)
  }

  // No event tells that a Pod has been Ready for long enough.
  function checkAvailabilityLater(
    key: string,
    set: StatefulSet,
    status: ComputedStatus,
    claimed: Iterable<PodState>,
  ): void {
    const minReadyMs = (set.spec?.minReadySeconds ?? 0) * 1000
    if (minReadyMs === 0 || status.readyReplicas === status.availableReplicas) return
    let delayMs = Infinity
    for (const { isReady, readySinceMs } of claimed) {
      if (!isReady || readySinceMs === undefined) continue
      const leftMs = readySinceMs + minReadyMs - simulation.unixMs
      if (leftMs > 0) delayMs = Math.min(delayMs, leftMs)
    }
    queue.addAfter(key, delayMs === Infinity ? minReadyMs : delayMs)
  }

  let passNumber = 0
  function newLog(set: StatefulSet, key: string): DecisionLog | undefined {
    if (onDecision === undefined) return undefined
    return new DecisionLog({
      number: ++passNumber,
      time: simulation.now,
      namespace: set.metadata.namespace ?? '',
      set: set.metadata.name,
      uid: set.metadata.uid,
      cause: watches.takeCause(key),
    })
  }

  // Of the pass that has just ended.
  function passTime(key: string): number {
    return passMs + (held.delete(key) ? context.timings.watchLatencyMsMax : 0)
  }

  const queue = createReconciler(simulation, { name: NAME, sync, passMs: passTime })
  const watches = watchStatefulSets({ context, queue, notesCauses: onDecision !== undefined })
}

type Claimed = {
  readonly count: number
  readonly pods: Iterable<PodState>
  readonly places?: Places
}

/** A set looks at whose a claim is and whether it stays, not at how it is being bound. */
function isAlikeToSets(
  { metadata: old }: PersistentVolumeClaim,
  { metadata }: PersistentVolumeClaim,
): boolean {
  return (
    old.uid === metadata.uid &&
    old.ownerReferences === metadata.ownerReferences &&
    old.deletionTimestamp === metadata.deletionTimestamp
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
