import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { Informer } from '#sim/client/informer.ts'

export const CLAIM_INDEX = 'claim'

/** Pods by the `namespace/name` of the claims they mount. Indexing twice does no harm. */
export function indexPodsByClaim(pods: Informer<Pod>): void {
  pods.addIndex(CLAIM_INDEX, podClaimKeys)
}

export function podClaimKeys(pod: Pod): readonly string[] {
  const keys: string[] = []
  for (const volume of pod.spec?.volumes ?? []) {
    const name = volumeClaimName(pod, volume)
    if (name !== undefined) keys.push(`${pod.metadata.namespace}/${name}`)
  }
  return keys
}

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

/** The claim behind a volume: named, or made for an ephemeral volume after the Pod. */
export function volumeClaimName(pod: Pod, volume: PodVolume): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`
}
