import { subjectOf } from '#sim/apimachinery/decision.ts'
import type { PersistentVolume } from '#sim/apimachinery/kinds.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'

const FINALIZER = 'kubernetes.io/pv-protection'

/**
 * Keeps a deleted volume as long as a claim is bound to it.
 *
 * Upstream: pkg/controller/volume/pvprotection.
 */
export function startPVProtectionController(context: ControllerContext): void {
  const volumes = context.informers.for('persistentvolumes')
  const client = context
    .clientFor(serviceAccount('pv-protection-controller'), 'pv-protection-controller')
    .resource('persistentvolumes')

  const tell = context.tellerFor('pv-protection')

  const queue = createReconciler(context.simulation, {
    name: 'persistentvolume-protection',
    sync: (name) => {
      const volume = volumes.get(name)
      if (volume === undefined) return
      const finalizers = volume.metadata.finalizers ?? []
      const isProtected = finalizers.includes(FINALIZER)
      if (volume.metadata.deletionTimestamp === undefined) {
        if (isProtected) return
        const metadata = { ...volume.metadata, finalizers: [...finalizers, FINALIZER] }
        client.update({ ...volume, metadata })
      } else if (isProtected) {
        if (volume.status?.phase === 'Bound') {
          tellOfUse(volume)
          return
        }
        tell(() => ({
          subject: subjectOf('persistentvolumes', volume),
          conclusion: 'release',
          reason: 'VolumeUnused',
          awaited: [],
          evidence: [],
          why: `no claim is bound to ${volume.metadata.name} any more, so it may go`,
        }))
        const metadata = {
          ...volume.metadata,
          finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
        }
        client.update({ ...volume, metadata })
      }
    },
  })

  function tellOfUse(volume: PersistentVolume): void {
    tell(() => {
      const { name } = volume.metadata
      const { namespace = '', name: claim = '' } = volume.spec?.claimRef ?? {}
      const read = { resource: 'persistentvolumes', name }
      return {
        subject: subjectOf('persistentvolumes', volume),
        conclusion: 'wait',
        reason: 'VolumeInUse',
        awaited: [{ resource: 'persistentvolumeclaims', namespace, name: claim }],
        evidence: [
          { ...read, field: 'metadata.finalizers', value: FINALIZER },
          { ...read, field: 'status.phase', value: 'Bound' },
        ],
        why: `${name} is being deleted but stays as long as claim ${claim} is bound to it`,
      }
    })
  }

  volumes.onChange({
    added: (volume) => queue.add(volume.metadata.name),
    updated: (_old, volume) => queue.add(volume.metadata.name),
  })
}
