import { listedNames, subjectOf } from '#sim/apimachinery/decision.ts'
import type { PersistentVolume, Pod, VolumeAttachment } from '#sim/apimachinery/kinds.ts'
import type { DecisionTeller } from '../../context.ts'

/** What the attach/detach controller says where a disk cannot go from node to node. */
export function createAttachDecisions(tell: DecisionTeller) {
  return {
    /** A disk for one node at a time, and another node still has it. */
    isHeldElsewhere(
      volume: PersistentVolume,
      waiting: readonly Pod[],
      attachments: readonly VolumeAttachment[],
    ): void {
      for (const pod of waiting) {
        tell(() => ({
          subject: subjectOf('pods', pod),
          conclusion: 'wait',
          reason: 'VolumeAttachedElsewhere',
          awaited: attachments.map((one) => subjectOf('volumeattachments', one)),
          evidence: attachments.map(({ metadata, spec }) => ({
            resource: 'volumeattachments',
            name: metadata.name,
            field: 'spec.nodeName',
            value: spec?.nodeName ?? '',
          })),
          why: `${pod.metadata.name} waits for its volume ${volume.metadata.name}, which is still attached to ${listedNames(attachments.map(({ spec }) => spec?.nodeName ?? ''))}`,
        }))
      }
    },

    isAttached(
      volume: PersistentVolume,
      waiting: readonly Pod[],
      attachment: VolumeAttachment,
    ): void {
      const nodeName = attachment.spec?.nodeName ?? ''
      for (const pod of waiting) {
        tell(() => ({
          subject: subjectOf('pods', pod),
          conclusion: 'bind',
          reason: 'VolumeAttached',
          awaited: [],
          evidence: [
            {
              resource: 'volumeattachments',
              name: attachment.metadata.name,
              field: 'status.attached',
              value: 'true',
            },
          ],
          why: `volume ${volume.metadata.name} of ${pod.metadata.name} is attached to ${nodeName}`,
        }))
      }
    },

    /** Nobody wants it there any more, but the node has not said that it is unmounted. */
    mayNotDetach(attachment: VolumeAttachment, forcedInMs: number): void {
      tell(() => {
        const nodeName = attachment.spec?.nodeName ?? ''
        const volume = attachment.spec?.source.persistentVolumeName ?? ''
        const node = { resource: 'nodes', name: nodeName }
        const isForced = forcedInMs > 0
        return {
          subject: subjectOf('volumeattachments', attachment),
          conclusion: 'wait',
          reason: 'VolumeMounted',
          awaited: [{ ...node, namespace: '' }],
          evidence: [{ ...node, field: 'status.volumesInUse', value: volume }],
          why: `volume ${volume} stays attached to ${nodeName} until its kubelet says that it is unmounted${isForced ? `, or, if the node is not Ready, for ${Math.ceil(forcedInMs / 1000)} s at most` : ''}`,
        }
      })
    },
  }
}
