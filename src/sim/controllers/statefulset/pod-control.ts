import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client, Unstored } from '#sim/client/client.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import { DEFAULT_BACKOFF, retryOnConflict } from '#sim/client/retry-on-conflict.ts'
import type { Pauses } from '#sim/client/work-queue.ts'
import type { ClaimControl } from './claim-control.ts'
import type { ControlEvents, PodVerb } from './control-events.ts'
import { identityMatches, storageMatches, withIdentity, withStorage } from './identity.ts'
import { type PodState, readPod } from './pod-state.ts'

export type PodControl = {
  /** `set` is the set as its spec is now: claims follow it, not the Pod's revision. */
  createPod(set: StatefulSet, ordinal: number, pod: Unstored<Pod>): void
  /** Waits and tries again where somebody else writes the Pod or its claims meanwhile. */
  repairPod(set: StatefulSet, state: PodState): Pauses
  deletePod(set: StatefulSet, name: string): void
}

export type PodControlOptions = {
  readonly client: Client
  readonly events: ControlEvents
  readonly claims: ClaimControl
  /** By `namespace/name`. */
  readonly cached: (key: string) => PodState | undefined
  readonly onWritten: (set: StatefulSet, stored: Pod) => void
  readonly onDeleted: (set: StatefulSet) => void
}

/**
 * Carries out what was decided for one Pod, and tells of it in events.
 *
 * Upstream: pkg/controller/statefulset/stateful_pod_control.go.
 */
export function createPodControl(options: PodControlOptions): PodControl {
  const { client, events, claims, onWritten } = options

  function createPod(set: StatefulSet, ordinal: number, pod: Unstored<Pod>): void {
    const name = pod.metadata.name ?? ''
    const target = { set, ordinal, pod: unborn(pod) }
    reporting(set, 'Create', name, () => claims.createMissingClaims(target))
    const refusal = attempt(() => onWritten(set, client.resource('pods').create(pod)))
    if (refusal instanceof StatusError && refusal.reason === 'AlreadyExists') throw refusal
    // Even for a Pod that could not be created: its claims may have been there before.
    reporting(set, 'Update', name, () => claims.updateClaimOwners(target))
    if (refusal === undefined) {
      events.podWritten(set, 'Create', name)
      return
    }
    events.podFailed(set, 'Create', name, refusal)
    throw refusal
  }

  function* repairPod(set: StatefulSet, state: PodState): Pauses {
    let { name } = state
    let refused: Pod | undefined
    let isWritten = false
    try {
      yield* retryOnConflict(DEFAULT_BACKOFF, () => {
        // Upstream looks at the cache once the conflict is told, which takes a real server as long
        // as news of what stands in the way; here that time is in the pause before.
        const found =
          refused === undefined ? state : (options.cached(objectKey(refused)) ?? readPod(refused))
        const repaired = repair(set, found)
        if (repaired === undefined) return
        isWritten = true
        name = repaired.metadata.name
        refused = repaired
        onWritten(set, client.resource('pods').update(repaired))
      })
    } catch (error) {
      if (isWritten && isRefusal(error)) events.podFailed(set, 'Update', name, error)
      throw error
    }
    if (isWritten) events.podWritten(set, 'Update', name)
  }

  /** The Pod to write; undefined where nothing is amiss. What its claims need is done here. */
  function repair(set: StatefulSet, state: PodState): Pod | undefined {
    const { ordinal } = state
    let { pod } = state
    if (!identityMatches(set, state)) pod = withIdentity(set, pod, ordinal)
    const { name } = pod.metadata
    if (!storageMatches(set, state)) {
      pod = withStorage(set, pod, ordinal)
      reporting(set, 'Update', name, () => claims.createMissingClaims({ set, pod, ordinal }))
    }
    let hasNewOwners = false
    reporting(set, 'Update', name, () => {
      hasNewOwners = claims.updateClaimOwners({ set, pod, ordinal })
    })
    // The Pod is written for its claims' sake, too; the server finds nothing to change.
    return pod === state.pod && !hasNewOwners ? undefined : pod
  }

  function deletePod(set: StatefulSet, name: string): void {
    const failure = attempt(() => client.resource('pods').delete(name, set.metadata.namespace))
    options.onDeleted(set)
    const isGone = failure instanceof StatusError && failure.reason === 'NotFound'
    if (failure === undefined || isGone) {
      events.podWritten(set, 'Delete', name)
      return
    }
    events.podFailed(set, 'Delete', name, failure)
    throw failure
  }

  function reporting(set: StatefulSet, verb: PodVerb, pod: string, run: () => void): void {
    const failure = attempt(run)
    if (failure === undefined) return
    events.podFailed(set, verb, pod, failure)
    throw failure
  }

  return { createPod, repairPod, deletePod }
}

/** A refusal is an outcome here, to be told of before it is passed on. */
function attempt(run: () => void): StatusError | RetryError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (isRefusal(error)) return error
    throw error
  }
}

function isRefusal(error: unknown): error is StatusError | RetryError {
  return error instanceof StatusError || error instanceof RetryError
}

// The claims' rules look at the Pod's name and uid; a Pod yet to be created has no uid.
function unborn(pod: Unstored<Pod>): Pod {
  const metadata = {
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
    name: '',
    ...pod.metadata,
  }
  return { ...pod, metadata }
}
