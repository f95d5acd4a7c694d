import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import { aggregate } from '../controller-ref.ts'
import { claimKey } from './claim-checks.ts'
import { hasUnexpectedController, ownersByPolicy, ownersMatchPolicy } from './claim-retention.ts'
import { claimName, claimTemplates, newClaim } from './claims.ts'
import type { ControlEvents } from './control-events.ts'

/** The Pod that claims are made or owned for; one that does not exist yet has an empty uid. */
export type ClaimingPod = {
  readonly set: StatefulSet
  readonly pod: Pod
  readonly ordinal: number
}

export type ClaimControl = {
  createMissingClaims(target: ClaimingPod): void
  /** Puts the owners of the Pod's claims right. False where nothing was amiss. */
  updateClaimOwners(target: ClaimingPod): boolean
}

export type ClaimControlOptions = {
  readonly client: Client
  readonly events: ControlEvents
  /** By `namespace/name`. */
  readonly cached: (key: string) => PersistentVolumeClaim | undefined
  readonly onWritten: (set: StatefulSet, stored: PersistentVolumeClaim) => void
}

/** Upstream: pkg/controller/statefulset/stateful_pod_control.go. */
export function createClaimControl(options: ClaimControlOptions): ClaimControl {
  const { client, events, cached, onWritten } = options

  function createMissingClaims({ set, pod, ordinal }: ClaimingPod): void {
    const errors: Error[] = []
    for (const template of claimTemplates(set)) {
      const name = claimName(template, set, ordinal)
      const found = cached(claimKey(set, name))
      if (found === undefined) {
        try {
          onWritten(
            set,
            client.resource('persistentvolumeclaims').create(newClaim(template, set, ordinal)),
          )
          events.claimCreated(set, pod.metadata.name, name)
        } catch (error) {
          if (!(error instanceof StatusError)) throw error
          errors.push(new RetryError(`failed to create PVC ${name}: ${error.message}`))
          if (error.reason === 'AlreadyExists') continue
          events.claimCreationFailed(set, pod.metadata.name, name, error)
        }
      } else if (found.metadata.deletionTimestamp !== undefined) {
        errors.push(new RetryError(`pvc ${name} is being deleted`))
      }
    }
    if (errors.length > 0) throw aggregate(errors)
  }

  function updateClaimOwners(target: ClaimingPod): boolean {
    const { set, ordinal } = target
    let isChanged = false
    for (const template of claimTemplates(set)) {
      const name = claimName(template, set, ordinal)
      const claim = cached(claimKey(set, name))
      if (claim === undefined) continue
      if (hasUnexpectedController(claim, target)) events.conflictingController(set, name)
      if (ownersMatchPolicy(claim, target)) continue
      isChanged = true
      onWritten(set, writeOwners(claim, target))
    }
    return isChanged
  }

  function writeOwners(claim: PersistentVolumeClaim, target: ClaimingPod): PersistentVolumeClaim {
    const ownerReferences = ownersByPolicy(claim, target)
    try {
      return client
        .resource('persistentvolumeclaims')
        .update({ ...claim, metadata: { ...claim.metadata, ownerReferences } })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      const { name } = claim.metadata
      throw new RetryError(
        `could not update claim ${name} for delete policy ownerRefs: ${error.message}`,
        { cause: error },
      )
    }
  }

  return { createMissingClaims, updateClaimOwners }
}
