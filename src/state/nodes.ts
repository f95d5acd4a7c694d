import type { Clock } from '#worker/protocol.ts'
import { type ByUid, conditionStatus, type KnownKinds } from './kube.ts'
import type { SlotView } from './slots.ts'
import { formatAge, simTimeOf } from './time.ts'

export type NodeView = {
  readonly name: string
  readonly isReady: boolean
  readonly isCordoned: boolean
  readonly word: string
  /** `zone a, heartbeat 3 s ago`. */
  readonly heartbeat: string
  readonly slots: readonly SlotView[]
}

/** The nodes in the order of their names, each with the slots whose Pods it runs. */
export function nodesOf(
  nodes: ByUid<KnownKinds['Node']>,
  slots: readonly SlotView[],
  clock: Pick<Clock, 'time' | 'unixMs'>,
): readonly NodeView[] {
  return [...nodes.values()]
    .filter((node) => node.metadata.labels?.['node-role.kubernetes.io/control-plane'] === undefined)
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name, 'en', { numeric: true }))
    .map((node) => {
      const isReady = conditionStatus(node, 'Ready') === 'True'
      const isCordoned = node.spec?.unschedulable === true
      const words = [isReady ? 'Ready' : 'NotReady', ...(isCordoned ? ['cordoned'] : [])]
      return {
        name: node.metadata.name,
        isReady,
        isCordoned,
        word: words.join(', '),
        heartbeat: heartbeat(node, clock, isReady),
        slots: slots.filter((slot) => slot.pod?.node === node.metadata.name),
      }
    })
}

function heartbeat(
  node: KnownKinds['Node'],
  clock: Pick<Clock, 'time' | 'unixMs'>,
  isReady: boolean,
): string {
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  const at = simTimeOf(clock, ready?.lastHeartbeatTime)
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone']
  const parts = zone === undefined ? [] : [`zone ${zone}`]
  if (at !== undefined) {
    parts.push(`${isReady ? 'status' : 'last heard'} ${formatAge(clock.time - at)} ago`)
  }
  return parts.join(', ')
}
