import type { Pod } from '#sim/apimachinery/kinds.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'
import { CLAIM_INDEX, indexPodsByClaim, podClaimKeys } from '../pods-by-claim.ts'

const FINALIZER = 'kubernetes.io/pvc-protection'

/**
 * Keeps a deleted claim as long as a Pod that sits on a node names it: its data is in use.
 *
 * Upstream: pkg/controller/volume/pvcprotection.
 */
export function startPVCProtectionController(context: ControllerContext): void {
  const claims = context.informers.for('persistentvolumeclaims')
  const pods = context.informers.for('pods')
  indexPodsByClaim(pods)
  const client = context
    .clientFor(serviceAccount('pvc-protection-controller'), 'pvc-protection-controller')
    .resource('persistentvolumeclaims')

  const queue = createReconciler(context.simulation, {
    name: 'persistentvolumeclaim-protection',
    sync: (key) => {
      const claim = claims.getByKey(key)
      if (claim === undefined) return
      const finalizers = claim.metadata.finalizers ?? []
      const isProtected = finalizers.includes(FINALIZER)
      if (claim.metadata.deletionTimestamp === undefined) {
        if (isProtected) return
        const metadata = { ...claim.metadata, finalizers: [...finalizers, FINALIZER] }
        client.update({ ...claim, metadata })
      } else if (isProtected && !isInUse(key)) {
        const metadata = {
          ...claim.metadata,
          finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
        }
        client.update({ ...claim, metadata })
      }
    },
  })

  // The phase does not matter: a finished Pod may still have the volume mounted.
  const isInUse = (key: string): boolean =>
    pods.byIndex(CLAIM_INDEX, key).some((pod) => (pod.spec?.nodeName ?? '') !== '')

  const onPodGone = (pod: Pod): void => {
    for (const key of podClaimKeys(pod)) queue.add(key)
  }
  claims.onChange({
    added: (claim) => queue.add(`${claim.metadata.namespace}/${claim.metadata.name}`),
    updated: (_old, claim) => queue.add(`${claim.metadata.namespace}/${claim.metadata.name}`),
  })
  pods.onChange({
    updated: (old, pod) => {
      // Deleted and created again between two looks at the server.
      if (old.metadata.uid !== pod.metadata.uid) onPodGone(old)
    },
    deleted: onPodGone,
  })
}
