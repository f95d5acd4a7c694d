import type { PersistentVolumeClaim, StorageClass } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'
import type { Informer } from '#sim/client/informer.ts'
import type { WrittenObjects } from '../../written-objects.ts'

export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner'
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner'
const IS_DEFAULT = 'storageclass.kubernetes.io/is-default-class'
const BETA_IS_DEFAULT = 'storageclass.beta.kubernetes.io/is-default-class'

/** Asks the provisioner of a claim's class for a volume, by an annotation it waits for. */
export function createProvisioningRequests(options: {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly classes: Informer<StorageClass>
  readonly claims: WrittenObjects<PersistentVolumeClaim>
}): (claim: PersistentVolumeClaim) => void {
  const { client, recorder, classes, claims } = options
  return (claim) => {
    const className = claim.spec?.storageClassName ?? ''
    const storageClass = classes.get(className)
    const failure =
      storageClass === undefined
        ? `storageclass.storage.k8s.io "${className}" not found`
        : storageClass.provisioner === NO_PROVISIONER
          ? `no volume plugin matched name: ${NO_PROVISIONER}`
          : undefined
    if (storageClass === undefined || failure !== undefined) {
      const message = failure ?? ''
      recorder.record(claim, { type: 'Warning', reason: 'ProvisioningFailed', message })
      return
    }
    const asked = askProvisioner(claim, storageClass.provisioner)
    recorder.record(asked, {
      type: 'Normal',
      reason: 'ExternalProvisioning',
      message: `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    })
  }

  function askProvisioner(
    claim: PersistentVolumeClaim,
    provisioner: string,
  ): PersistentVolumeClaim {
    if (claim.metadata.annotations?.[STORAGE_PROVISIONER] === provisioner) return claim
    const annotations = {
      ...claim.metadata.annotations,
      [BETA_STORAGE_PROVISIONER]: provisioner,
      [STORAGE_PROVISIONER]: provisioner,
    }
    const metadata = { ...claim.metadata, annotations }
    return claims.put(client.resource('persistentvolumeclaims').update({ ...claim, metadata }))
  }
}

/** Of several default classes the newest counts; of those of one age the first by name. */
export function defaultStorageClass(classes: Iterable<StorageClass>): StorageClass | undefined {
  let newest: StorageClass | undefined
  for (const one of classes) {
    const { annotations } = one.metadata
    if (annotations?.[IS_DEFAULT] !== 'true' && annotations?.[BETA_IS_DEFAULT] !== 'true') continue
    if (newest === undefined || comesBefore(one, newest)) newest = one
  }
  return newest
}

function comesBefore(a: StorageClass, b: StorageClass): boolean {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  return left === right ? a.metadata.name < b.metadata.name : left > right
}
