import type { Node, PersistentVolume, PersistentVolumeClaim } from './kinds.ts'
import { matchesLabelSelector } from './label-selector.ts'
import { matchesNodeSelector } from './node-selector.ts'
import { compareQuantities } from './quantity.ts'

/**
 * The volume a claim should be bound to: one that is reserved for it, else the smallest that is
 * large enough. With a node, only volumes that can be used there count, and what the caller
 * excludes never does.
 *
 * Upstream: component-helpers/storage/volume, FindMatchingVolume.
 */
export function findMatchingVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  options: {
    readonly node?: Node
    readonly isExcluded?: (volume: PersistentVolume) => boolean
    /** The binder leaves volumes to the scheduler while the claim waits for its first consumer. */
    readonly onlyReserved?: boolean
  } = {},
): PersistentVolume | undefined {
  const { node, isExcluded, onlyReserved = false } = options
  let smallest: PersistentVolume | undefined
  for (const volume of volumes) {
    if (isExcluded?.(volume) === true) continue
    if (volume.spec?.claimRef !== undefined && !isReservedFor(volume, claim)) continue
    if (!offersSize(volume, claim) || volumeModeOf(volume) !== volumeModeOf(claim)) continue
    if (volume.metadata.deletionTimestamp !== undefined) continue
    if (node !== undefined && !isUsableOn(volume, node)) continue
    if (volume.spec?.claimRef !== undefined) return volume
    if (onlyReserved || volume.status?.phase !== 'Available') continue
    if (storageClassOf(volume) !== storageClassOf(claim)) continue
    if (!offersModes(volume, claim)) continue
    const { selector } = claim.spec ?? {}
    if (selector !== undefined && !matchesLabelSelector(selector, volume.metadata.labels)) continue
    if (smallest === undefined || compareQuantities(sizeOf(volume), sizeOf(smallest)) < 0)
      smallest = volume
  }
  return smallest
}

/** Whether the volume's claimRef names this claim, with its uid or without any. */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef
  if (reference === undefined) return false
  if (reference.name !== claim.metadata.name) return false
  if (reference.namespace !== claim.metadata.namespace) return false
  return (reference.uid ?? '') === '' || reference.uid === claim.metadata.uid
}

export function isUsableOn(volume: PersistentVolume, node: Node): boolean {
  const required = volume.spec?.nodeAffinity?.required
  return required === undefined || matchesNodeSelector(required, node)
}

export function storageClassOf(object: PersistentVolume | PersistentVolumeClaim): string {
  const annotated = object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']
  return annotated ?? object.spec?.storageClassName ?? ''
}

export function volumeModeOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.spec?.volumeMode ?? 'Filesystem'
}

export function offersSize(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const wanted = claim.spec?.resources?.requests?.['storage'] ?? '0'
  return compareQuantities(sizeOf(volume), wanted) >= 0
}

export function offersModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = volume.spec?.accessModes ?? []
  return (claim.spec?.accessModes ?? []).every((mode) => offered.includes(mode))
}

function sizeOf(volume: PersistentVolume): string {
  return volume.spec?.capacity?.['storage'] ?? '0'
}
