import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client, Unstored } from '#sim/client/client.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import type { ClaimControl } from './claim-control.ts'
import type { ControlEvents, PodVerb } from './control-events.ts'
import { identityMatches, storageMatches, withIdentity, withStorage } from './identity.ts'
import type { PodState } from './pod-state.ts'

export type PodControl = {
  /** `set` is the set as its spec is now: claims follow it, not the Pod's revision. */
  createPod(set: StatefulSet, ordinal: number, pod: Unstored<Pod>): void
  repairPod(set: StatefulSet, state: PodState): void
  deletePod(set: StatefulSet, name: string): void
}

export type PodControlOptions = {
  readonly client: Client
  readonly events: ControlEvents
  readonly claims: ClaimControl
  readonly onWritten: (set: StatefulSet, stored: Pod) => void
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

  function repairPod(set: StatefulSet, state: PodState): void {
    const { name } = state.pod.metadata
    let isWritten = false
    const failure = attempt(() => {
      isWritten = writeRepaired(set, state)
    })
    if (failure !== undefined) {
      // Simplified: upstream tries three times more within milliseconds; here the pass is tried
      // again, with caches that may have caught up.
      if (!isConflict(failure)) events.podFailed(set, 'Update', name, failure)
      throw failure
    }
    if (isWritten) events.podWritten(set, 'Update', name)
  }

  function writeRepaired(set: StatefulSet, state: PodState): boolean {
    const { ordinal } = state
    let { pod } = state
    if (!identityMatches(set, state)) pod = withIdentity(set, pod, ordinal)
    if (!storageMatches(set, state)) {
      pod = withStorage(set, pod, ordinal)
      claims.createMissingClaims({ set, pod, ordinal })
    }
    const hasNewOwners = claims.updateClaimOwners({ set, pod, ordinal })
    // The Pod is written for its claims' sake, too; the server finds nothing to change.
    if (pod === state.pod && !hasNewOwners) return false
    onWritten(set, client.resource('pods').update(pod))
    return true
  }

  function deletePod(set: StatefulSet, name: string): void {
    const failure = attempt(() => client.resource('pods').delete(name, set.metadata.namespace))
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
    if (error instanceof StatusError || error instanceof RetryError) return error
    throw error
  }
}

function isConflict(error: Error): boolean {
  const refusal = error.cause instanceof StatusError ? error.cause : error
  return refusal instanceof StatusError && refusal.reason === 'Conflict'
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
