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
      } else if (isProtected && volume.status?.phase !== 'Bound') {
        const metadata = {
          ...volume.metadata,
          finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
        }
        client.update({ ...volume, metadata })
      }
    },
  })

  volumes.onChange({
    added: (volume) => queue.add(volume.metadata.name),
    updated: (_old, volume) => queue.add(volume.metadata.name),
  })
}
