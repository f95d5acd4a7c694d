import type { OwnerReference } from 'kubernetes-types/meta/v1'
import type { Pod, PodDisruptionBudget } from '#sim/apimachinery/kinds.ts'
import type { InformerFactory } from '#sim/client/informer.ts'

export type ExpectedPods = {
  readonly expected: number
  readonly desiredHealthy: number
  /** Pods without a controller that nobody can expect a number of. */
  readonly unmanaged: readonly Pod[]
}

/** How many replicas a controller is to keep, or undefined for a kind that has none. */
export type ScaleOf = (owner: OwnerReference, namespace: string) => number | undefined

/** Of how many Pods a budget speaks, and how many of them must be healthy. */
export function expectedPods(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  scaleOf: ScaleOf,
): ExpectedPods {
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  if (maxUnavailable !== undefined) {
    const { expected, unmanaged } = scaleSum(pods, scaleOf)
    const desiredHealthy = Math.max(0, expected - resolved(maxUnavailable, expected))
    return { expected, desiredHealthy, unmanaged }
  }
  if (typeof minAvailable === 'string') {
    const { expected, unmanaged } = scaleSum(pods, scaleOf)
    return { expected, desiredHealthy: resolved(minAvailable, expected), unmanaged }
  }
  return { expected: pods.length, desiredHealthy: minAvailable ?? 0, unmanaged: [] }
}

/** A number, or that share of the whole, rounded up. */
function resolved(value: number | string, whole: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * whole) / 100)
}

function scaleSum(
  pods: readonly Pod[],
  scaleOf: ScaleOf,
): { readonly expected: number; readonly unmanaged: readonly Pod[] } {
  const scales = new Map<string, number>()
  const unmanaged: Pod[] = []
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (owner === undefined) {
      unmanaged.push(pod)
      continue
    }
    if (scales.has(owner.uid)) continue
    const scale = scaleOf(owner, pod.metadata.namespace ?? '')
    if (scale !== undefined) scales.set(owner.uid, scale)
  }
  return { expected: [...scales.values()].reduce((sum, one) => sum + one, 0), unmanaged }
}

function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] }
}): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true)
}

export function createScaleOf(informers: InformerFactory): ScaleOf {
  const statefulSets = informers.for('statefulsets')
  const replicaSets = informers.for('replicasets')
  const deployments = informers.for('deployments')
  return (owner, namespace) => {
    if (owner.kind === 'StatefulSet') {
      const set = statefulSets.get(owner.name, namespace)
      return set?.metadata.uid === owner.uid ? (set.spec?.replicas ?? 1) : undefined
    }
    if (owner.kind !== 'ReplicaSet') return undefined
    const set = replicaSets.get(owner.name, namespace)
    if (set?.metadata.uid !== owner.uid) return undefined
    const above = controllerOf(set)
    if (above?.kind !== 'Deployment') return set.spec?.replicas ?? 1
    const deployment = deployments.get(above.name, namespace)
    return deployment?.metadata.uid === above.uid ? (deployment.spec?.replicas ?? 1) : undefined
  }
}
