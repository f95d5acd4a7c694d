import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { Unstored } from '#sim/client/client.ts'
import type { PodTemplateSpec, Volume } from 'kubernetes-types/core/v1'
import { controllerReference } from '../controller-ref.ts'
import { claimName, claimTemplates } from './claims.ts'
import { podName } from './ordinals.ts'
import { type PodState, REVISION_LABEL } from './pod-state.ts'

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index'

/** A Pod for an ordinal, as it is sent for creation. `set` carries the revision's template. */
export function newStatefulSetPod(
  set: StatefulSet,
  ordinal: number,
  revision: string,
): Unstored<Pod> {
  const name = podName(set, ordinal)
  const template: PodTemplateSpec = set.spec?.template ?? {}
  const { labels, annotations, finalizers } = template.metadata ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${set.metadata.name}-`,
      name,
      namespace: set.metadata.namespace ?? '',
      labels: {
        ...labels,
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
        [REVISION_LABEL]: revision,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      // The API server defaulted the template when it stored the set.
      ...(template.spec as NonNullable<Pod['spec']>),
      hostname: name,
      subdomain: set.spec?.serviceName ?? '',
      volumes: volumesFor(set, ordinal, template.spec?.volumes),
    },
  }
}

/**
 * A Pod whose name and pod-name label say whose it is. The pod-index and revision labels, the
 * hostname and the owners are not part of it.
 */
export function identityMatches(set: StatefulSet, { pod, parent, ordinal }: PodState): boolean {
  return (
    ordinal >= 0 &&
    parent === set.metadata.name &&
    pod.metadata.name === podName(set, ordinal) &&
    pod.metadata.namespace === set.metadata.namespace &&
    pod.metadata.labels?.[POD_NAME_LABEL] === pod.metadata.name
  )
}

/** Every claim template is a volume of that name on exactly this ordinal's claim. */
export function storageMatches(set: StatefulSet, { pod, ordinal }: PodState): boolean {
  if (ordinal < 0) return false
  return claimTemplates(set).every((template) => {
    const volume = pod.spec?.volumes?.find(({ name }) => name === template.metadata?.name)
    return volume?.persistentVolumeClaim?.claimName === claimName(template, set, ordinal)
  })
}

export function withIdentity(set: StatefulSet, pod: Pod, ordinal: number): Pod {
  const name = podName(set, ordinal)
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      name,
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      labels: {
        ...pod.metadata.labels,
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
      },
    },
  }
}

export function withStorage(set: StatefulSet, pod: Pod, ordinal: number): Pod {
  const spec = pod.spec as NonNullable<Pod['spec']> // A stored Pod always has one.
  return { ...pod, spec: { ...spec, volumes: volumesFor(set, ordinal, spec.volumes) } }
}

// Claims first; a volume of the template that bears a claim's name gives way to it.
function volumesFor(
  set: StatefulSet,
  ordinal: number,
  others: readonly Volume[] | undefined,
): Volume[] {
  const templates = claimTemplates(set)
  const claimed = templates.map((template) => ({
    name: template.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(template, set, ordinal) },
  }))
  const names = new Set(claimed.map(({ name }) => name))
  return [...claimed, ...(others ?? []).filter(({ name }) => !names.has(name))]
}
