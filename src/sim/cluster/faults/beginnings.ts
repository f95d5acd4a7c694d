import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import { parseImageReference, referenceText } from '#sim/kubelet/images/reference.ts'
import type { Kubelet } from '#sim/kubelet/kubelet.ts'
import type { VolumeStore } from '#sim/kubelet/volumes.ts'
import type { Network } from '#sim/network/network.ts'
import { durationMs } from '#sim/shell/utilities/processes.ts'
import type { FaultAct } from './act.ts'
import { refuse } from './refuse.ts'

export type FaultParts = {
  /** To look up what is named; nothing is ever written. */
  readonly client: Client
  readonly kubelets: ReadonlyMap<string, Kubelet>
  readonly network: Network
  readonly volumes: VolumeStore
}

/** A fault that was found possible, with everything said that was left open. */
export type Beginning = {
  readonly act: FaultAct
  readonly begin: () => void
  /** Takes it back; absent where there is nothing to undo in the machines. */
  readonly undo?: () => void
  /** The disk it is done to. */
  readonly volume?: string
}

type PodRef = { readonly namespace: string; readonly name: string }

const PROBES = [
  { name: 'readiness', kind: 'Readiness', field: 'readinessProbe' },
  { name: 'liveness', kind: 'Liveness', field: 'livenessProbe' },
  { name: 'startup', kind: 'Startup', field: 'startupProbe' },
] as const

const DEFAULT_DELAY = '30s'
const DELAY_MS_MAX = 3_600_000

/** Looks whether a fault can be, without causing it. Throws RangeError where it cannot. */
export function beginningOf(asked: FaultAct, parts: FaultParts): Beginning {
  switch (asked.verb) {
    case 'kill':
      return killContainer(asked, parts)
    case 'crash': {
      const kubelet = kubeletOf(asked, parts, asked.target)
      return { act: asked, begin: () => kubelet.crash(), undo: () => kubelet.restart() }
    }
    case 'cut-off': {
      const { nodeName } = kubeletOf(asked, parts, asked.target)
      const { network } = parts
      return {
        act: asked,
        begin: () => network.partition(nodeName),
        undo: () => network.heal(nodeName),
      }
    }
    case 'fail-probe':
      return failProbe(asked, parts)
    case 'slow-pulls':
      return { act: withDelay(withImage(asked)), begin: nothing }
    case 'fail-pulls':
      return { act: withImage(asked), begin: nothing }
    case 'fill':
      return fillVolume(asked, parts)
    default:
      return { act: asked, begin: nothing }
  }
}

// Registry and provisioner ask what is wrong each time.
function nothing(): void {}

function kubeletOf(act: FaultAct, { kubelets }: FaultParts, node: string): Kubelet {
  const kubelet = kubelets.get(node)
  if (kubelet !== undefined) return kubelet
  const names = [...kubelets.keys()].join(', ')
  return refuse(
    act,
    `nodes "${node}" not found`,
    names === '' ? 'no node of this cluster has a kubelet' : `there are: ${names}`,
  )
}

function killContainer(asked: FaultAct, parts: FaultParts): Beginning {
  const { pod, ref } = podOf(asked, parts)
  const container = containerOf(asked, pod)
  const kubelet = kubeletOf(asked, parts, pod.spec?.nodeName ?? '')
  const act = { ...asked, options: { namespace: ref.namespace, container: container.name } }
  if (!kubelet.isRunning(ref, container.name)) {
    const look = `kubectl describe pod ${ref.name} -n ${ref.namespace}`
    refuse(act, `container "${container.name}" does not run`, `why not, tells: ${look}`)
  }
  return { act, begin: () => kubelet.killContainer(ref, container.name) }
}

function failProbe(asked: FaultAct, { kubelets, ...parts }: FaultParts): Beginning {
  const { pod, ref } = podOf(asked, { kubelets, ...parts })
  const wanted = asked.options.probe
  if (wanted !== undefined && !PROBES.some(({ name }) => name === wanted)) {
    const names = PROBES.map(({ name }) => name).join(', ')
    refuse(asked, `"${wanted}" is no kind of probe`, `there are: ${names}`)
  }
  const container = containerOf(asked, pod)
  const found = PROBES.find(
    ({ name, field }) => (wanted ?? name) === name && container[field] !== undefined,
  )
  const probe = found === undefined ? undefined : container[found.field]
  if (found === undefined || probe === undefined) {
    const what = wanted === undefined ? 'probe' : `${wanted} probe`
    return refuse(
      asked,
      `container "${container.name}" has no ${what}`,
      'give it one: kubectl explain pod.spec.containers.readinessProbe',
    )
  }
  const message = failureOf(probe, pod)
  const set = (text: string | undefined) => {
    // Whoever has this name next, on whatever node, fails alike.
    for (const kubelet of kubelets.values()) {
      kubelet.setProbeFailure(ref, container.name, found.kind, text)
    }
  }
  const options = { namespace: ref.namespace, container: container.name, probe: found.name }
  return {
    act: { ...asked, options },
    begin: () => set(message),
    undo: () => set(undefined),
  }
}

/** What a kubelet says of such a probe that fails. */
function failureOf(probe: core.Probe, pod: Pod): string {
  if (probe.httpGet !== undefined) return 'HTTP probe failed with statuscode: 503'
  if (probe.exec !== undefined) {
    const command = probe.exec.command?.join(' ') ?? ''
    return `command timed out: "${command}" timed out after ${probe.timeoutSeconds ?? 1}s`
  }
  const address = `${pod.status?.podIP ?? ''}:${probe.tcpSocket?.port ?? probe.grpc?.port ?? ''}`
  return `dial tcp ${address}: connect: connection refused`
}

function fillVolume(asked: FaultAct, { client, volumes }: FaultParts): Beginning {
  const { namespace = 'default' } = asked.options
  const claim = client.resource('persistentvolumeclaims').find(asked.target, namespace)
  if (claim === undefined) {
    const there = client.resource('persistentvolumeclaims').list({ namespace }).items
    refuse(asked, `persistentvolumeclaims "${asked.target}" not found`, thereAre(there, namespace))
  }
  const volume = claim.spec?.volumeName ?? ''
  if (volumes.get(volume) === undefined) {
    refuse(asked, 'no Pod has mounted its volume yet', 'wait until a Pod with this claim runs')
  }
  return {
    act: { ...asked, options: { namespace } },
    begin: () => volumes.get(volume)?.device.fill(),
    undo: () => volumes.get(volume)?.device.free(),
    volume,
  }
}

function podOf(act: FaultAct, { client }: FaultParts): { readonly pod: Pod; readonly ref: PodRef } {
  const { namespace = 'default' } = act.options
  const name = act.target
  const pod = client.resource('pods').find(name, namespace)
  if (pod !== undefined) return { pod, ref: { namespace, name } }
  const there = client.resource('pods').list({ namespace }).items
  return refuse(act, `pods "${name}" not found`, thereAre(there, namespace))
}

function thereAre(
  objects: readonly { readonly metadata: { readonly name: string } }[],
  namespace: string,
): string {
  const names = objects.map(({ metadata }) => metadata.name)
  return names.length === 0
    ? `there are none in namespace ${namespace}`
    : `in namespace ${namespace} there are: ${names.join(', ')}`
}

function containerOf(act: FaultAct, pod: Pod): core.Container {
  const { container } = act.options
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
  const found = container === undefined ? all[0] : all.find(({ name }) => name === container)
  if (found !== undefined) return found
  const names = all.map(({ name }) => name).join(', ')
  return refuse(act, `it has no container "${container}"`, `there are: ${names}`)
}

function withDelay(act: FaultAct): FaultAct {
  const { by = DEFAULT_DELAY } = act.options
  const delayMs = durationMs(by)
  if (delayMs === undefined || delayMs <= 0 || delayMs > DELAY_MS_MAX) {
    refuse(act, `"${by}" is no delay of up to an hour`, 'write it as 30s or 2m')
  }
  return { ...act, options: { ...act.options, by } }
}

/** An image by its full name, whatever was typed. */
export function withImage(act: FaultAct): FaultAct {
  if (act.target === '') return act
  const reference = parseImageReference(act.target)
  if (reference === undefined) {
    return refuse(
      act,
      'that is no name of an image',
      'write it as nginx:1.27, or leave it out for all',
    )
  }
  return { ...act, target: referenceText(reference) }
}
