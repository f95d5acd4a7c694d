import { objectKey } from '#sim/apimachinery/objects.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import type { ControllerContext } from '../../context.ts'
import { wantsGrowth } from './growth.ts'

/**
 * Says of claims that want more room that somebody else has to see to it.
 *
 * Upstream: pkg/controller/volume/expand. Simplified: every volume is one of an external driver,
 * so this controller expands none itself.
 */
export function startExpandController(context: ControllerContext): void {
  const { simulation, informers } = context
  const claims = informers.for('persistentvolumeclaims')
  const volumes = informers.for('persistentvolumes')
  const recorder = context.recorderFor('volume_expand')

  const queue = createReconciler(simulation, {
    name: 'persistentvolume-expander',
    sync: (key) => {
      const claim = claims.getByKey(key)
      if (claim === undefined || !wantsGrowth(claim)) return
      const volume = volumes.get(claim.spec?.volumeName ?? '')
      if (volume?.spec?.csi === undefined) return
      recorder.record(claim, {
        type: 'Normal',
        reason: 'ExternalExpanding',
        message: 'waiting for an external controller to expand this PVC',
      })
    },
  })
  claims.onChange({
    updated: (old, claim) => {
      // Once for each wish, whatever else is written about the claim meanwhile.
      if (old.spec?.resources !== claim.spec?.resources) queue.add(objectKey(claim))
    },
  })
}
