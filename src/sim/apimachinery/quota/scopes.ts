import type { ScopedResourceSelectorRequirement } from 'kubernetes-types/core/v1'
import type { Pod, ResourceQuota } from '../kinds.ts'
import type { KubeObject } from '../objects.ts'

/** Whether a quota counts this object at all; scopes only speak of Pods. */
export function isInScope(quota: ResourceQuota, kind: string, object: KubeObject): boolean {
  const requirements = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ]
  return requirements.every(
    (requirement) => kind === 'pods' && isPodInScope(object as Pod, requirement),
  )
}

function isPodInScope(
  { spec, status }: Pod,
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  if (spec === undefined) return false
  switch (scopeName) {
    case 'Terminating':
      return (spec.activeDeadlineSeconds ?? -1) >= 0
    case 'NotTerminating':
      return (spec.activeDeadlineSeconds ?? -1) < 0
    case 'BestEffort':
      return status?.qosClass === 'BestEffort'
    case 'NotBestEffort':
      return status?.qosClass !== 'BestEffort'
    case 'PriorityClass':
      return isOfClass(spec.priorityClassName ?? '', operator, values)
    case 'CrossNamespacePodAffinity':
      return looksIntoOtherNamespaces(spec)
    default:
      return false
  }
}

function isOfClass(name: string, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return values.includes(name)
    case 'NotIn':
      return !values.includes(name)
    case 'DoesNotExist':
      return name === ''
    default:
      return name !== ''
  }
}

function looksIntoOtherNamespaces({ affinity }: NonNullable<Pod['spec']>): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((rules) =>
    [
      ...(rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined),
  )
}
