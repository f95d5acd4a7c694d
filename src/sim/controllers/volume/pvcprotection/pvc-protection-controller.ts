import { listedNames, subjectOf } from '#sim/apimachinery/decision.ts'
import type { PersistentVolumeClaim, Pod } from '#sim/apimachinery/kinds.ts'
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
  const tell = context.tellerFor('pvc-protection')
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
      } else if (isProtected) {
        const users = usersOf(key)
        if (users.length > 0) {
          tellOfUse(claim, users)
          return
        }
        tell(() => ({
          subject: subjectOf('persistentvolumeclaims', claim),
          conclusion: 'release',
          reason: 'ClaimUnused',
          awaited: [],
          evidence: [],
          why: `no Pod uses ${claim.metadata.name} any more, so it may go`,
        }))
        const metadata = {
          ...claim.metadata,
          finalizers: finalizers.filter((finalizer) => finalizer !== FINALIZER),
        }
        client.update({ ...claim, metadata })
      }
    },
  })

  // The phase does not matter: a finished Pod may still have the volume mounted.
  const usersOf = (key: string): readonly Pod[] =>
    pods.byIndex(CLAIM_INDEX, key).filter((pod) => (pod.spec?.nodeName ?? '') !== '')

  const tellOfUse = (claim: PersistentVolumeClaim, users: readonly Pod[]): void =>
    tell(() => {
      const { name } = claim.metadata
      const names = users.map((pod) => pod.metadata.name)
      const [resource, used] = ['persistentvolumeclaims', 'spec.volumes[].persistentVolumeClaim']
      return {
        subject: subjectOf(resource, claim),
        conclusion: 'wait',
        reason: 'ClaimInUse',
        awaited: users.map((pod) => subjectOf('pods', pod)),
        evidence: [
          { resource, name, field: 'metadata.finalizers', value: FINALIZER },
          ...names.map((pod) => ({ resource: 'pods', name: pod, field: used, value: name })),
        ],
        why: `${name} is being deleted but stays as long as ${listedNames(names)} ${names.length === 1 ? 'uses' : 'use'} it`,
      }
    })

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
