import type { PersistentVolume, PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import { EventRecorder } from '#sim/client/event-recorder.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { WorkQueue } from '#sim/client/work-queue.ts'
import type { ControllerContext } from '../context.ts'
import { startResizer } from './expand/resizer.ts'
import { newProvisionedVolume, PROVISIONED_BY, SELECTED_NODE } from './provisioned-volume.ts'

export type ProvisionerOptions = {
  /** As storage classes name it: `rancher.io/local-path`. */
  readonly provisioner: string
  /** Why a volume cannot be made now; undefined where it can. */
  readonly refuse?: (claim: PersistentVolumeClaim) => string | undefined
  /** Why a volume cannot be deleted now. */
  readonly refuseDeletion?: (volume: PersistentVolume) => string | undefined
  /** The data is gone: the backing store of a volume with reclaim policy Delete. */
  readonly onDeleted?: (volumeName: string) => void
}

const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner'
const EXTERNAL_FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer'
const RETRY_MS_MIN = 15_000
const RETRY_MS_MAX = 1_000_000

/**
 * Makes volumes for the claims that the binder hands to this provisioner, lets them grow, and
 * unmakes them once they are released. It stands outside the controller manager, as the real ones do.
 *
 * Upstream: sig-storage-lib-external-provisioner, controller.
 */
export function startProvisioner(context: ControllerContext, options: ProvisionerOptions): void {
  startResizer(context, options)
  const { simulation, informers, timings } = context
  const { provisioner } = options
  const user = `system:serviceaccount:kube-system:${provisioner.replace(/^.*\//, '')}`
  const client = context.clientFor(user, 'external-provisioner')
  const identity = context.random.fork(provisioner).int(0, 0x7fffffff).toString(16)
  const recorder = new EventRecorder(simulation, client, {
    component: `${provisioner}_control-plane_${identity}`,
    latencyMs: timings.apiWriteMs,
  })
  const claims = informers.for('persistentvolumeclaims')
  const volumes = informers.for('persistentvolumes')
  const classes = informers.for('storageclasses')
  const atWork = new Set<string>()

  const retries = { baseDelayMs: RETRY_MS_MIN, maxDelayMs: RETRY_MS_MAX }
  const claimQueue: WorkQueue = new WorkQueue(simulation, syncClaim, {
    name: `${provisioner}/claims`,
    ...retries,
  })
  const volumeQueue: WorkQueue = new WorkQueue(simulation, syncVolume, {
    name: `${provisioner}/volumes`,
    ...retries,
  })

  function syncClaim(key: string): void {
    const claim = claims.getByKey(key)
    if (claim === undefined || atWork.has(claim.metadata.uid) || !isOurs(claim)) return
    atWork.add(claim.metadata.uid)
    recorder.record(claim, {
      type: 'Normal',
      reason: 'Provisioning',
      message: `External provisioner is provisioning volume for claim "${key}"`,
    })
    simulation.after(
      timings.provisionMs(),
      () => {
        atWork.delete(claim.metadata.uid)
        finishClaim(key, claim.metadata.uid)
      },
      { label: `${provisioner}/provision` },
    )
  }

  function isOurs(claim: PersistentVolumeClaim): boolean {
    if ((claim.spec?.volumeName ?? '') !== '') return false
    if (claim.metadata.deletionTimestamp !== undefined) return false
    if (claim.metadata.annotations?.[STORAGE_PROVISIONER] !== provisioner) return false
    const storageClass = classes.get(claim.spec?.storageClassName ?? '')
    if (storageClass?.provisioner !== provisioner) return false
    if (volumes.get(`pvc-${claim.metadata.uid}`) !== undefined) return false
    return (
      storageClass.volumeBindingMode !== 'WaitForFirstConsumer' ||
      claim.metadata.annotations[SELECTED_NODE] !== undefined
    )
  }

  function finishClaim(key: string, uid: string): void {
    const claim = claims.getByKey(key)
    // Deleted while the volume was in the making: nobody wants it any more.
    if (claim === undefined || claim.metadata.uid !== uid || !isOurs(claim)) return
    const storageClass = classes.get(claim.spec?.storageClassName ?? '')
    if (storageClass === undefined) return
    const problem = options.refuse?.(claim)
    if (problem !== undefined) {
      failClaim(claim, problem)
      return
    }
    const nodeName = claim.metadata.annotations?.[SELECTED_NODE]
    const node = nodeName === undefined ? undefined : informers.for('nodes').get(nodeName)
    const volume = newProvisionedVolume({
      claim,
      storageClass,
      node,
      // Without a consumer to follow, the disk lands wherever there is a node.
      anyNode: () => [...informers.for('nodes').list()][0],
    })
    try {
      client.resource('persistentvolumes').create(volume)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      if (!isStatusReason(error, 'AlreadyExists')) {
        failClaim(claim, error.message)
        return
      }
    }
    claimQueue.forget(key)
    recorder.record(claim, {
      type: 'Normal',
      reason: 'ProvisioningSucceeded',
      message: `Successfully provisioned volume pvc-${uid}`,
    })
  }

  function failClaim(claim: PersistentVolumeClaim, problem: string): void {
    const className = claim.spec?.storageClassName ?? ''
    recorder.record(claim, {
      type: 'Warning',
      reason: 'ProvisioningFailed',
      message: `failed to provision volume with StorageClass "${className}": ${problem}`,
    })
    const { [SELECTED_NODE]: selected, ...annotations } = claim.metadata.annotations ?? {}
    if (selected === undefined) {
      claimQueue.addRateLimited(objectKey(claim))
      return
    }
    // Another node may do better: the scheduler is asked to choose anew.
    try {
      const metadata = { ...claim.metadata, annotations }
      client.resource('persistentvolumeclaims').update({ ...claim, metadata })
    } catch (error) {
      if (!isStatusReason(error, 'Conflict', 'NotFound')) throw error
      claimQueue.addRateLimited(objectKey(claim))
    }
  }

  function syncVolume(name: string): void {
    const volume = volumes.get(name)
    if (volume === undefined || atWork.has(volume.metadata.uid) || !isToDelete(volume)) return
    atWork.add(volume.metadata.uid)
    simulation.after(
      timings.provisionMs(),
      () => {
        atWork.delete(volume.metadata.uid)
        finishVolume(name)
      },
      { label: `${provisioner}/delete` },
    )
  }

  function isToDelete(volume: PersistentVolume): boolean {
    if (volume.metadata.annotations?.[PROVISIONED_BY] !== provisioner) return false
    if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return false
    const { phase } = volume.status ?? {}
    if (phase !== 'Released' && phase !== 'Failed') return false
    const isHeld = volume.metadata.finalizers?.includes(EXTERNAL_FINALIZER) === true
    return volume.metadata.deletionTimestamp === undefined || isHeld
  }

  function finishVolume(name: string): void {
    const volume = volumes.get(name)
    if (volume === undefined || !isToDelete(volume)) return
    const problem = options.refuseDeletion?.(volume)
    if (problem !== undefined) {
      recorder.record(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message: problem })
      volumeQueue.addRateLimited(name)
      return
    }
    const persistentVolumes = client.resource('persistentvolumes')
    try {
      persistentVolumes.delete(name)
      const left = persistentVolumes.find(name)
      const finalizers = left?.metadata.finalizers ?? []
      if (left !== undefined && finalizers.includes(EXTERNAL_FINALIZER)) {
        const rest = finalizers.filter((one) => one !== EXTERNAL_FINALIZER)
        persistentVolumes.update({ ...left, metadata: { ...left.metadata, finalizers: rest } })
      }
    } catch (error) {
      if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
      volumeQueue.addRateLimited(name)
      return
    }
    volumeQueue.forget(name)
    options.onDeleted?.(name)
  }

  claims.onChange({
    added: (claim) => claimQueue.add(objectKey(claim)),
    updated: (_old, claim) => claimQueue.add(objectKey(claim)),
  })
  volumes.onChange({
    added: (volume) => volumeQueue.add(volume.metadata.name),
    updated: (_old, volume) => volumeQueue.add(volume.metadata.name),
  })
}
