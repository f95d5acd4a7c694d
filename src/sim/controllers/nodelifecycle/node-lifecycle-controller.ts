import type { NodeCondition, Taint } from 'kubernetes-types/core/v1'
import type { Node } from '#sim/apimachinery/kinds.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { readyCondition } from '../endpoint/service-pods.ts'
import { indexPodsByNode, NODE_INDEX } from '../pods-by-node.ts'
import { EvictionQueue } from './eviction-queue.ts'
import {
  readinessTaint,
  type ReadyStatus,
  readyStatus,
  withConditionTaints,
  withEvictionTaint,
} from './taints.ts'
import { evictionRate, zoneOf, type ZoneState, zoneState } from './zones.ts'

const MONITOR_PERIOD_MS = 5000
const MONITOR_GRACE_MS = { '1.36': 50_000, '1.10': 40_000 }
const STARTUP_GRACE_MS = 60_000
const CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** What the last look at a node saw, and when something of it last changed. */
type Health = {
  conditions: readonly NodeCondition[] | undefined
  renewTime: string | undefined
  ready: ReadyStatus | undefined
  heardAtMs: number
}

/**
 * Notices nodes that fall silent, says so in their status, and taints them so that nothing new
 * comes and what is there leaves.
 *
 * Upstream: pkg/controller/nodelifecycle.
 */
export function startNodeLifecycleController(context: ControllerContext): void {
  const { simulation, informers } = context
  const nodes = informers.for('nodes')
  const leases = informers.for('leases')
  const pods = informers.for('pods')
  indexPodsByNode(pods)
  const client = context.clientFor(serviceAccount('node-controller'), 'node-controller')
  const recorder = context.recorderFor('node-controller')
  const health = new Map<string, Health>()
  const zones = new Map<string, { queue: EvictionQueue; state: ZoneState }>()
  let isAllDisrupted = false

  const taintQueue = createReconciler(simulation, { name: 'node-lifecycle', sync: syncTaints })

  function syncTaints(name: string): void {
    const node = nodes.get(name)
    if (node !== undefined) setTaints(node, withConditionTaints(node, timestamp()))
  }

  function monitor(): void {
    for (const node of nodes.list()) monitorNode(node)
    reviewZones()
    simulation.after(MONITOR_PERIOD_MS, monitor, { label: 'node-lifecycle', periodic: true })
  }

  function monitorNode(node: Node): void {
    const { name } = node.metadata
    const renewTime = leases.get(name, 'kube-node-lease')?.spec?.renewTime
    const conditions = node.status?.conditions
    const known = health.get(name)
    const now = simulation.now
    const isNew = known === undefined
    const seen: Health = known ?? {
      conditions,
      renewTime,
      ready: readyStatus(node),
      heardAtMs: now,
    }
    if (isNew) health.set(name, seen)
    if (
      !isNew &&
      (heartbeatOf(seen.conditions) !== heartbeatOf(conditions) ||
        !deepEqual(readyOf(seen.conditions), readyOf(conditions)))
    )
      seen.heardAtMs = now
    // The Lease is what a healthy kubelet mostly renews; it comes every ten seconds.
    if (renewTime !== undefined && renewTime !== seen.renewTime) {
      const renewedAtMs = Date.parse(renewTime) - simulation.epochMs
      seen.heardAtMs = Math.max(seen.heardAtMs, Math.min(now, renewedAtMs))
    }
    seen.conditions = conditions
    seen.renewTime = renewTime
    const hasReported = readyOf(conditions) !== undefined
    const graceMs = hasReported ? MONITOR_GRACE_MS[context.dialect] : STARTUP_GRACE_MS
    const before = seen.ready ?? readyStatus(node)
    let current = readyStatus(node)
    if (now > seen.heardAtMs + graceMs) {
      if (!declareSilent(node)) return
      current = 'Unknown'
    }
    seen.ready = current
    if (before === 'True' && current !== 'True') {
      recorder.record(node, {
        type: 'Normal',
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
      })
    }
    if (current !== 'True' && current !== undefined) markPodsNotReady(node)
    taintForEviction(node, current)
  }

  /** Sets the conditions a silent kubelet can no longer vouch for; false where that failed. */
  function declareSilent(node: Node): boolean {
    const present = node.status?.conditions ?? []
    const conditions = present.map((condition) =>
      CONDITIONS.includes(condition.type) && condition.status !== 'Unknown'
        ? {
            ...condition,
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
            lastTransitionTime: timestamp(),
          }
        : condition,
    )
    for (const type of CONDITIONS) {
      if (present.some((condition) => condition.type === type)) continue
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: timestamp(),
      })
    }
    if (deepEqual(conditions, present)) return true
    try {
      const stored = client
        .resource('nodes')
        .updateStatus({ ...node, status: { ...node.status, conditions } })
      const seen = health.get(node.metadata.name)
      // Our own words are no sign of life.
      if (seen !== undefined) seen.conditions = stored.status?.conditions
      return true
    } catch (error) {
      if (!isStatusReason(error, 'Conflict', 'NotFound')) throw error
      return false
    }
  }

  /** Only their readiness: what runs on the node may well run on. */
  function markPodsNotReady(node: Node): void {
    for (const pod of pods.byIndex(NODE_INDEX, node.metadata.name)) {
      if (readyCondition(pod)?.status !== 'True') continue
      const { name, namespace, uid } = pod.metadata
      const condition = { type: 'Ready', status: 'False', lastTransitionTime: timestamp() }
      const body = { metadata: { uid }, status: { conditions: [condition] } }
      recorder.record(pod, {
        type: 'Warning',
        reason: 'NodeNotReady',
        message: 'Node is not ready',
      })
      try {
        client
          .resource('pods')
          .patch(name, namespace, body, { type: 'strategic', subresource: 'status' })
      } catch (error) {
        if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
      }
    }
  }

  function taintForEviction(node: Node, current: ReadyStatus | undefined): void {
    const { queue } = zoneFor(node)
    const key = readinessTaint(current)
    if (key === undefined) {
      queue.remove(node.metadata.name)
      liftEvictionTaint(node)
      return
    }
    if (isAllDisrupted) return
    const taints = node.spec?.taints ?? []
    const isTainted = taints.some((taint) => taint.effect === 'NoExecute' && taint.key === key)
    if (!isTainted) queue.add(node.metadata.name)
  }

  function evict(nodeName: string): void {
    // Our own write of its status is hardly in the cache yet.
    const node = client.resource('nodes').find(nodeName)
    if (node === undefined || isAllDisrupted) return
    const key = readinessTaint(health.get(nodeName)?.ready)
    if (key !== undefined) setTaints(node, withEvictionTaint(node, key, timestamp()))
  }

  function liftEvictionTaint(node: Node): void {
    if (withEvictionTaint(node, undefined, timestamp()) === undefined) return
    const live = client.resource('nodes').find(node.metadata.name)
    if (live !== undefined) setTaints(live, withEvictionTaint(live, undefined, timestamp()))
  }

  function zoneFor(node: Node): { queue: EvictionQueue; state: ZoneState } {
    const name = zoneOf(node)
    let zone = zones.get(name)
    if (zone === undefined) {
      const queue = new EvictionQueue(simulation, evictionRate('Normal', 0), evict)
      zone = { queue, state: 'Normal' }
      zones.set(name, zone)
    }
    return zone
  }

  function reviewZones(): void {
    const counts = new Map<string, { ready: number; notReady: number }>()
    for (const node of nodes.list()) {
      const name = zoneOf(node)
      const count = counts.get(name) ?? { ready: 0, notReady: 0 }
      if (health.get(node.metadata.name)?.ready === 'True') count.ready++
      else count.notReady++
      counts.set(name, count)
    }
    if (counts.size === 0) return
    const states = [...counts].map(
      ([name, { ready, notReady }]) =>
        [name, zoneState(ready, notReady), ready + notReady] as const,
    )
    const wasAllDisrupted = isAllDisrupted
    isAllDisrupted = states.every(([, state]) => state === 'FullDisruption')
    if (isAllDisrupted && !wasAllDisrupted) standDown()
    if (!isAllDisrupted && wasAllDisrupted) {
      // Nobody could be heard; from now on each node has its full time again.
      for (const seen of health.values()) seen.heardAtMs = simulation.now
    }
    for (const [name, state, size] of states) {
      const zone = zones.get(name)
      if (zone === undefined) continue
      zone.state = state
      zone.queue.setRate(isAllDisrupted ? 0 : evictionRate(state, size))
    }
  }

  /** When nobody answers, the fault is more likely ours: no Pod is to suffer for it. */
  function standDown(): void {
    for (const node of nodes.list()) {
      liftEvictionTaint(node)
      zoneFor(node).queue.remove(node.metadata.name)
    }
  }

  function setTaints(node: Node, taints: Taint[] | undefined): void {
    if (taints === undefined) return
    const { name, resourceVersion } = node.metadata
    const body = {
      metadata: { resourceVersion },
      spec: { taints: taints.length === 0 ? null : taints },
    }
    try {
      client.resource('nodes').patch(name, undefined, body, { type: 'merge' })
    } catch (error) {
      if (isStatusReason(error, 'NotFound')) return
      if (!isStatusReason(error, 'Conflict')) throw error
      taintQueue.addRateLimited(name)
    }
  }

  function timestamp(): string {
    return `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
  }

  nodes.onChange({
    added: (node) => {
      const { name } = node.metadata
      recorder.record(node, {
        type: 'Normal',
        reason: 'RegisteredNode',
        message: `Node ${name} event: Registered Node ${name} in Controller`,
      })
      taintQueue.add(name)
    },
    updated: (_old, node) => taintQueue.add(node.metadata.name),
    deleted: (node) => {
      health.delete(node.metadata.name)
      zoneFor(node).queue.remove(node.metadata.name)
    },
  })
  simulation.after(MONITOR_PERIOD_MS, monitor, { label: 'node-lifecycle', periodic: true })
}

function readyOf(conditions: readonly NodeCondition[] | undefined): NodeCondition | undefined {
  return conditions?.find(({ type }) => type === 'Ready')
}

function heartbeatOf(conditions: readonly NodeCondition[] | undefined): string | undefined {
  return readyOf(conditions)?.lastHeartbeatTime
}
