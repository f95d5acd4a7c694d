import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { OUT_OF_SERVICE, readyStatus } from '../nodelifecycle/taints.ts'
import { indexPodsByNode, NODE_INDEX } from '../pods-by-node.ts'

const PERIOD_MS = 20_000
const QUARANTINE_MS = 40_000
const TERMINATED_MAX = 12_500

/**
 * Clears away Pods that nobody else will: of nodes that are gone or given up, terminating Pods
 * that never had a node, and finished Pods beyond a limit.
 *
 * Upstream: pkg/controller/podgc.
 */
export function startPodGCController(context: ControllerContext): void {
  const { simulation, informers } = context
  const nodes = informers.for('nodes')
  const pods = informers.for('pods')
  indexPodsByNode(pods)
  const client = context.clientFor(serviceAccount('pod-garbage-collector'), 'pod-garbage-collector')
  const podClient = client.resource('pods')
  /** How many Pods each node name has, kept so that no tick looks at all Pods. */
  const podCounts = new Map<string, number>()
  const terminated = new Set<string>()
  const terminatingUnplaced = new Set<string>()
  const missingSince = new Map<string, number>()

  function tick(): void {
    collectTerminated()
    collectOutOfService()
    collectOrphans()
    for (const key of terminatingUnplaced) {
      const pod = pods.getByKey(key)
      if (pod !== undefined) failAndDelete(pod)
    }
    simulation.after(PERIOD_MS, tick, { label: 'pod-gc', periodic: true })
  }

  function collectTerminated(): void {
    const surplus = terminated.size - TERMINATED_MAX
    if (surplus <= 0) return
    const finished = [...terminated]
      .map((key) => pods.getByKey(key))
      .filter((pod) => pod !== undefined)
      .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    for (const pod of finished.slice(0, surplus)) failAndDelete(pod)
  }

  function collectOutOfService(): void {
    for (const node of nodes.list()) {
      const isGivenUp = node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true
      if (!isGivenUp || readyStatus(node) === 'True') continue
      for (const pod of pods.byIndex(NODE_INDEX, node.metadata.name))
        if (pod.metadata.deletionTimestamp !== undefined) failAndDelete(pod)
    }
  }

  function collectOrphans(): void {
    const now = simulation.now
    for (const name of missingSince.keys())
      if (nodes.get(name) !== undefined || !podCounts.has(name)) missingSince.delete(name)
    for (const name of podCounts.keys()) {
      if (nodes.get(name) !== undefined) continue
      const since = missingSince.get(name)
      if (since === undefined) {
        missingSince.set(name, now)
        // Looked at again as soon as the quarantine is over.
        simulation.after(QUARANTINE_MS, () => collectFrom(name), {
          label: 'pod-gc/quarantine',
          periodic: true,
        })
      }
    }
  }

  function collectFrom(nodeName: string): void {
    if (!missingSince.has(nodeName)) return
    missingSince.delete(nodeName)
    // The cache may not know a node that has just come back.
    if (client.resource('nodes').find(nodeName) !== undefined) return
    for (const pod of pods.byIndex(NODE_INDEX, nodeName)) {
      failAndDelete(pod, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`,
      })
    }
  }

  function failAndDelete(pod: Pod, condition?: object): void {
    const { name, namespace, uid } = pod.metadata
    const { phase } = pod.status ?? {}
    try {
      if (phase !== 'Succeeded' && phase !== 'Failed') {
        const status = {
          phase: 'Failed',
          ...(condition === undefined ? {} : { conditions: [condition] }),
        }
        const body = { metadata: { uid }, status }
        podClient.patch(name, namespace, body, { type: 'strategic', subresource: 'status' })
      }
      podClient.delete(name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } })
    } catch (error) {
      if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
    }
  }

  function note(pod: Pod): void {
    const key = objectKey(pod)
    const { phase } = pod.status ?? {}
    const isPlaced = (pod.spec?.nodeName ?? '') !== ''
    mark(terminated, key, phase === 'Succeeded' || phase === 'Failed')
    mark(terminatingUnplaced, key, pod.metadata.deletionTimestamp !== undefined && !isPlaced)
  }

  function count(pod: Pod, by: 1 | -1): void {
    const nodeName = pod.spec?.nodeName ?? ''
    if (nodeName === '') return
    const left = (podCounts.get(nodeName) ?? 0) + by
    if (left === 0) podCounts.delete(nodeName)
    else podCounts.set(nodeName, left)
  }

  pods.onChange({
    added: (pod) => {
      count(pod, 1)
      note(pod)
    },
    updated: (old, pod) => {
      if (old.spec?.nodeName !== pod.spec?.nodeName) {
        count(old, -1)
        count(pod, 1)
      }
      note(pod)
    },
    deleted: (pod) => {
      count(pod, -1)
      terminated.delete(objectKey(pod))
      terminatingUnplaced.delete(objectKey(pod))
    },
  })
  simulation.after(PERIOD_MS, tick, { label: 'pod-gc', periodic: true })
}

function mark(set: Set<string>, key: string, isIn: boolean): void {
  if (isIn) set.add(key)
  else set.delete(key)
}
