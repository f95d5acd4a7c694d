import type { Taint } from 'kubernetes-types/core/v1'
import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import type { Timer } from '#sim/kernel/simulation.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { indexPodsByNode, NODE_INDEX } from '../pods-by-node.ts'
import { createEvictionDecisions } from './eviction-decisions.ts'
import { tolerationSeconds } from './toleration-time.ts'

type Eviction = { readonly timer: Timer; readonly startedAtMs: number; readonly dueAtMs: number }

/**
 * Deletes Pods from nodes whose NoExecute taints they do not tolerate, or not for long.
 *
 * Upstream: pkg/controller/tainteviction.
 */
export function startTaintEvictionController(context: ControllerContext): void {
  const { simulation, informers } = context
  const nodes = informers.for('nodes')
  const pods = informers.for('pods')
  indexPodsByNode(pods)
  const user = serviceAccount('taint-eviction-controller')
  const client = context.clientFor(user, 'taint-eviction-controller').resource('pods')
  const recorder = context.recorderFor('taint-eviction-controller')
  const decisions = createEvictionDecisions(context.tellerFor('taint-eviction'))
  const evictions = new Map<string, Eviction>()

  function review(pod: Pod, taints: readonly Taint[]): void {
    const key = objectKey(pod)
    if (pod.metadata.deletionTimestamp !== undefined) {
      drop(key)
      return
    }
    if (taints.length === 0) {
      cancel(pod)
      return
    }
    const seconds = tolerationSeconds(taints, pod.spec?.tolerations ?? [])
    if (seconds === Infinity) {
      cancel(pod)
      return
    }
    const known = evictions.get(key)
    // A Pod that has waited already does not wait anew because the taint changed its name.
    const startedAtMs = known?.startedAtMs ?? simulation.now
    const dueAtMs = Math.max(simulation.now, startedAtMs + seconds * 1000)
    if (known !== undefined && known.dueAtMs === dueAtMs) return
    known?.timer.cancel()
    const { uid } = pod.metadata
    const timer = simulation.after(dueAtMs - simulation.now, () => evict(key, uid, taints), {
      label: 'taint-eviction',
    })
    evictions.set(key, { timer, startedAtMs, dueAtMs })
    if (seconds > 0) decisions.staysFor(pod, taints, seconds)
  }

  function evict(key: string, uid: string, taints: readonly Taint[]): void {
    evictions.delete(key)
    const pod = pods.getByKey(key)
    if (pod === undefined || pod.metadata.uid !== uid) return
    decisions.deletes(pod, taints)
    const { name, namespace } = pod.metadata
    recorder.record(pod, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${key}`,
    })
    const body = { metadata: { uid }, status: lastWords(pod) }
    try {
      client.patch(name, namespace, body, { type: 'strategic', subresource: 'status' })
      client.delete(name, namespace)
    } catch (error) {
      if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
    }
  }

  function lastWords(pod: Pod): object {
    // What shows the Pod as Unknown in listings of that time.
    if (context.dialect === '1.10') {
      const nodeName = pod.spec?.nodeName ?? ''
      const message = `Node ${nodeName} which was running pod ${pod.metadata.name} is unresponsive`
      return { reason: 'NodeLost', message }
    }
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`,
    }
    return { conditions: [condition] }
  }

  function cancel(pod: Pod): void {
    const key = objectKey(pod)
    if (!drop(key)) return
    decisions.stays(pod)
    recorder.record(pod, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Cancelling deletion of Pod ${key}`,
    })
  }

  function drop(key: string): boolean {
    evictions.get(key)?.timer.cancel()
    return evictions.delete(key)
  }

  function onNode(old: Node | undefined, node: Node): void {
    const taints = evictingTaints(node)
    if (deepEqual(old === undefined ? [] : evictingTaints(old), taints)) return
    for (const pod of pods.byIndex(NODE_INDEX, node.metadata.name)) review(pod, taints)
  }

  function onPod(old: Pod | undefined, pod: Pod): void {
    const nodeName = pod.spec?.nodeName ?? ''
    if (nodeName === '') return
    const isSame =
      old !== undefined &&
      old.spec?.nodeName === nodeName &&
      old.spec.tolerations === pod.spec?.tolerations &&
      old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp
    const node = nodes.get(nodeName)
    if (isSame || node === undefined) return
    const taints = evictingTaints(node)
    if (taints.length > 0) review(pod, taints)
  }

  nodes.onChange({
    added: (node) => onNode(undefined, node),
    updated: onNode,
  })
  pods.onChange({
    added: (pod) => onPod(undefined, pod),
    updated: (old, pod) => {
      if (old.metadata.uid !== pod.metadata.uid) drop(objectKey(old))
      onPod(old.metadata.uid === pod.metadata.uid ? old : undefined, pod)
    },
    deleted: (pod) => drop(objectKey(pod)),
  })
}

function evictingTaints(node: Node): readonly Taint[] {
  return (node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}
