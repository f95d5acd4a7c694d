import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '#sim/apimachinery/kinds.ts'
import { quantityValue } from '#sim/apimachinery/quantity.ts'
import type { Unstored } from '#sim/client/client.ts'

export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by'
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node'

const ZONE = 'topology.kubernetes.io/zone'
const GIBIBYTE = 1024 ** 3

type Spec = NonNullable<PersistentVolume['spec']>
type Place = {
  readonly claim: PersistentVolumeClaim
  readonly storageClass: StorageClass
  /** The node the scheduler selected. */
  readonly node: Node | undefined
  readonly anyNode: () => Node | undefined
}
type Backing = {
  readonly source: Partial<Spec>
  readonly nodeAffinity?: Spec['nodeAffinity']
  readonly capacity: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
}

/** The volume that a class's provisioner makes for a claim. */
export function newProvisionedVolume(place: Place): Unstored<PersistentVolume> {
  const { claim, storageClass } = place
  const { name, namespace, uid, resourceVersion } = claim.metadata
  const { provisioner, reclaimPolicy = 'Delete', mountOptions } = storageClass
  const backing = (BACKINGS[provisioner] ?? csiDisk)(place)
  const { source, nodeAffinity, capacity, annotations, finalizers } = backing
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `pvc-${uid}`,
      annotations: { ...annotations, [PROVISIONED_BY]: provisioner },
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec: {
      ...source,
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: capacity },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        name,
        ...(namespace === undefined ? {} : { namespace }),
        resourceVersion,
        uid,
      },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
      ...(mountOptions === undefined ? {} : { mountOptions }),
      ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
    },
  }
}

/** What stands behind the volumes of well-known provisioners; all others make CSI disks. */
const BACKINGS: Readonly<Record<string, (place: Place) => Backing>> = {
  'rancher.io/local-path': localDirectory,
  'k8s.io/minikube-hostpath': sharedDirectory,
  'kubernetes.io/aws-ebs': elasticBlockStore,
}

/** A directory of one node: whoever uses it is tied to that node. */
function localDirectory({ claim, node, anyNode }: Place): Backing {
  const { name, namespace, uid } = claim.metadata
  const host = node ?? anyNode()
  const hostname = host?.metadata.labels?.['kubernetes.io/hostname'] ?? host?.metadata.name ?? ''
  return {
    source: {
      hostPath: {
        path: `/var/local-path-provisioner/pvc-${uid}_${namespace}_${name}`,
        type: 'DirectoryOrCreate',
      },
    },
    nodeAffinity: required('kubernetes.io/hostname', hostname),
    capacity: wanted(claim),
    annotations: { 'local.path.provisioner/selected-node': host?.metadata.name ?? '' },
  }
}

function sharedDirectory({ claim }: Place): Backing {
  const { name, namespace } = claim.metadata
  return {
    source: { hostPath: { path: `/tmp/hostpath-provisioner/${namespace}/${name}`, type: '' } },
    capacity: wanted(claim),
  }
}

function elasticBlockStore(place: Place): Backing {
  const { claim, storageClass } = place
  const zone = zoneOf(place)
  const volumeID = `aws://${zone ?? 'us-west-2a'}/vol-${digits(claim)}`
  const fsType = storageClass.parameters?.['fsType'] ?? 'ext4'
  return {
    source: { awsElasticBlockStore: { volumeID, fsType } },
    ...(zone === undefined ? {} : { nodeAffinity: required(ZONE, zone) }),
    capacity: roundedUp(claim),
  }
}

function csiDisk(place: Place): Backing {
  const { claim, storageClass } = place
  const { provisioner } = storageClass
  const zone = zoneOf(place)
  return {
    source: {
      csi: {
        driver: provisioner,
        volumeHandle: `vol-${digits(claim)}`,
        fsType: storageClass.parameters?.['csi.storage.k8s.io/fstype'] ?? 'ext4',
      },
    },
    ...(zone === undefined ? {} : { nodeAffinity: required(ZONE, zone) }),
    capacity: roundedUp(claim),
    finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'],
  }
}

function zoneOf({ node, anyNode }: Place): string | undefined {
  return (node ?? anyNode())?.metadata.labels?.[ZONE]
}

function required(key: string, value: string): NonNullable<Spec['nodeAffinity']> {
  const matchExpressions = [{ key, operator: 'In', values: [value] }]
  return { required: { nodeSelectorTerms: [{ matchExpressions }] } }
}

function wanted(claim: PersistentVolumeClaim): string {
  return claim.spec?.resources?.requests?.['storage'] ?? '1Gi'
}

/** Disks come in whole gibibytes. */
function roundedUp(claim: PersistentVolumeClaim): string {
  return `${Math.ceil(quantityValue(wanted(claim)) / GIBIBYTE)}Gi`
}

/** Seventeen hexadecimal digits, as disks are numbered, from the claim's uid. */
function digits(claim: PersistentVolumeClaim): string {
  return `0${claim.metadata.uid.replaceAll('-', '').slice(0, 16)}`
}
