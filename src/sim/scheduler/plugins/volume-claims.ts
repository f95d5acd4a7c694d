import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '#sim/apimachinery/kinds.ts'
import {
  findMatchingVolume,
  isUsableOn,
  storageClassOf,
} from '#sim/apimachinery/volume-matching.ts'
import { compareQuantities } from '#sim/apimachinery/quantity.ts'
import { matchesNodeSelectorTerm } from '#sim/apimachinery/node-selector.ts'
import type { Filter, PodRejection, Rejection } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'

export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'
const NO_PROVISIONER = 'kubernetes.io/no-provisioner'

/** What the volume plugins read; the scheduler fills it from its caches. */
export type VolumeLister = {
  readonly claim: (namespace: string, name: string) => PersistentVolumeClaim | undefined
  readonly volume: (name: string) => PersistentVolume | undefined
  /** Free volumes of the claim's class, and those that are reserved for it. */
  readonly candidates: (claim: PersistentVolumeClaim) => readonly PersistentVolume[]
  readonly storageClass: (name: string) => StorageClass | undefined
  /** Promised to another claim in a cycle whose writes are not seen yet. */
  readonly isPromised: (volume: PersistentVolume, claim: PersistentVolumeClaim) => boolean
  /** Pods that use a claim: those bound, and those assumed. */
  readonly isClaimUsedByOther: (claimKey: string, pod: Pod) => boolean
}

export type PodClaims = {
  readonly bound: readonly PersistentVolumeClaim[]
  /** Waiting for their first consumer. */
  readonly delayed: readonly PersistentVolumeClaim[]
}

/** What has to be written before the Pod may go to the chosen node. */
export type VolumeDecision = {
  readonly bindings: readonly {
    readonly claim: PersistentVolumeClaim
    readonly volume: PersistentVolume
  }[]
  readonly provisions: readonly PersistentVolumeClaim[]
}

/** Sorts a Pod's claims, or says why they keep it from being scheduled at all. */
export function podClaims(
  pod: Pod,
  lister: VolumeLister,
  options: { readonly waitsForClaims: boolean },
): PodClaims | PodRejection {
  const bound: PersistentVolumeClaim[] = []
  const delayed: PersistentVolumeClaim[] = []
  let hasUnboundImmediate = false
  for (const volume of pod.spec?.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName ?? ephemeralName(pod, volume)
    if (name === undefined) continue
    const claim = lister.claim(pod.metadata.namespace ?? '', name)
    const problem = claimProblem(pod, name, claim, volume.ephemeral !== undefined)
    if (problem !== undefined) return rejectedPod(problem)
    if (claim === undefined) continue
    if (isBound(claim)) bound.push(claim)
    else if (isDelayed(claim, lister) && (claim.spec?.volumeName ?? '') === '') delayed.push(claim)
    else hasUnboundImmediate = true
  }
  if (hasUnboundImmediate && options.waitsForClaims)
    return rejectedPod('pod has unbound immediate PersistentVolumeClaims')
  const exclusive = [...bound, ...delayed].find(
    (claim) =>
      claim.spec?.accessModes?.includes('ReadWriteOncePod') === true &&
      lister.isClaimUsedByOther(claimKey(claim), pod),
  )
  if (exclusive === undefined) {
    // Small claims choose first, or they would be left with what a large one did not take.
    delayed.sort((a, b) => compareQuantities(wantedSize(a), wantedSize(b)))
    return { bound, delayed }
  }
  return {
    plugin: 'VolumeRestrictions',
    message:
      'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
  }
}

function wantedSize(claim: PersistentVolumeClaim): string {
  return claim.spec?.resources?.requests?.['storage'] ?? '0'
}

function rejectedPod(message: string): PodRejection {
  return { plugin: 'VolumeBinding', message }
}

function ephemeralName(
  pod: Pod,
  volume: { readonly name: string; readonly ephemeral?: unknown },
): string | undefined {
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`
}

function claimProblem(
  pod: Pod,
  name: string,
  claim: PersistentVolumeClaim | undefined,
  isEphemeral: boolean,
): string | undefined {
  if (claim === undefined) {
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
      : `persistentvolumeclaim "${name}" not found`
  }
  if (claim.status?.phase === 'Lost') {
    return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`
  }
  if (claim.metadata.deletionTimestamp !== undefined)
    return `persistentvolumeclaim "${name}" is being deleted`
  if (
    isEphemeral &&
    claim.metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid) !== true
  )
    return `PVC ${claimKey(claim)} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`
  return undefined
}

export function claimKey(claim: PersistentVolumeClaim): string {
  return `${claim.metadata.namespace}/${claim.metadata.name}`
}

/** Bound, and the binder has finished with it. */
export function isBound(claim: PersistentVolumeClaim): boolean {
  return (
    (claim.spec?.volumeName ?? '') !== '' &&
    claim.metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined
  )
}

function isDelayed(claim: PersistentVolumeClaim, lister: VolumeLister): boolean {
  return lister.storageClass(storageClassOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer'
}

export function volumeBinding(claims: PodClaims, lister: VolumeLister): Filter {
  if (claims.bound.length === 0 && claims.delayed.length === 0) return () => undefined
  return (info) => {
    const reasons: string[] = []
    for (const claim of claims.bound) {
      const volume = lister.volume(claim.spec?.volumeName ?? '')
      if (volume === undefined) {
        reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)')
      } else if (info.node !== undefined && !isUsableOn(volume, info.node)) {
        reasons.push("node(s) didn't match PersistentVolume's node affinity")
      }
    }
    if (decideVolumes(claims, info, lister) === undefined)
      reasons.push("node(s) didn't find available persistent volumes to bind")
    return reasons.length === 0 ? undefined : rejected('VolumeBinding', [...new Set(reasons)])
  }
}

/** Which volume each waiting claim would get on this node, or undefined if one gets none. */
export function decideVolumes(
  claims: PodClaims,
  info: NodeInfo,
  lister: VolumeLister,
): VolumeDecision | undefined {
  const bindings: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = []
  const provisions: PersistentVolumeClaim[] = []
  const { node } = info
  if (node === undefined) return undefined
  const taken = new Set<string>()
  for (const claim of claims.delayed) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE]
    if (selected !== undefined) {
      if (selected !== info.name) return undefined
      provisions.push(claim)
      continue
    }
    const volume = findMatchingVolume(claim, lister.candidates(claim), {
      node,
      isExcluded: (one) => taken.has(one.metadata.name) || lister.isPromised(one, claim),
    })
    if (volume !== undefined) {
      taken.add(volume.metadata.name)
      bindings.push({ claim, volume })
    } else if (isProvisionable(claim, info, lister)) {
      provisions.push(claim)
    } else {
      return undefined
    }
  }
  return { bindings, provisions }
}

function isProvisionable(
  claim: PersistentVolumeClaim,
  { node }: NodeInfo,
  lister: VolumeLister,
): boolean {
  const storageClass = lister.storageClass(storageClassOf(claim))
  if (storageClass === undefined || node === undefined) return false
  if (storageClass.provisioner === '' || storageClass.provisioner === NO_PROVISIONER) return false
  const { allowedTopologies = [] } = storageClass
  if (allowedTopologies.length === 0) return true
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchesNodeSelectorTerm(
      { matchExpressions: matchLabelExpressions.map((one) => ({ ...one, operator: 'In' })) },
      node,
    ),
  )
}

const ZONE_LABELS = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
] as const

/** A volume that is labelled with a zone can only be used there. */
export function volumeZone(claims: PodClaims, lister: VolumeLister): Filter {
  const labelled = claims.bound.flatMap((claim) => {
    const labels = lister.volume(claim.spec?.volumeName ?? '')?.metadata.labels ?? {}
    return ZONE_LABELS.flatMap((key) => {
      const value = labels[key]
      return value === undefined ? [] : [{ key, zones: value.split('__') }]
    })
  })
  if (labelled.length === 0) return () => undefined
  return ({ node }) => {
    const labels = node?.metadata.labels ?? {}
    // A cluster whose nodes know no zones is not held to them.
    if (!ZONE_LABELS.some((key) => labels[key] !== undefined)) return undefined
    const fits = labelled.every(({ key, zones }) => zones.includes(labels[key] ?? ''))
    return fits ? undefined : rejected('VolumeZone', ['node(s) had no available volume zone'])
  }
}

function rejected(plugin: 'VolumeBinding' | 'VolumeZone', reasons: readonly string[]): Rejection {
  return { plugin, reasons, isPreemptable: false }
}
