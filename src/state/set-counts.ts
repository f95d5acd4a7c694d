import { type ByUid, isControlledBy, type KnownKinds } from './kube.ts'

/** How many Pods of a set run each of its revisions, in the order the Pods are met. */
export function podRevisions(
  set: KnownKinds['StatefulSet'],
  pods: ByUid<KnownKinds['Pod']>,
): readonly { readonly hash: string; readonly count: number }[] {
  const counts = new Map<string, number>()
  for (const pod of pods.values()) {
    const hash = pod.metadata.labels?.['controller-revision-hash']
    if (hash === undefined || !isControlledBy(pod, set)) continue
    counts.set(hash, (counts.get(hash) ?? 0) + 1)
  }
  return [...counts]
    .map(([hash, count]) => ({ hash, count }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
}
