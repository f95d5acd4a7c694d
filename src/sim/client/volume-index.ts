import type { PersistentVolume, PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import { storageClassOf } from '#sim/apimachinery/volume-matching.ts'
import type { Informer } from '#sim/client/informer.ts'

const AVAILABLE = 'available'
const CLAIM_REF = 'claimRef'

/** Finds the volumes a claim could get without a look at all the others. */
export function indexVolumes(
  volumes: Informer<PersistentVolume>,
): (claim: PersistentVolumeClaim) => readonly PersistentVolume[] {
  volumes.addIndex(AVAILABLE, (volume) =>
    volume.spec?.claimRef === undefined && volume.status?.phase === 'Available'
      ? [storageClassOf(volume)]
      : [],
  )
  volumes.addIndex(CLAIM_REF, ({ spec }) =>
    spec?.claimRef === undefined ? [] : [`${spec.claimRef.namespace}/${spec.claimRef.name}`],
  )
  return (claim) => [
    ...volumes.byIndex(CLAIM_REF, `${claim.metadata.namespace}/${claim.metadata.name}`),
    ...volumes.byIndex(AVAILABLE, storageClassOf(claim)),
  ]
}
