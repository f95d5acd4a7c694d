import type { PersistentVolumeClaimCondition } from 'kubernetes-types/core/v1'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { compareQuantities } from '#sim/apimachinery/quantity.ts'
import { EventRecorder } from '#sim/client/event-recorder.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'
import { CLAIM_INDEX, indexPodsByClaim, podClaimKeys } from '../pods-by-claim.ts'
import { PROVISIONED_BY } from '../provisioned-volume.ts'
import { wantedStorage, wantsGrowth } from './growth.ts'

type Status = NonNullable<PersistentVolumeClaim['status']>

const PENDING_TEXT =
  'Waiting for user to (re-)start a pod to finish file system resize of volume on node.'

/**
 * Makes the volumes of one provisioner larger: first the disk, then, where a Pod has it mounted,
 * the file system on it.
 *
 * Upstream: kubernetes-csi/external-resizer. Simplified: the node's part is done here as well, for
 * the file systems of this world are as large as their volumes; a class of local directories that
 * allows expansion grows alike.
 */
export function startResizer(
  context: ControllerContext,
  options: { readonly provisioner: string },
): void {
  const { simulation, informers, timings } = context
  const claims = informers.for('persistentvolumeclaims')
  const volumes = informers.for('persistentvolumes')
  const pods = informers.for('pods')
  indexPodsByClaim(pods)
  const client = context.clientFor(serviceAccount('external-resizer'), 'external-resizer')
  const recorder = context.recorderFor(`external-resizer ${options.provisioner}`)
  const kubeletRecorders = new Map<string, EventRecorder>()
  const atWork = new Set<string>()

  const queue = createReconciler(simulation, {
    name: `external-resizer/${options.provisioner}`,
    sync: (key) => {
      const claim = claims.getByKey(key)
      if (claim === undefined || atWork.has(key) || !wantsGrowth(claim)) return
      const volume = volumes.get(claim.spec?.volumeName ?? '')
      if (volume?.metadata.annotations?.[PROVISIONED_BY] !== options.provisioner) return
      const isLargeEnough =
        compareQuantities(volume.spec?.capacity?.['storage'] ?? '0', wantedStorage(claim)) >= 0
      if (!isLargeEnough) growVolume(key, claim, volume)
      else growFileSystem(key, claim, volume)
    },
  })

  function growVolume(key: string, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    const { name } = volume.metadata
    const storage = wantedStorage(claim)
    writeStatus(key, (status) =>
      withProgress(status, storage, 'ControllerResizeInProgress', newCondition('Resizing', '')),
    )
    recorder.record(claim, {
      type: 'Normal',
      reason: 'Resizing',
      message: `External resizer is resizing volume ${name}`,
    })
    work(key, timings.provisionMs(), () => {
      const current = client.resource('persistentvolumes').find(name)
      if (current === undefined) return
      const spec = { ...current.spec, capacity: { ...current.spec?.capacity, storage } }
      client.resource('persistentvolumes').update({ ...current, spec })
      const pending = newCondition('FileSystemResizePending', PENDING_TEXT)
      writeStatus(key, (status) => withProgress(status, storage, 'NodeResizePending', pending))
      recorder.record(claim, {
        type: 'Normal',
        reason: 'FileSystemResizeRequired',
        message: 'Require file system resize of volume on node',
      })
    })
  }

  function growFileSystem(
    key: string,
    claim: PersistentVolumeClaim,
    volume: PersistentVolume,
  ): void {
    const user = pods.byIndex(CLAIM_INDEX, key).find((pod) => pod.status?.phase === 'Running')
    const nodeName = user?.spec?.nodeName
    if (user === undefined || nodeName === undefined) return
    const storage = volume.spec?.capacity?.['storage'] ?? wantedStorage(claim)
    work(key, timings.mountMs(), () => {
      writeStatus(key, ({ conditions: _conditions, ...status }) => {
        const { allocatedResourceStatuses: _statuses, ...rest } = status as Status & {
          allocatedResourceStatuses?: unknown // A newer field.
        }
        return { ...rest, capacity: { ...status.capacity, storage } }
      })
      kubeletRecorder(nodeName).record(user, {
        type: 'Normal',
        reason: 'FileSystemResizeSuccessful',
        message: `MountVolume.NodeExpandVolume succeeded for volume "${volume.metadata.name}" ${nodeName}`,
      })
    })
  }

  function work(key: string, delayMs: number, run: () => void): void {
    atWork.add(key)
    simulation.after(
      delayMs,
      () => {
        atWork.delete(key)
        try {
          run()
        } catch (error) {
          if (!isStatusReason(error, 'Conflict', 'NotFound')) throw error
          queue.addRateLimited(key)
        }
      },
      { label: 'external-resizer' },
    )
  }

  function writeStatus(key: string, change: (status: Status) => Status): void {
    const [namespace = '', name = ''] = key.split('/')
    const claim = client.resource('persistentvolumeclaims').find(name, namespace)
    if (claim?.status === undefined) return
    client
      .resource('persistentvolumeclaims')
      .updateStatus({ ...claim, status: change(claim.status) })
  }

  function newCondition(type: string, message: string): PersistentVolumeClaimCondition {
    const lastTransitionTime = `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
    return { type, status: 'True', lastTransitionTime, ...(message === '' ? {} : { message }) }
  }

  function kubeletRecorder(nodeName: string): EventRecorder {
    let found = kubeletRecorders.get(nodeName)
    if (found === undefined) {
      const node = context.clientFor(`system:node:${nodeName}`, 'kubelet')
      found = new EventRecorder(simulation, node, {
        component: 'kubelet',
        host: nodeName,
        latencyMs: timings.apiWriteMs,
      })
      kubeletRecorders.set(nodeName, found)
    }
    return found
  }

  const onPod = (pod: Pod): void => {
    if (pod.status?.phase === 'Running') for (const key of podClaimKeys(pod)) queue.add(key)
  }
  claims.onChange({
    added: (claim) => queue.add(objectKey(claim)),
    updated: (_old, claim) => queue.add(objectKey(claim)),
  })
  volumes.onChange({
    updated: (_old, { spec }) => {
      if (spec?.claimRef !== undefined)
        queue.add(`${spec.claimRef.namespace}/${spec.claimRef.name}`)
    },
  })
  pods.onChange({
    updated: (old, pod) => {
      if (old.status?.phase !== pod.status?.phase) onPod(pod)
    },
  })
}

/** A status in the middle of growing; the fields it tells of are newer than the types. */
function withProgress(
  status: Status,
  storage: string,
  progress: 'ControllerResizeInProgress' | 'NodeResizePending',
  condition: PersistentVolumeClaimCondition,
): Status {
  return {
    ...status,
    allocatedResources: { storage },
    allocatedResourceStatuses: { storage: progress },
    conditions: [condition],
  } as Status
}
