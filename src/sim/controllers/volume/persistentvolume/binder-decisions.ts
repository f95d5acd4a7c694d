import {
  type ComponentDecision,
  type Evidence,
  listedNames,
  subjectOf,
} from '#sim/apimachinery/decision.ts'
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '#sim/apimachinery/kinds.ts'
import type { DecisionTeller } from '../../context.ts'
import { NO_PROVISIONER } from './provisioning-requests.ts'

/** What the binder says of a claim: which volume it gets, or what it waits for. */
export function createBinderDecisions(tell: DecisionTeller) {
  const waits = (claim: PersistentVolumeClaim, wait: () => Wait): void =>
    tell(() => ({ ...about(claim), conclusion: 'wait', evidence: [classOf(claim)], ...wait() }))

  return {
    bound(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
      tell(() => ({
        ...about(claim),
        conclusion: 'bind',
        reason: 'VolumeMatches',
        evidence: [
          classOf(claim),
          {
            ...on('persistentvolumes', volume.metadata.name),
            field: 'spec.capacity',
            value: sizeOf(volume),
          },
        ],
        why: `${claim.metadata.name} is bound to volume ${volume.metadata.name}, ${choiceText(claim, volume)}`,
      }))
    },

    /** `pods` wait to be scheduled; with none of them there is nobody to make a volume for. */
    awaitsConsumer(claim: PersistentVolumeClaim, pods: readonly string[]): void {
      const { name, namespace = '' } = claim.metadata
      waits(claim, () => ({
        reason: pods.length === 0 ? 'WaitForFirstConsumer' : 'WaitForPodScheduled',
        awaited: pods.map((pod) => ({ resource: 'pods', namespace, name: pod })),
        why:
          pods.length === 0
            ? `${name} gets its volume when the first Pod that uses it is created`
            : `${name} gets its volume where ${listedNames(pods)} ${pods.length === 1 ? 'is' : 'are'} scheduled, and that is not decided yet`,
      }))
    },

    asksForVolume(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): void {
      waits(claim, () => request(claim, storageClass))
    },

    hasNoClass(claim: PersistentVolumeClaim): void {
      waits(claim, () => ({
        reason: 'NoVolumeNoClass',
        why: `${claim.metadata.name} stays Pending: no volume fits, and there is no StorageClass to make one`,
      }))
    },

    /** The claim names its volume, and that one `isWhat`. */
    cannotHave(claim: PersistentVolumeClaim, volume: string, isWhat: string): void {
      waits(claim, () => ({
        reason: 'NamedVolumeUnusable',
        awaited: [{ resource: 'persistentvolumes', namespace: '', name: volume }],
        why: `${claim.metadata.name} asks for volume ${volume}, which ${isWhat}`,
      }))
    },

    lost(claim: PersistentVolumeClaim, message: string): void {
      waits(claim, () => ({
        reason: 'ClaimLost',
        why: `${claim.metadata.name} is Lost: ${message}`,
      }))
    },
  }
}

type Wait = Pick<ComponentDecision, 'reason' | 'why'> & Partial<ComponentDecision>

function request(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): Wait {
  const { name } = claim.metadata
  const wanted = claim.spec?.storageClassName ?? ''
  if (storageClass === undefined) {
    return {
      reason: 'NoStorageClass',
      awaited: [{ resource: 'storageclasses', namespace: '', name: wanted }],
      why: `${name} stays Pending: no volume fits, and its StorageClass ${wanted} does not exist`,
    }
  }
  const { provisioner } = storageClass
  if (provisioner === NO_PROVISIONER) {
    return {
      reason: 'NoProvisioner',
      why: `${name} stays Pending: no volume fits, and StorageClass ${wanted} makes none`,
    }
  }
  return {
    conclusion: 'provision',
    reason: 'ExternalProvisioning',
    why: `${name} waits for ${provisioner} to make a volume for it`,
  }
}

function choiceText(claim: PersistentVolumeClaim, { metadata, spec }: PersistentVolume): string {
  if (claim.spec?.volumeName === metadata.name) return 'which it asks for'
  return spec?.claimRef === undefined ? 'the smallest that fits' : 'which is kept for it'
}

const CLAIMS = 'persistentvolumeclaims'

function about(claim: PersistentVolumeClaim): Pick<ComponentDecision, 'subject' | 'awaited'> {
  return { subject: subjectOf(CLAIMS, claim), awaited: [] }
}

function on(resource: string, name: string): Pick<Evidence, 'resource' | 'name'> {
  return { resource, name }
}

function classOf({ metadata, spec }: PersistentVolumeClaim): Evidence {
  return {
    ...on(CLAIMS, metadata.name),
    field: 'spec.storageClassName',
    value: spec?.storageClassName ?? '',
  }
}

function sizeOf(volume: PersistentVolume): string {
  return volume.spec?.capacity?.['storage'] ?? ''
}
