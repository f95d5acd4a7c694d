import type { PersistentVolume } from '#sim/apimachinery/kinds.ts'

export type Attachable = {
  /** As node status lists it: `kubernetes.io/csi/ebs.csi.aws.com^vol-1`. */
  readonly name: string
  readonly attacher: string
}

/** How a volume is attached, or undefined where it needs no attaching. */
export function attachableOf(volume: PersistentVolume): Attachable | undefined {
  const { csi, awsElasticBlockStore, gcePersistentDisk } = volume.spec ?? {}
  if (csi !== undefined)
    return { name: `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle}`, attacher: csi.driver }
  if (awsElasticBlockStore !== undefined) {
    const { volumeID } = awsElasticBlockStore
    return { name: `kubernetes.io/aws-ebs/${volumeID}`, attacher: 'ebs.csi.aws.com' }
  }
  if (gcePersistentDisk !== undefined) {
    const { pdName } = gcePersistentDisk
    return { name: `kubernetes.io/gce-pd/${pdName}`, attacher: 'pd.csi.storage.gke.io' }
  }
  return undefined
}

/** Whether several nodes may have the volume at a time. */
export function isShareable(volume: PersistentVolume): boolean {
  const modes = volume.spec?.accessModes ?? []
  return modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany')
}
