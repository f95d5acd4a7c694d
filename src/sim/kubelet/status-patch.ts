import type { Pod } from '#sim/apimachinery/kinds.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { PodCondition, PodStatus } from './pod-status.ts'

const OWN_CONDITIONS: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
])

/** Fields of the status that kubelets write; what is absent in a new status is taken away. */
const OWN_FIELDS = [
  'observedGeneration',
  'phase',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const

/** Once seen, an address stays: a Pod that has ended still tells where it was. */
const STICKY: ReadonlySet<string> = new Set(['podIP', 'podIPs', 'startTime', 'observedGeneration'])

/** Lists that the server merges by address: what shall go has to be named. */
const ADDRESSES: ReadonlySet<string> = new Set(['hostIPs', 'podIPs'])

type Addresses = readonly { readonly ip: string }[]

/**
 * The strategic-merge patch from what is stored to what should be, limited to the difference;
 * undefined when nothing differs.
 *
 * Upstream: pkg/kubelet/status/status_manager.go, pkg/util/pod.PatchPodStatus.
 */
export function statusPatch(stored: Pod, wanted: PodStatus): object | undefined {
  const current = (stored.status ?? {}) as Record<string, unknown>
  const next = wanted as Record<string, unknown>
  const status: Record<string, unknown> = {}
  let isChanged = false
  for (const field of OWN_FIELDS) {
    if (next[field] === undefined) {
      if (current[field] !== undefined && !STICKY.has(field)) {
        status[field] = null
        isChanged = true
      }
    } else if (!semanticallyEqual(current[field], next[field])) {
      status[field] = ADDRESSES.has(field)
        ? withoutStale(current[field] as Addresses | undefined, next[field] as Addresses)
        : next[field]
      isChanged = true
    }
  }
  const conditions = conditionPatch(stored, wanted.conditions ?? [])
  if (!isChanged && conditions === undefined) return undefined
  return { metadata: { uid: stored.metadata.uid }, status: { ...conditions, ...status } }
}

function withoutStale(current: Addresses = [], next: Addresses): readonly object[] {
  const stale = current.filter(({ ip }) => !next.some((one) => one.ip === ip))
  return [...next, ...stale.map(({ ip }) => ({ $patch: 'delete', ip }))]
}

function conditionPatch(
  stored: Pod,
  wanted: readonly PodCondition[],
): Record<string, unknown> | undefined {
  const current: readonly PodCondition[] = stored.status?.conditions ?? []
  const changed: object[] = []
  for (const condition of wanted) {
    const old = current.find((one) => one.type === condition.type)
    if (old === undefined || !semanticallyEqual(old, condition))
      changed.push(cleared(old, condition))
  }
  if (changed.length === 0) return undefined
  const foreign = current.filter((one) => !OWN_CONDITIONS.has(one.type))
  const order = [...foreign, ...wanted].map((one) => ({ type: one.type }))
  return { '$setElementOrder/conditions': order, conditions: changed }
}

/** Members that the new condition lacks must be named to go. */
function cleared(old: PodCondition | undefined, condition: PodCondition): object {
  const patch: Record<string, unknown> = { ...condition }
  if (old?.reason !== undefined && condition.reason === undefined) patch['reason'] = null
  if (old?.message !== undefined && condition.message === undefined) patch['message'] = null
  return patch
}
