import {
  type ActiveFaults,
  endingOf,
  type FaultAct,
  faultCommand,
} from '#sim/cluster/faults/act.ts'
import type { Clock } from '#worker/protocol.ts'
import { endText } from './faults.ts'
import { type ByUid, conditionStatus, type KnownKinds } from './kube.ts'
import { simTimeOf } from './time.ts'

/** Something a person can do about a Pod on a node that is not heard from. */
export type WayOut = {
  readonly title: string
  /** When it is right, or what it risks. */
  readonly note: string
  readonly effect: string
  /** Empty where no command does it. */
  readonly command: string
  readonly button: string
  readonly does: FaultAct | 'declare out of service' | 'delete by force' | undefined
  readonly isDangerous: boolean
}

export type LostNodeInput = {
  readonly pod: KnownKinds['Pod']
  readonly node: KnownKinds['Node']
  readonly active: ActiveFaults
  readonly claims: ByUid<KnownKinds['PersistentVolumeClaim']>
  readonly volumes: ByUid<KnownKinds['PersistentVolume']>
  readonly attachments: ByUid<KnownKinds['VolumeAttachment']>
}

export const OUT_OF_SERVICE = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const

const UNREACHABLE = 'node.kubernetes.io/unreachable'
const HOSTNAME = 'kubernetes.io/hostname'

/** The node is not heard from: its Ready condition has lapsed. */
export function isLost(node: KnownKinds['Node']): boolean {
  return conditionStatus(node, 'Ready') === 'Unknown'
}

/** The claims a Pod mounts, by name. */
export function claimNames(pod: KnownKinds['Pod']): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap(
    ({ persistentVolumeClaim: claim }) => claim?.claimName ?? [],
  )
}

/** The safest first. */
export function waysOut(input: LostNodeInput): readonly WayOut[] {
  const { node } = input
  const isDeclared = node.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE.key) === true
  return [...bringBack(input), ...(isDeclared ? [] : [declare(input)]), force(input)]
}

function bringBack(input: LostNodeInput): readonly WayOut[] {
  const { pod, node, active } = input
  const { name } = node.metadata
  const title = `Bring ${name} back`
  const note = 'safest'
  const ends = [...active.values()].flatMap((fault) => {
    const end = fault.target === name ? endingOf(fault) : undefined
    return end === undefined ? [] : [{ fault, end }]
  })
  const way = (effect: string, rest: Pick<WayOut, 'command' | 'button' | 'does'>) => ({
    title,
    note,
    effect,
    isDangerous: false,
    ...rest,
  })
  const effect =
    pod.metadata.deletionTimestamp !== undefined
      ? `Its kubelet confirms that ${pod.metadata.name} has stopped, and the set replaces it.`
      : ends.some(({ fault }) => fault.verb === 'crash')
        ? `Its kubelet starts the containers of ${pod.metadata.name} anew.`
        : `Its kubelet says how ${pod.metadata.name} is, which goes on as it was.`
  if (ends.length === 0) return [way(effect, { command: '', button: '', does: undefined })]
  return ends.map(({ fault, end }) =>
    way(effect, { command: faultCommand(end), button: endText(fault), does: end }),
  )
}

function declare(input: LostNodeInput): WayOut {
  const { node } = input
  const { name } = node.metadata
  const { key, value, effect } = OUT_OF_SERVICE
  const attached = volumesOf(input).some(({ isAttached }) => isAttached)
  const freed = attached ? ', and their volumes detached' : ''
  return {
    title: `Declare ${name} out of service`,
    note: 'if it is surely off',
    effect: `Its Pods are taken away without its word${freed}.${pinned(input)}`,
    command: `kubectl taint node ${name} ${key}=${value}:${effect}`,
    button: 'Run',
    does: 'declare out of service',
    isDangerous: false,
  }
}

function force(input: LostNodeInput): WayOut {
  const { pod, node, active } = input
  const { name, namespace = 'default' } = pod.metadata
  const isKnownToRun = [...active.values()].some(
    ({ verb, target }) => verb === 'cut-off' && target === node.metadata.name,
  )
  const isKnownToBeOff = [...active.values()].some(
    ({ verb, target }) => verb === 'crash' && target === node.metadata.name,
  )
  const claims = claimNames(pod)
  const risk = claims.length > 0 ? 'may give two writers' : `may give two Pods ${name}`
  const still =
    isKnownToRun && !isKnownToBeOff ? ` The old one still runs on ${node.metadata.name}.` : ''
  const held = volumesOf(input).find(({ isAttached }) => isAttached)
  const wait =
    held === undefined
      ? pinned(input)
      : ` ${held.claim} is still attached to ${node.metadata.name}: on another node the new one waits until it is detached.`
  const inNamespace = namespace === 'default' ? '' : ` -n ${namespace}`
  return {
    title: 'Delete the Pod by force',
    note: risk,
    effect: `The set creates a new ${name} at once.${still}${wait}`,
    command: `kubectl delete pod ${name}${inNamespace} --force --grace-period=0`,
    button: 'Run',
    does: 'delete by force',
    isDangerous: true,
  }
}

/** A volume that only the lost node can reach keeps the next Pod waiting. */
function pinned(input: LostNodeInput): string {
  const local = volumesOf(input).find(({ isPinned }) => isPinned)
  if (local === undefined) return ''
  const { name } = input.node.metadata
  return ` ${local.claim} lies on ${name} alone, so the new Pod waits for ${name} all the same.`
}

function volumesOf({ pod, node, claims, volumes, attachments }: LostNodeInput) {
  const { namespace } = pod.metadata
  return claimNames(pod).flatMap((claim) => {
    const bound = [...claims.values()].find(
      ({ metadata }) => metadata.name === claim && metadata.namespace === namespace,
    )
    const volume = [...volumes.values()].find(
      ({ metadata }) => metadata.name === bound?.spec?.volumeName,
    )
    if (volume === undefined) return []
    const isAttached = [...attachments.values()].some(
      ({ spec }) =>
        spec.nodeName === node.metadata.name &&
        spec.source.persistentVolumeName === volume.metadata.name,
    )
    return [{ claim, isAttached, isPinned: isPinnedTo(volume, node) }]
  })
}

function isPinnedTo(volume: KnownKinds['PersistentVolume'], node: KnownKinds['Node']): boolean {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name
  return terms.some(({ matchExpressions = [] }) =>
    matchExpressions.some(
      ({ key, values }) => key === HOSTNAME && values?.length === 1 && values[0] === hostname,
    ),
  )
}

/** When the Pod is deleted unless its node is heard from; undefined where it stays, or is already. */
export function evictionTime(
  pod: KnownKinds['Pod'],
  node: KnownKinds['Node'],
  clock: Pick<Clock, 'time' | 'unixMs'>,
): number | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return undefined
  const taint = node.spec?.taints?.find(
    ({ key, effect }) => key === UNREACHABLE && effect === 'NoExecute',
  )
  const since = simTimeOf(clock, taint?.timeAdded)
  if (since === undefined) return undefined
  const seconds = (pod.spec?.tolerations ?? [])
    .filter(
      ({ key = '', operator = 'Equal', value = '', effect = '' }) =>
        (key === '' || key === UNREACHABLE) &&
        (operator === 'Exists' || value === (taint?.value ?? '')) &&
        (effect === '' || effect === 'NoExecute'),
    )
    .map(({ tolerationSeconds }) => tolerationSeconds ?? Infinity)
  const shortest = seconds.length === 0 ? 0 : Math.min(...seconds)
  return shortest === Infinity ? undefined : since + Math.max(0, shortest) * 1000
}
