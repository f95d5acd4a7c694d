import type { PersistentVolume, PersistentVolumeClaim } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { findMatchingVolume, isReservedFor } from '#sim/apimachinery/volume-matching.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { indexVolumes } from '#sim/client/volume-index.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'
import { CLAIM_INDEX, indexPodsByClaim } from '../pods-by-claim.ts'
import { createBinderDecisions } from './binder-decisions.ts'
import { createBinding, isBindCompleted, isBoundByController } from './binding.ts'
import { volumeMismatch } from './mismatch.ts'
import { createProvisioningRequests, defaultStorageClass } from './provisioning-requests.ts'
import { WrittenObjects } from '../../written-objects.ts'

const COMPONENT = 'persistentvolume-controller'
const RESYNC_MS = 15_000
const SELECTED_NODE = 'volume.kubernetes.io/selected-node'

/**
 * Brings claims and volumes together, and takes note when one loses the other.
 *
 * Upstream: pkg/controller/volume/persistentvolume.
 * Simplified: the resync passes over pairs that are settled, for any change of theirs is seen as
 * it happens; volumes without an external provisioner are not deleted or recycled.
 */
export function startPersistentVolumeController(context: ControllerContext): void {
  const { simulation, informers } = context
  const client = context.clientFor(serviceAccount('persistent-volume-binder'), COMPONENT)
  const recorder = context.recorderFor(COMPONENT)
  const volumeInformer = informers.for('persistentvolumes')
  const claimInformer = informers.for('persistentvolumeclaims')
  const classes = informers.for('storageclasses')
  const pods = informers.for('pods')
  indexPodsByClaim(pods)
  const candidatesFor = indexVolumes(volumeInformer)
  const volumes = new WrittenObjects(volumeInformer)
  const claims = new WrittenObjects(claimInformer)
  const binding = createBinding(client, { volumes, claims })
  const decisions = createBinderDecisions(context.tellerFor('volume-binder'))
  const requestProvisioning = createProvisioningRequests({ client, recorder, classes, claims })
  const unsettledClaims = new Set<string>()
  const unsettledVolumes = new Set<string>()

  const { leadMs } = context.timings
  const claimQueue = createReconciler(simulation, {
    name: 'pv-binder/claims',
    sync: syncClaim,
    leadMs,
  })
  const volumeQueue = createReconciler(simulation, {
    name: 'pv-binder/volumes',
    sync: syncVolume,
    leadMs,
  })

  function syncClaim(key: string): void {
    const claim = claims.get(key)
    if (claim === undefined) {
      unsettledClaims.delete(key)
      return
    }
    if (isBindCompleted(claim)) syncBoundClaim(claim)
    else syncUnboundClaim(claim)
    if (claims.get(key)?.status?.phase === 'Bound') unsettledClaims.delete(key)
    else unsettledClaims.add(key)
  }

  function syncUnboundClaim(claim: PersistentVolumeClaim): void {
    const volumeName = claim.spec?.volumeName ?? ''
    if (volumeName !== '') {
      syncClaimOfVolume(claim, volumeName)
      return
    }
    const delays = isDelayed(claim)
    const current = candidatesFor(claim).map((one) => volumes.get(one.metadata.name) ?? one)
    const volume = findMatchingVolume(claim, current, { onlyReserved: delays })
    if (volume !== undefined) {
      bind(volume, claim)
      return
    }
    const classed = withDefaultClass(claim)
    if (delays) waitForConsumer(classed)
    else if ((classed.spec?.storageClassName ?? '') !== '') {
      decisions.asksForVolume(classed, classes.get(classed.spec?.storageClassName ?? ''))
      requestProvisioning(classed)
    } else {
      decisions.hasNoClass(classed)
      recorder.record(classed, {
        type: 'Normal',
        reason: 'FailedBinding',
        message: 'no persistent volumes available for this claim and no storage class is set',
      })
    }
    binding.setPending(classed)
  }

  function bind(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    decisions.bound(claim, volume)
    binding.bind(volume, claim)
  }

  function isDelayed(claim: PersistentVolumeClaim): boolean {
    if (claim.metadata.annotations?.[SELECTED_NODE] !== undefined) return false
    const storageClass = classes.get(claim.spec?.storageClassName ?? '')
    return storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
  }

  /** A claim from before there was a default class gets it now. */
  function withDefaultClass(claim: PersistentVolumeClaim): PersistentVolumeClaim {
    if (claim.spec === undefined || claim.spec.storageClassName !== undefined) return claim
    const name = defaultStorageClass(classes.list())?.metadata.name
    if (name === undefined) return claim
    const spec = { ...claim.spec, storageClassName: name }
    return claims.put(client.resource('persistentvolumeclaims').update({ ...claim, spec }))
  }

  function waitForConsumer(claim: PersistentVolumeClaim): void {
    const waiting = pods
      .byIndex(CLAIM_INDEX, objectKey(claim))
      .filter((pod) => (pod.spec?.nodeName ?? '') === '')
      .map((pod) => pod.metadata.name)
    const event =
      waiting.length === 0
        ? {
            reason: 'WaitForFirstConsumer',
            message: 'waiting for first consumer to be created before binding',
          }
        : {
            reason: 'WaitForPodScheduled',
            message: `waiting for ${waiting.length === 1 ? 'pod' : 'pods'} ${waiting.join(',')} to be scheduled`,
          }
    decisions.awaitsConsumer(claim, waiting)
    recorder.record(claim, { type: 'Normal', ...event })
  }

  function syncClaimOfVolume(claim: PersistentVolumeClaim, volumeName: string): void {
    const volume = volumes.get(volumeName)
    if (volume === undefined) {
      decisions.cannotHave(claim, volumeName, 'does not exist')
      binding.setPending(claim)
      return
    }
    if (volume.spec?.claimRef === undefined) {
      const mismatch = volumeMismatch(volume, claim)
      if (mismatch === undefined) {
        bind(volume, claim)
        return
      }
      const message = `Cannot bind to requested volume "${volumeName}": ${mismatch}`
      decisions.cannotHave(claim, volumeName, `does not fit: ${mismatch}`)
      recorder.record(claim, { type: 'Warning', reason: 'VolumeMismatch', message })
      binding.setPending(claim)
    } else if (isReservedFor(volume, claim)) {
      bind(volume, claim)
    } else if (!isBoundByController(claim)) {
      const message = `volume "${volumeName}" already bound to a different claim.`
      decisions.cannotHave(claim, volumeName, 'is bound to another claim')
      recorder.record(claim, { type: 'Warning', reason: 'FailedBinding', message })
      binding.setPending(claim)
    }
  }

  function syncBoundClaim(claim: PersistentVolumeClaim): void {
    const volumeName = claim.spec?.volumeName ?? ''
    if (volumeName === '') {
      const lost = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!'
      loseClaim(claim, 'ClaimLost', lost)
      return
    }
    const volume = volumes.get(volumeName)
    if (volume === undefined) {
      const lost = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'
      loseClaim(claim, 'ClaimLost', lost)
    } else if (
      volume.spec?.claimRef === undefined ||
      volume.spec.claimRef.uid === claim.metadata.uid
    ) {
      binding.bind(volume, claim)
    } else {
      const lost = 'Two claims are bound to the same volume, this one is bound incorrectly'
      loseClaim(claim, 'ClaimMisbound', lost)
    }
  }

  function loseClaim(claim: PersistentVolumeClaim, reason: string, message: string): void {
    if (claim.status?.phase === 'Lost') return
    decisions.lost(claim, message)
    binding.setLost(claim)
    recorder.record(claim, { type: 'Warning', reason, message })
  }

  function syncVolume(name: string): void {
    const volume = volumes.get(name)
    if (volume === undefined) {
      unsettledVolumes.delete(name)
      return
    }
    reviewVolume(volume)
    const phase = volumes.get(name)?.status?.phase
    if (phase === 'Bound') unsettledVolumes.delete(name)
    else unsettledVolumes.add(name)
  }

  function reviewVolume(volume: PersistentVolume): void {
    const reference = volume.spec?.claimRef
    if (reference === undefined || (reference.uid ?? '') === '') {
      binding.setPhase(volume, 'Available')
      return
    }
    const key = `${reference.namespace}/${reference.name}`
    const found = claims.get(key)
    const claim = found?.metadata.uid === reference.uid ? found : undefined
    if (claim === undefined) {
      const phase = volume.status?.phase
      if (phase !== 'Released' && phase !== 'Failed') binding.setPhase(volume, 'Released')
    } else if ((claim.spec?.volumeName ?? '') === '') {
      claimQueue.add(key)
    } else if (claim.spec?.volumeName === volume.metadata.name) {
      binding.setPhase(volume, 'Bound')
    } else if (isProvisionedFor(volume)) {
      if (volume.status?.phase !== 'Released') binding.setPhase(volume, 'Released')
    } else {
      binding.unbind(volume)
    }
  }

  const enqueueClaim = (claim: PersistentVolumeClaim): void => claimQueue.add(objectKey(claim))
  claimInformer.onChange({
    added: enqueueClaim,
    updated: (_old, claim) => enqueueClaim(claim),
    deleted: (claim) => {
      unsettledClaims.delete(objectKey(claim))
      const volumeName = claim.spec?.volumeName ?? ''
      if (volumeName !== '') volumeQueue.add(volumeName)
    },
  })
  volumeInformer.onChange({
    added: (volume) => volumeQueue.add(volume.metadata.name),
    updated: (_old, volume) => volumeQueue.add(volume.metadata.name),
    deleted: (volume) => {
      unsettledVolumes.delete(volume.metadata.name)
      const reference = volume.spec?.claimRef
      if (reference !== undefined) claimQueue.add(`${reference.namespace}/${reference.name}`)
    },
  })

  const resync = (): void => {
    for (const name of unsettledVolumes) volumeQueue.add(name)
    for (const key of unsettledClaims) claimQueue.add(key)
    simulation.after(RESYNC_MS, resync, { label: 'pv-binder/resync', periodic: true })
  }
  simulation.after(RESYNC_MS, resync, { label: 'pv-binder/resync', periodic: true })
}

function isProvisionedFor(volume: PersistentVolume): boolean {
  return (
    volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined &&
    volume.spec?.persistentVolumeReclaimPolicy === 'Delete'
  )
}
