import type { LabelSelector } from 'kubernetes-types/meta/v1'
import type { Pod, Service } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { InformerFactory } from '#sim/client/informer.ts'

const NAMESPACE_INDEX = 'namespace'

/**
 * What spreads a Pod that asks for no spreading: it keeps away from the Pods of its Services and
 * of its controller. Undefined where it has neither.
 *
 * Upstream: pkg/scheduler/framework/plugins/helper, DefaultSelector.
 */
export function createDefaultSelector(
  informers: InformerFactory,
): (pod: Pod) => LabelSelector | undefined {
  const services = informers.for('services')
  const replicaSets = informers.for('replicasets')
  const statefulSets = informers.for('statefulsets')
  services.addIndex(NAMESPACE_INDEX, (service) => [service.metadata.namespace ?? ''])
  return (pod) => {
    const namespace = pod.metadata.namespace ?? ''
    const matchLabels: Record<string, string> = {}
    for (const service of services.byIndex(NAMESPACE_INDEX, namespace))
      if (isServed(service, pod)) Object.assign(matchLabels, service.spec?.selector)
    const matchExpressions: NonNullable<LabelSelector['matchExpressions']> = []
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)
    const set =
      owner?.kind === 'StatefulSet'
        ? statefulSets.get(owner.name, namespace)
        : owner?.kind === 'ReplicaSet'
          ? replicaSets.get(owner.name, namespace)
          : undefined
    if (set !== undefined && set.metadata.uid === owner?.uid) {
      Object.assign(matchLabels, set.spec?.selector.matchLabels)
      matchExpressions.push(...(set.spec?.selector.matchExpressions ?? []))
    }
    if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return undefined
    return matchExpressions.length === 0 ? { matchLabels } : { matchLabels, matchExpressions }
  }
}

function isServed(service: Service, pod: Pod): boolean {
  const selector = service.spec?.selector
  if (selector === undefined || Object.keys(selector).length === 0) return false
  return matchesLabelSelector({ matchLabels: selector }, pod.metadata.labels)
}
