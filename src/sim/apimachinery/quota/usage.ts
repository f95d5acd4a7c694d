import type { ResourceRequirements } from 'kubernetes-types/core/v1'
import type { KubeObject } from '../objects.ts'
import type { PersistentVolumeClaim, Pod, Service } from '../kinds.ts'
import { addLists, isExtendedResource, podResources, type ResourceList } from './resource-list.ts'

/**
 * What one object of a kind takes from a quota. Kinds are named as quotas name them: `pods`,
 * `statefulsets.apps`. Upstream: pkg/quota/v1/evaluator/core.
 */
export function usageOf(kind: string, object: KubeObject, nowMs: number): ResourceList {
  const counted = { [`count/${kind}`]: '1' }
  switch (kind) {
    // The path of a kind says what its objects are.
    case 'pods':
      return { ...counted, ...podUsage(object as Pod, nowMs) }
    case 'persistentvolumeclaims':
      return { ...counted, ...claimUsage(object as PersistentVolumeClaim) }
    case 'services':
      return { ...counted, ...serviceUsage(object as Service) }
    default:
      return COUNTED_BY_NAME.has(kind) ? { ...counted, [kind]: '1' } : counted
  }
}

/** Kinds that quotas counted before any kind could be. */
const COUNTED_BY_NAME: ReadonlySet<string> = new Set([
  'configmaps',
  'secrets',
  'resourcequotas',
  'replicationcontrollers',
])

/** Which of the names of a quota objects of this kind can take from. */
export function namesOf(kind: string, names: readonly string[]): string[] {
  return names.filter((name) => name === `count/${kind}` || isTakenBy(kind, name))
}

function isTakenBy(kind: string, name: string): boolean {
  switch (kind) {
    case 'pods':
      return POD_NAMES.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtended(name)
    case 'persistentvolumeclaims':
      return CLAIM_NAMES.some((one) => name === one || name.endsWith(`${BY_CLASS}${one}`))
    case 'services':
      return name === kind || name === 'services.nodeports' || name === 'services.loadbalancers'
    default:
      return COUNTED_BY_NAME.has(kind) && name === kind
  }
}

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage']
const POD_NAMES: ReadonlySet<string> = new Set(['pods', ...computeNames(COMPUTE)])
const CLAIM_NAMES = ['persistentvolumeclaims', 'requests.storage']
const BY_CLASS = '.storageclass.storage.k8s.io/'

/** The names that quotas have for resources of containers. */
export function computeNames(resources: readonly string[]): string[] {
  return resources.flatMap((name) => [name, `requests.${name}`, `limits.${name}`])
}

/** `requests.vendor.example/device` */
function isExtended(name: string): boolean {
  return name.startsWith('requests.') && isExtendedResource(name)
}

function podUsage(pod: Pod, nowMs: number): ResourceList {
  const { spec } = pod
  if (spec === undefined || !isCharged(pod, nowMs)) return {}
  const requests = podResources(spec, 'requests')
  const limits = podResources(spec, 'limits')
  return { pods: '1', ...computeUsage({ requests, limits }) }
}

/** Requests and limits under the names that quotas have for them. */
export function computeUsage({ requests, limits }: ResourceRequirements): ResourceList {
  const usage: Record<string, string> = {}
  for (const [name, amount] of Object.entries((requests ?? {}) as ResourceList)) {
    if (COMPUTE.includes(name) || name.startsWith('hugepages-')) usage[name] = amount
    if (usage[name] !== undefined || isExtendedResource(name)) usage[`requests.${name}`] = amount
  }
  for (const [name, amount] of Object.entries((limits ?? {}) as ResourceList))
    if (COMPUTE.includes(name)) usage[`limits.${name}`] = amount
  return usage
}

/** A Pod that is over takes nothing, nor does one that should be gone by now. */
export function isCharged({ metadata, status }: Pod, nowMs: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  const { deletionTimestamp, deletionGracePeriodSeconds: graceSeconds } = metadata
  if (deletionTimestamp === undefined || graceSeconds === undefined) return true
  return nowMs <= Date.parse(deletionTimestamp) + graceSeconds * 1000
}

function claimUsage({ spec, metadata }: PersistentVolumeClaim): ResourceList {
  const usage: Record<string, string> = { persistentvolumeclaims: '1' }
  const { storage } = (spec?.resources?.requests ?? {}) as ResourceList
  if (storage !== undefined) usage['requests.storage'] = storage
  const className =
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName
  if (className === undefined || className === '') return usage
  const ofClass = Object.entries(usage).map(([name, amount]) => [
    `${className}${BY_CLASS}${name}`,
    amount,
  ])
  return addLists(usage, Object.fromEntries(ofClass) as ResourceList)
}

function serviceUsage({ spec = {} }: Service): ResourceList {
  const ports = spec.ports ?? []
  const isBalanced = spec.type === 'LoadBalancer'
  const nodePorts =
    isBalanced && spec.allocateLoadBalancerNodePorts === false
      ? ports.filter(({ nodePort = 0 }) => nodePort > 0)
      : isBalanced || spec.type === 'NodePort'
        ? ports
        : []
  return {
    services: '1',
    'services.nodeports': String(nodePorts.length),
    'services.loadbalancers': isBalanced ? '1' : '0',
  }
}
