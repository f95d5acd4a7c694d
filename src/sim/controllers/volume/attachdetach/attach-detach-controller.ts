import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from '#sim/apimachinery/kinds.ts'
import { fnv32a } from '#sim/apimachinery/fnv.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'
import { OUT_OF_SERVICE, readyStatus } from '../../nodelifecycle/taints.ts'
import { CLAIM_INDEX, indexPodsByClaim, podClaimKeys } from '../pods-by-claim.ts'
import { type Attachable, attachableOf, isShareable } from './attachable.ts'
import { type AttachFaults, startAttacher } from './attacher.ts'
import { createAttachDecisions } from './attach-decisions.ts'
import { multiAttachMessage } from './multi-attach.ts'

const VOLUME_INDEX = 'volume'
const NODE_INDEX = 'node'
const FORCE_DETACH_MS = 360_000

/**
 * Brings network disks to the nodes whose Pods want them, and takes them away again once nobody
 * there does and the kubelet has let go.
 *
 * Upstream: pkg/controller/volume/attachdetach.
 */
export function startAttachDetachController(
  context: ControllerContext,
  faults: AttachFaults = {},
): void {
  const { simulation, informers } = context
  const pods = informers.for('pods')
  const claims = informers.for('persistentvolumeclaims')
  const volumes = informers.for('persistentvolumes')
  const nodes = informers.for('nodes')
  const attachments = informers.for('volumeattachments')
  indexPodsByClaim(pods)
  attachments.addIndex(VOLUME_INDEX, ({ spec }) => [spec?.source.persistentVolumeName ?? ''])
  attachments.addIndex(NODE_INDEX, ({ spec }) => [spec?.nodeName ?? ''])
  const user = serviceAccount('attachdetach-controller')
  const client = context.clientFor(user, 'attachdetach-controller')
  const recorder = context.recorderFor('attachdetach-controller')
  const decisions = createAttachDecisions(context.tellerFor('attachdetach'))
  /** Since when each attachment is no longer wanted. */
  const unwantedSince = new Map<string, number>()
  const toldOfConflict = new Set<string>()
  const toldOfSuccess = new Set<string>()
  const toldOfError = new Map<string, string>()

  const queue = createReconciler(simulation, { name: 'attachdetach', sync })
  startAttacher(context, faults)

  function sync(volumeName: string): void {
    const volume = volumes.get(volumeName)
    const attachable = volume === undefined ? undefined : attachableOf(volume)
    if (volume === undefined || attachable === undefined) return
    const wanted = podsByNode(volume)
    const present = attachments.byIndex(VOLUME_INDEX, volumeName)
    for (const attachment of present) {
      const nodeName = attachment.spec?.nodeName ?? ''
      const waiting = wanted.get(nodeName)
      if (waiting === undefined) release(attachment, attachable)
      else welcome(attachment, volume, waiting, attachable)
    }
    for (const nodeName of wanted.keys()) {
      const has = present.some(({ spec }) => spec?.nodeName === nodeName)
      if (has || nodes.get(nodeName) === undefined) continue
      if (present.length > 0 && !isShareable(volume)) complain(volume, nodeName, wanted, present)
      else attach(volume, nodeName, attachable)
    }
  }

  /** Who wants the volume, by node. A finished Pod no longer does. */
  function podsByNode(volume: PersistentVolume): ReadonlyMap<string, readonly Pod[]> {
    const wanted = new Map<string, Pod[]>()
    const reference = volume.spec?.claimRef
    if (reference === undefined) return wanted
    const claim = claims.get(reference.name ?? '', reference.namespace)
    if (claim === undefined || claim.spec?.volumeName !== volume.metadata.name) return wanted
    for (const pod of pods.byIndex(CLAIM_INDEX, `${reference.namespace}/${reference.name}`)) {
      const nodeName = pod.spec?.nodeName ?? ''
      const isFinished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
      if (nodeName === '' || isFinished) continue
      const found = wanted.get(nodeName)
      if (found === undefined) wanted.set(nodeName, [pod])
      else found.push(pod)
    }
    return wanted
  }

  function attach(volume: PersistentVolume, nodeName: string, { attacher }: Attachable): void {
    const { name } = volume.metadata
    toldOfConflict.delete(`${name}|${nodeName}`)
    try {
      client.resource('volumeattachments').create({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name: attachmentName(attacher, name, nodeName) },
        spec: { attacher, nodeName, source: { persistentVolumeName: name } },
      })
    } catch (error) {
      // Our own, not in the cache yet; or the last one on its way out, whose end brings us back.
      if (!isStatusReason(error, 'AlreadyExists')) throw error
    }
  }

  function welcome(
    attachment: VolumeAttachment,
    volume: PersistentVolume,
    waiting: readonly Pod[],
    attachable: Attachable,
  ): void {
    const { uid } = attachment.metadata
    unwantedSince.delete(uid)
    const problem = attachment.status?.attachError?.message
    if (problem !== undefined && attachment.status?.attached !== true) {
      const time = attachment.status?.attachError?.time ?? ''
      if (toldOfError.get(uid) === time) return
      toldOfError.set(uid, time)
      const message = `AttachVolume.Attach failed for volume "${volume.metadata.name}" : ${problem}`
      for (const pod of waiting)
        recorder.record(pod, { type: 'Warning', reason: 'FailedAttachVolume', message })
      return
    }
    if (attachment.status?.attached !== true || toldOfSuccess.has(uid)) return
    toldOfSuccess.add(uid)
    setAttached(attachment.spec?.nodeName ?? '', attachable.name, true)
    decisions.isAttached(volume, waiting, attachment)
    // The real message ends with a blank.
    const message = `AttachVolume.Attach succeeded for volume "${volume.metadata.name}" `
    for (const pod of waiting)
      recorder.record(pod, { type: 'Normal', reason: 'SuccessfulAttachVolume', message })
  }

  function release(attachment: VolumeAttachment, attachable: Attachable): void {
    const { uid, name, deletionTimestamp } = attachment.metadata
    if (deletionTimestamp !== undefined) return
    const nodeName = attachment.spec?.nodeName ?? ''
    const since = unwantedSince.get(uid) ?? simulation.now
    unwantedSince.set(uid, since)
    const node = nodes.get(nodeName)
    if (!mayDetach(node, attachable.name, simulation.now - since)) {
      const volumeName = attachment.spec?.source.persistentVolumeName ?? ''
      const leftMs = since + FORCE_DETACH_MS - simulation.now
      decisions.mayNotDetach(attachment, leftMs)
      // Past the deadline only a change of the node can help.
      if (leftMs > 0) queue.addAfter(volumeName, leftMs, { periodic: true })
      return
    }
    unwantedSince.delete(uid)
    toldOfSuccess.delete(uid)
    toldOfError.delete(uid)
    setAttached(nodeName, attachable.name, false)
    try {
      client.resource('volumeattachments').delete(name)
    } catch (error) {
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }

  /** A disk is taken away when the kubelet says it is unmounted, or can no longer say anything. */
  function mayDetach(node: Node | undefined, name: string, unwantedMs: number): boolean {
    const isInUse = node?.status?.volumesInUse?.includes(name) === true
    if (node !== undefined && !isInUse) return true
    if (node?.spec?.taints?.some(({ key }) => key === OUT_OF_SERVICE) === true) return true
    const isHealthy = node !== undefined && readyStatus(node) === 'True'
    return unwantedMs >= FORCE_DETACH_MS && !isHealthy
  }

  function setAttached(nodeName: string, name: string, isAttached: boolean): void {
    const node = client.resource('nodes').find(nodeName)
    if (node === undefined) return
    const others = (node.status?.volumesAttached ?? []).filter((one) => one.name !== name)
    const volumesAttached = isAttached ? [...others, { name, devicePath: '' }] : others
    const body = {
      status: { volumesAttached: volumesAttached.length === 0 ? null : volumesAttached },
    }
    client
      .resource('nodes')
      .patch(nodeName, undefined, body, { type: 'merge', subresource: 'status' })
  }

  function complain(
    volume: PersistentVolume,
    nodeName: string,
    wanted: ReadonlyMap<string, readonly Pod[]>,
    present: readonly VolumeAttachment[],
  ): void {
    const key = `${volume.metadata.name}|${nodeName}`
    if (toldOfConflict.has(key)) return
    toldOfConflict.add(key)
    const holders = [...wanted].filter(([name]) => name !== nodeName).flatMap(([, users]) => users)
    const waiting = wanted.get(nodeName) ?? []
    decisions.isHeldElsewhere(volume, waiting, present)
    for (const pod of waiting) {
      const message = multiAttachMessage(volume.metadata.name, pod, holders)
      recorder.record(pod, { type: 'Warning', reason: 'FailedAttachVolume', message })
    }
  }

  function enqueueVolumesOf(pod: Pod): void {
    for (const key of podClaimKeys(pod)) {
      const volumeName = claims.getByKey(key)?.spec?.volumeName ?? ''
      if (volumeName !== '') queue.add(volumeName)
    }
  }

  const onAttachment = ({ spec }: VolumeAttachment): void => {
    const volumeName = spec?.source.persistentVolumeName
    if (volumeName !== undefined) queue.add(volumeName)
  }
  pods.onChange({
    added: enqueueVolumesOf,
    updated: (old, pod) => {
      const isSame =
        old.metadata.uid === pod.metadata.uid &&
        old.spec?.nodeName === pod.spec?.nodeName &&
        old.status?.phase === pod.status?.phase
      if (!isSame) enqueueVolumesOf(pod)
    },
    deleted: enqueueVolumesOf,
  })
  const onClaim = ({ spec }: PersistentVolumeClaim): void => {
    if ((spec?.volumeName ?? '') !== '') queue.add(spec?.volumeName ?? '')
  }
  claims.onChange({ updated: (_old, claim) => onClaim(claim), deleted: onClaim })
  volumes.onChange({ added: (volume) => queue.add(volume.metadata.name) })
  attachments.onChange({
    added: onAttachment,
    updated: (_old, attachment) => onAttachment(attachment),
    deleted: onAttachment,
  })
  const onNode = ({ metadata }: Node): void => {
    for (const attachment of attachments.byIndex(NODE_INDEX, metadata.name))
      onAttachment(attachment)
  }
  nodes.onChange({
    added: onNode,
    updated: (old, node) => {
      const isSame =
        old.status?.volumesInUse === node.status?.volumesInUse &&
        old.spec?.taints === node.spec?.taints &&
        readyStatus(old) === readyStatus(node)
      if (!isSame) onNode(node)
    },
    deleted: onNode,
  })
}

/** `csi-` and 64 hexadecimal digits that stand for driver, volume and node. */
function attachmentName(attacher: string, volumeName: string, nodeName: string): string {
  const bytes = encodeUtf8(`${volumeName}${attacher}${nodeName}`)
  let digits = ''
  for (let seed = 1; seed <= 8; seed++) digits += fnv32a(bytes, seed).toString(16).padStart(8, '0')
  return `csi-${digits}`
}
