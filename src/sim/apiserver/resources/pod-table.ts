import { humanDuration } from '#sim/apimachinery/human-duration.ts'
import type { Json, KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft, TableColumn } from '../resource.ts'
import { AGE_COLUMN, age, column, NAME_COLUMN, textOr, wide } from './columns.ts'
import { memberOf } from './define.ts'
import { listOf } from './pod-spec/defaults.ts'

export const POD_COLUMNS: readonly TableColumn[] = [
  NAME_COLUMN,
  column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
  column('Status', 'The aggregate status of the containers in this pod.'),
  column(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
  ),
  AGE_COLUMN,
  wide(
    'IP',
    'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.',
  ),
  wide(
    'Node',
    'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename',
  ),
  wide(
    'Nominated Node',
    'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.',
  ),
  wide(
    'Readiness Gates',
    'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates',
  ),
]

export function podRow(object: KubeObject, unixMs: number): readonly Json[] {
  const spec: Draft = memberOf(object, 'spec') ?? {}
  const status: Draft = memberOf(object, 'status') ?? {}
  const summary = summarise(object, spec, status)
  const total =
    listOf(spec, 'containers').length + listOf(spec, 'initContainers').filter(isSidecar).length
  return [
    object.metadata.name,
    `${summary.ready}/${total}`,
    summary.reason,
    restartsCell(summary, unixMs),
    age(object, unixMs),
    textOr(status.podIPs?.[0]?.ip, '<none>'),
    textOr(spec.nodeName, '<none>'),
    textOr(status.nominatedNodeName, '<none>'),
    gatesCell(spec, status),
  ]
}

type Summary = {
  reason: string
  ready: number
  restarts: number
  /** When a container ended last; empty if none has. */
  lastFinished: string
}

function isSidecar(container: Draft | undefined): boolean {
  return container?.restartPolicy === 'Always'
}

function isConditionTrue(status: Draft, type: string): boolean {
  return listOf(status, 'conditions').some((one) => one.type === type && one.status === 'True')
}

/** Upstream: pkg/printers/internalversion/printers.go (printPod). */
function summarise(object: KubeObject, spec: Draft, status: Draft): Summary {
  const summary: Summary = {
    reason: textOr(status.reason, status.phase ?? ''),
    ready: 0,
    restarts: 0,
    lastFinished: '',
  }
  const gated = listOf(status, 'conditions').some(
    (one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated',
  )
  if (gated) summary.reason = 'SchedulingGated'
  const sidecars = { restarts: 0, lastFinished: '' }
  const isInitializing = addInitContainers(summary, sidecars, spec, status)
  if (!isInitializing || isConditionTrue(status, 'Initialized')) {
    summary.restarts = sidecars.restarts
    summary.lastFinished = sidecars.lastFinished
    addContainers(summary, status)
  }
  if (object.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') summary.reason = 'Unknown'
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') {
      summary.reason = 'Terminating'
    }
  }
  return summary
}

/** True while an init container keeps the others from starting. */
function addInitContainers(
  summary: Summary,
  sidecars: Pick<Summary, 'restarts' | 'lastFinished'>,
  spec: Draft,
  status: Draft,
): boolean {
  const containers = new Map(listOf(spec, 'initContainers').map((one) => [one.name, one]))
  for (const [index, one] of listOf(status, 'initContainerStatuses').entries()) {
    const sidecar = isSidecar(containers.get(one.name))
    addRestarts(summary, one)
    if (sidecar) addRestarts(sidecars, one)
    const { terminated, waiting } = one.state ?? {}
    if (terminated !== undefined && !terminated.exitCode) continue
    if (sidecar && one.started === true) {
      if (one.ready) summary.ready++
      continue
    }
    if (terminated !== undefined) summary.reason = `Init:${endingOf(terminated)}`
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') {
      summary.reason = `Init:${waiting.reason}`
    } else summary.reason = `Init:${index}/${containers.size}`
    return true
  }
  return false
}

function addContainers(summary: Summary, status: Draft): void {
  let hasRunning = false
  let errorReason = ''
  for (const one of listOf(status, 'containerStatuses').toReversed()) {
    addRestarts(summary, one)
    const { terminated, waiting, running } = one.state ?? {}
    if (waiting?.reason) summary.reason = waiting.reason
    else if (terminated !== undefined) {
      summary.reason = endingOf(terminated)
      if (terminated.exitCode) errorReason = summary.reason
    } else if (one.ready && running !== undefined) {
      hasRunning = true
      summary.ready++
    }
  }
  if (summary.reason !== 'Completed') return
  if (hasRunning && isConditionTrue(status, 'Ready')) summary.reason = 'Running'
  else if (errorReason !== '') summary.reason = errorReason
  else if (hasRunning) summary.reason = 'NotReady'
}

function endingOf(terminated: Draft): string {
  if (terminated.reason) return terminated.reason
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`
}

function addRestarts(into: Pick<Summary, 'restarts' | 'lastFinished'>, one: Draft): void {
  into.restarts += one.restartCount ?? 0
  const finished: string = one.lastState?.terminated?.finishedAt ?? ''
  if (finished > into.lastFinished) into.lastFinished = finished
}

function restartsCell({ restarts, lastFinished }: Summary, unixMs: number): string {
  if (restarts === 0 || lastFinished === '') return String(restarts)
  return `${restarts} (${humanDuration(unixMs - Date.parse(lastFinished))} ago)`
}

function gatesCell(spec: Draft, status: Draft): string {
  const gates = listOf(spec, 'readinessGates')
  if (gates.length === 0) return '<none>'
  const open = gates.filter((gate) => isConditionTrue(status, gate.conditionType)).length
  return `${open}/${gates.length}`
}
