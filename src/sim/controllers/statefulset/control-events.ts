import type { StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'

export type ControlEvents = {
  podWritten(set: StatefulSet, verb: PodVerb, pod: string): void
  podFailed(set: StatefulSet, verb: PodVerb, pod: string, error: Error): void
  claimCreated(set: StatefulSet, pod: string, claim: string): void
  claimCreationFailed(set: StatefulSet, pod: string, claim: string, error: Error): void
  conflictingController(set: StatefulSet, claim: string): void
}

export type PodVerb = 'Create' | 'Update' | 'Delete'

/**
 * All events this controller ever records. Mind the claim texts: success ends in `success` and has
 * no `for`, unlike that of Pods and unlike failure.
 */
export function createControlEvents(recorder: EventRecorder): ControlEvents {
  return {
    podWritten: (set, verb, pod) =>
      recorder.record(set, {
        type: 'Normal',
        reason: `Successful${verb}`,
        message: `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} successful`,
      }),
    podFailed: (set, verb, pod, error) =>
      recorder.record(set, {
        type: 'Warning',
        reason: `Failed${verb}`,
        message: `${verb} Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
      }),
    claimCreated: (set, pod, claim) =>
      recorder.record(set, {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Create Claim ${claim} Pod ${pod} in StatefulSet ${set.metadata.name} success`,
      }),
    claimCreationFailed: (set, pod, claim, error) =>
      recorder.record(set, {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Create Claim ${claim} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
      }),
    conflictingController: (set, claim) =>
      recorder.record(set, {
        type: 'Warning',
        reason: 'ConflictingController',
        message: `PersistentVolumeClaim ${claim} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`,
      }),
  }
}
