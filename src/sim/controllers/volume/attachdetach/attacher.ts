import type { VolumeAttachment } from '#sim/apimachinery/kinds.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../../context.ts'

export type AttachFaults = {
  /** Why the disk cannot be attached now; undefined where it can. */
  readonly refuseAttach?: (attachment: VolumeAttachment) => string | undefined
  readonly refuseDetach?: (attachment: VolumeAttachment) => string | undefined
}

const RETRY_MS = 10_000

/**
 * Carries out what VolumeAttachments ask for, as the sidecar of a storage driver does: attaching
 * and detaching take their time, and the object goes only when the disk is free.
 *
 * Upstream: kubernetes-csi/external-attacher.
 */
export function startAttacher(context: ControllerContext, faults: AttachFaults = {}): void {
  const { simulation, informers, timings } = context
  const attachments = informers.for('volumeattachments')
  const client = context
    .clientFor(serviceAccount('csi-attacher'), 'csi-attacher')
    .resource('volumeattachments')
  const atWork = new Set<string>()

  function review({ metadata, status }: VolumeAttachment): void {
    if (atWork.has(metadata.uid)) return
    if (metadata.deletionTimestamp !== undefined) work(metadata.name, metadata.uid, 'detach')
    else if (status?.attached !== true) work(metadata.name, metadata.uid, 'attach')
  }

  function work(name: string, uid: string, task: 'attach' | 'detach', delayMs?: number): void {
    atWork.add(uid)
    const takesMs = task === 'attach' ? timings.attachMs() : timings.detachMs()
    simulation.after(
      delayMs ?? takesMs,
      () => {
        atWork.delete(uid)
        const attachment = client.find(name)
        if (attachment === undefined || attachment.metadata.uid !== uid) return
        const problem =
          task === 'attach' ? faults.refuseAttach?.(attachment) : faults.refuseDetach?.(attachment)
        try {
          if (problem !== undefined) report(attachment, task, problem)
          else if (task === 'attach') attach(attachment)
          else detach(attachment)
        } catch (error) {
          if (!isStatusReason(error, 'Conflict', 'NotFound')) throw error
          work(name, uid, task, RETRY_MS)
        }
      },
      { label: `csi-attacher/${task}` },
    )
  }

  function attach(attachment: VolumeAttachment): void {
    if (attachment.metadata.deletionTimestamp !== undefined) {
      review(attachment)
      return
    }
    const finalizers = [...(attachment.metadata.finalizers ?? []), finalizerOf(attachment)]
    const held = client.update({
      ...attachment,
      metadata: { ...attachment.metadata, finalizers: [...new Set(finalizers)] },
    })
    client.updateStatus({ ...held, status: { attached: true } })
  }

  function detach(attachment: VolumeAttachment): void {
    const finalizer = finalizerOf(attachment)
    const finalizers = (attachment.metadata.finalizers ?? []).filter((one) => one !== finalizer)
    client.update({ ...attachment, metadata: { ...attachment.metadata, finalizers } })
  }

  function report(attachment: VolumeAttachment, task: 'attach' | 'detach', problem: string): void {
    const time = `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
    const error = { message: problem, time }
    const attached = attachment.status?.attached ?? false
    client.updateStatus({
      ...attachment,
      status: {
        attached,
        ...(task === 'attach' ? { attachError: error } : { detachError: error }),
      },
    })
    const { name, uid } = attachment.metadata
    work(name, uid, task, RETRY_MS)
  }

  attachments.onChange({ added: review, updated: (_old, attachment) => review(attachment) })
}

function finalizerOf({ spec }: VolumeAttachment): string {
  return `external-attacher/${(spec?.attacher ?? '').replaceAll('.', '-')}`
}
