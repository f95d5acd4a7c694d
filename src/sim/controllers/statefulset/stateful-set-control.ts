import type {
  ControllerRevision,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
} from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { Client } from '#sim/client/client.ts'
import { DEFAULT_RETRY, retryOnConflict } from '#sim/client/retry-on-conflict.ts'
import type { Pauses } from '#sim/client/work-queue.ts'
import { aggregate } from '../controller-ref.ts'
import { sortRevisions } from '../history/controller-history.ts'
import type { ClaimControl } from './claim-control.ts'
import { planSync } from './decision.ts'
import type { DecisionLog } from './decision-log.ts'
import { newStatefulSetPod } from './identity.ts'
import type { PodAction } from './pass.ts'
import type { Places } from './places.ts'
import type { PodControl } from './pod-control.ts'
import type { PodState } from './pod-state.ts'
import type { ResolvedRevisions, RevisionHistory } from './revisions.ts'
import { attempt, runPlan } from './run-plan.ts'
import {
  completeRollingUpdate,
  type ComputedStatus,
  computeStatus,
  statusDiffers,
  wireStatus,
} from './status.ts'

export type StatefulSetControlOptions = {
  readonly client: Client
  readonly pods: PodControl
  readonly claims: ClaimControl
  readonly history: RevisionHistory
  /** By `namespace/name`. */
  readonly cachedSet: (key: string) => StatefulSet | undefined
  readonly cachedClaim: (key: string) => PersistentVolumeClaim | undefined
  /** Changes whenever a claim in the cache comes, goes, or changes in what a set looks at. */
  readonly claimsVersion: () => string
  /** Explains what stands in a Pod's way; nothing is decided by it. */
  readonly cachedPod: (name: string, namespace: string | undefined) => Pod | undefined
  readonly allowsMaxUnavailable: boolean
  readonly onStatusWritten: (stored: StatefulSet) => void
  readonly onRevisionDeleted: (set: StatefulSet) => void
}

/** One set as a pass finds it. */
export type SyncInput = {
  readonly set: StatefulSet
  readonly pods: Iterable<PodState>
  readonly places?: Places
  readonly revisions: readonly ControllerRevision[]
  readonly nowMs: number
  readonly log?: DecisionLog
}

export type StatefulSetControl = {
  /** Moves the set one step on and returns its status. Throws what the pass has to be tried again for. */
  update(input: SyncInput): Pauses<ComputedStatus>
}

/** Upstream: pkg/controller/statefulset/stateful_set_control.go. */
export function createStatefulSetControl(options: StatefulSetControlOptions): StatefulSetControl {
  const { client, history } = options

  function* update(input: SyncInput): Pauses<ComputedStatus> {
    const revisions = sortRevisions(input.revisions)
    let resolved: ResolvedRevisions | undefined
    let status: ComputedStatus | undefined
    function* advance(): Pauses {
      resolved = history.resolve(input.set, revisions)
      const { computed, error } = yield* carryOut(input, resolved)
      status = computed
      const statusError = yield* attempt(() => writeStatus(input.set, computed))
      // Of two failures the first is the one to know of.
      const failure = error ?? statusError
      if (failure !== undefined) throw failure
    }
    const failures = [
      yield* attempt(advance),
      yield* attempt(() => truncateHistory(input, revisions, resolved)),
    ]
    const errors = failures.filter((failure) => failure !== undefined)
    if (errors.length > 0) throw aggregate(errors)
    return status as unknown as ComputedStatus // Without an error it was computed.
  }

  function* carryOut(
    { set, pods, places, nowMs, log }: SyncInput,
    { current, update: updateRevision, collisionCount }: ResolvedRevisions,
  ): Pauses<{ readonly computed: ComputedStatus; readonly error: Error | undefined }> {
    const updateSet = history.apply(set, updateRevision)
    const plan = planSync({
      set,
      updateSet,
      currentRevision: current.metadata.name,
      updateRevision: updateRevision.metadata.name,
      pods,
      claim: options.cachedClaim,
      claimsVersion: options.claimsVersion(),
      nowMs,
      allowsMaxUnavailable: options.allowsMaxUnavailable,
      ...(places === undefined ? {} : { places }),
      ...(log === undefined
        ? {}
        : { log, podNamed: (name) => options.cachedPod(name, set.metadata.namespace) }),
    })
    const basis = {
      observedGeneration: set.metadata.generation ?? 0,
      currentRevision: current.metadata.name,
      updateRevision: updateRevision.metadata.name,
      collisionCount,
    }
    const minReadySeconds = set.spec?.minReadySeconds ?? 0
    const computed = computeStatus(basis, plan.counted, { minReadySeconds, nowMs })
    const currentSet = history.apply(set, current)
    const outcome = yield* runPlan(plan, isMonotonic(set), (action) =>
      act(action, { set, updateSet, currentSet, basis }),
    )
    computed.currentReplicas -= outcome.updated
    return { computed, error: outcome.failure }
  }

  type Sets = {
    readonly set: StatefulSet
    readonly updateSet: StatefulSet
    readonly currentSet: StatefulSet
    readonly basis: { readonly currentRevision: string; readonly updateRevision: string }
  }

  function act(action: PodAction, { set, updateSet, currentSet, basis }: Sets): Pauses | undefined {
    switch (action.type) {
      case 'create': {
        const isCurrent = action.revision === 'current'
        const pod = isCurrent
          ? newStatefulSetPod(currentSet, action.ordinal, basis.currentRevision)
          : newStatefulSetPod(updateSet, action.ordinal, basis.updateRevision)
        options.pods.createPod(set, action.ordinal, pod)
        return undefined
      }
      case 'delete':
        options.pods.deletePod(set, action.name)
        return undefined
      case 'ensureClaims': {
        const { pod, ordinal } = action.pod
        options.claims.createMissingClaims({ set, pod, ordinal })
        options.claims.updateClaimOwners({ set, pod, ordinal })
        return undefined
      }
      case 'ownClaims': {
        const { pod, ordinal } = action.pod
        options.claims.updateClaimOwners({ set: updateSet, pod, ordinal })
        return undefined
      }
      case 'repair':
        return options.pods.repairPod(updateSet, action.pod)
    }
  }

  function* writeStatus(set: StatefulSet, status: ComputedStatus): Pauses {
    completeRollingUpdate(set, status)
    if (!statusDiffers(set, status)) return
    let isRefused = false
    yield* retryOnConflict(DEFAULT_RETRY, () => {
      // The set as the cache has it after a conflict gets the same status.
      const stored = isRefused ? (options.cachedSet(objectKey(set)) ?? set) : set
      isRefused = true
      const wanted = { ...stored, status: wireStatus(status) }
      options.onStatusWritten(client.resource('statefulsets').updateStatus(wanted))
    })
  }

  function truncateHistory(
    { set, pods }: SyncInput,
    revisions: readonly ControllerRevision[],
    resolved: ResolvedRevisions | undefined,
  ): void {
    const limit = set.spec?.revisionHistoryLimit ?? 10
    if (limit < 0 || revisions.length <= limit) return
    const live = new Set<string>()
    for (const { revision } of pods) live.add(revision)
    if (resolved !== undefined) {
      live.add(resolved.current.metadata.name).add(resolved.update.metadata.name)
    }
    const past = revisions.filter(({ metadata }) => !live.has(metadata.name))
    for (const { metadata } of past.slice(0, Math.max(0, past.length - limit))) {
      client.resource('controllerrevisions').delete(metadata.name, metadata.namespace)
      options.onRevisionDeleted(set)
    }
  }

  return { update }
}

function isMonotonic(set: StatefulSet): boolean {
  return set.spec?.podManagementPolicy !== 'Parallel'
}
