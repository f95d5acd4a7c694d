import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'
import { controllerReference } from '../../controller-ref.ts'
import { volumeClaimName } from '../pods-by-claim.ts'

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

/**
 * Makes the claims of a Pod's ephemeral volumes. They belong to the Pod and go with it.
 *
 * Upstream: pkg/controller/volume/ephemeral.
 */
export function startEphemeralVolumeController(context: ControllerContext): void {
  const pods = context.informers.for('pods')
  const claims = context.informers.for('persistentvolumeclaims')
  const client = context
    .clientFor(serviceAccount('ephemeral-volume-controller'), 'ephemeral-volume-controller')
    .resource('persistentvolumeclaims')
  const recorder = context.recorderFor('ephemeral_volume')

  const queue = createReconciler(context.simulation, {
    name: 'ephemeral-volume',
    sync: (key) => {
      const pod = pods.getByKey(key)
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return
      for (const volume of pod.spec?.volumes ?? [])
        if (volume.ephemeral !== undefined) ensureClaim(pod, volume)
    },
  })

  function ensureClaim(pod: Pod, volume: PodVolume): void {
    const { namespace, uid } = pod.metadata
    const name = volumeClaimName(pod, volume)
    const template = volume.ephemeral?.volumeClaimTemplate
    if (name === undefined || template === undefined) return
    const existing = claims.get(name, namespace)
    if (existing !== undefined) {
      if (existing.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true) return
      const message = `ephemeral PVC creation: PVC ${namespace}/${name} was not created for pod ${objectKey(pod)} (pod is not owner)`
      recorder.record(pod, { type: 'Warning', reason: 'FailedBinding', message })
      return
    }
    const { labels, annotations } = template.metadata ?? {}
    try {
      client.create({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          ...(labels === undefined ? {} : { labels }),
          ...(annotations === undefined ? {} : { annotations }),
          ownerReferences: [controllerReference(pod)],
        },
        spec: template.spec as PersistentVolumeClaimSpec,
      })
    } catch (error) {
      // The cache may lag behind a creation of our own.
      if (!isStatusReason(error, 'AlreadyExists', 'Forbidden')) throw error
    }
  }

  const onPod = (pod: Pod): void => {
    if (pod.spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true)
      queue.add(objectKey(pod))
  }
  pods.onChange({ added: onPod })
  claims.onChange({
    deleted: ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Pod')
      if (owner !== undefined) queue.add(`${metadata.namespace}/${owner.name}`)
    },
  })
}
