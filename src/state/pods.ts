import type { ByUid, KnownKinds } from './kube.ts'

type Pods = ByUid<KnownKinds['Pod']>

/** Made when first asked for: every row of a pass asks, at every change of any object. */
const indexes = new WeakMap<Pods, ReadonlyMap<string, KnownKinds['Pod']>>()

/** The Pod that has the name now, if one has. */
export function podNamed(
  pods: Pods,
  namespace: string | undefined,
  name: string,
): KnownKinds['Pod'] | undefined {
  let index = indexes.get(pods)
  if (index === undefined) {
    index = new Map(
      [...pods.values()].map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]),
    )
    indexes.set(pods, index)
  }
  return index.get(`${namespace}/${name}`)
}
