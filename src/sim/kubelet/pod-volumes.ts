import type * as core from 'kubernetes-types/core/v1'
import type { PersistentVolume, Pod } from '#sim/apimachinery/kinds.ts'
import { quantityValue } from '#sim/apimachinery/quantity.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'
import { newDirectory } from '#sim/kernel/os/filesystem.ts'
import { Device, type DirectoryInode, type Inode } from '#sim/kernel/os/inodes.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { decodeBase64, encodeBase64 } from '#sim/apimachinery/base64.ts'
import { type ContainerMount, subdirectory } from './container-host.ts'
import { type Content, contentVolume } from './content-volume.ts'
import type { StoredVolume, VolumeStore } from './volumes.ts'

/** A volume of a Pod, mounted on the node. */
export type PodVolume = {
  readonly name: string
  readonly root: () => DirectoryInode
  readonly source?: string
  readonly isReadOnly: boolean
  /** Name of an attachable disk, as node status lists it in volumesInUse. */
  readonly attachedName?: string
  /** Takes over what has changed in the ConfigMap or Secret behind it. */
  readonly refresh?: () => void
}

/** A volume that cannot be mounted yet: the words of the FailedMount event. */
export class MountError extends Error {
  override readonly name = 'MountError'
}

/** The disk has to be attached to the node first; nothing is told meanwhile. */
export class NotAttachedError extends Error {
  override readonly name = 'NotAttachedError'
}

export type VolumeContext = {
  readonly simulation: Simulation
  readonly client: Client
  readonly store: VolumeStore
  readonly nodeName: string
  /** Names of the disks that node status lists as attached. */
  readonly attachedNames: () => readonly string[]
}

/** Mounts one volume of a Pod; throws MountError or NotAttachedError while that cannot be. */
export function mountVolume(pod: Pod, volume: core.Volume, context: VolumeContext): PodVolume {
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName, readOnly } = volume.persistentVolumeClaim
    return mountClaim(pod, volume.name, claimName, readOnly === true, context)
  }
  const generated = volume as core.Volume & { ephemeral?: object }
  if (generated.ephemeral !== undefined) {
    return mountClaim(pod, volume.name, `${pod.metadata.name}-${volume.name}`, false, context)
  }
  if (volume.emptyDir !== undefined) return emptyDirectory(volume, context)
  if (volume.hostPath !== undefined) return hostDirectory(volume, context)
  if (volume.configMap !== undefined || volume.secret !== undefined) {
    return keyValueVolume(pod, volume, context)
  }
  if (volume.projected !== undefined || volume.downwardAPI !== undefined) {
    return projectedVolume(pod, volume, context)
  }
  throw new MountError(
    `MountVolume.SetUp failed for volume "${volume.name}" : this kind of volume is not simulated`,
  )
}

function mountClaim(
  pod: Pod,
  volumeName: string,
  claimName: string,
  isReadOnly: boolean,
  context: VolumeContext,
): PodVolume {
  const { client, store } = context
  const key = `${pod.metadata.namespace}/${claimName}`
  const unprocessed = (problem: string) =>
    new MountError(
      `Unable to attach or mount volumes: unmounted volumes=[${volumeName}], unattached volumes=[], failed to process volumes=[${volumeName}]: error processing PVC ${key}: ${problem}`,
    )
  const claim = client.resource('persistentvolumeclaims').find(claimName, pod.metadata.namespace)
  if (claim === undefined) {
    throw unprocessed(
      `failed to fetch PVC from API server: persistentvolumeclaims "${claimName}" not found`,
    )
  }
  const pvName = claim.spec?.volumeName ?? ''
  if (claim.status?.phase !== 'Bound' || pvName === '') throw unprocessed('PVC is not bound')
  const pv = client.resource('persistentvolumes').find(pvName)
  if (pv === undefined)
    throw unprocessed(
      `failed to fetch PV ${pvName} from API server: persistentvolumes "${pvName}" not found`,
    )
  const attachedName = attachableName(pv)
  if (attachedName !== undefined && !context.attachedNames().includes(attachedName)) {
    throw new NotAttachedError(pvName)
  }
  const stored = store.ensure(pvName, {
    capacityBytes: quantityValue(pv.spec?.capacity?.['storage'] ?? '1Gi'),
    isBlockDisk: attachedName !== undefined,
  })
  return {
    name: volumeName,
    root: () => rootOf(stored),
    source: stored.device.name,
    isReadOnly,
    ...(attachedName === undefined ? {} : { attachedName }),
  }
}

function rootOf(stored: StoredVolume): DirectoryInode {
  return stored.root
}

/** What node status calls an attachable disk; undefined for local, hostPath and network volumes. */
function attachableName(pv: PersistentVolume): string | undefined {
  const spec = pv.spec ?? {}
  if (spec.csi !== undefined) return `kubernetes.io/csi/${spec.csi.driver}^${spec.csi.volumeHandle}`
  const ebs = spec.awsElasticBlockStore
  if (ebs !== undefined) return `kubernetes.io/aws-ebs/${ebs.volumeID}`
  const gce = spec.gcePersistentDisk
  if (gce !== undefined) return `kubernetes.io/gce-pd/${gce.pdName}`
  return undefined
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function emptyDirectory(volume: core.Volume, context: VolumeContext): PodVolume {
  const { medium, sizeLimit } = volume.emptyDir ?? {}
  const isMemory = medium === 'Memory'
  const source = isMemory ? 'tmpfs' : '/dev/sda1'
  return {
    name: volume.name,
    source,
    isReadOnly: false,
    root: lazily(() => {
      const device = new Device({
        name: source,
        type: isMemory ? 'tmpfs' : 'ext4',
        ...(sizeLimit === undefined ? {} : { capacityBytes: quantityValue(sizeLimit) }),
      })
      const root = newDirectory(device, context.simulation)
      root.mode = 0o777
      return root
    }),
  }
}

function hostDirectory(volume: core.Volume, context: VolumeContext): PodVolume {
  const { path = '/', type = '' } = volume.hostPath ?? {}
  const files = context.store.hostFiles(context.nodeName)
  const refuse = (problem: string) =>
    new MountError(
      `MountVolume.SetUp failed for volume "${volume.name}" : hostPath type check failed: ${path} ${problem}`,
    )
  if (type === 'Directory' && !files.isDirectory(path)) throw refuse('is not a directory')
  if (type === 'File' && (!files.exists(path) || files.isDirectory(path))) {
    throw refuse('is not a file')
  }
  return {
    name: volume.name,
    source: '/dev/sda1',
    isReadOnly: false,
    root: lazily(() => {
      if (!files.exists(path)) files.mkdir(path, { recursive: true })
      return files.inode(path) as DirectoryInode // Files are mounted like directories.
    }),
  }
}

type Items = readonly { readonly key: string; readonly path: string }[] | undefined

function keyValueVolume(pod: Pod, volume: core.Volume, context: VolumeContext): PodVolume {
  const read = () => keyValueContent(pod, volume.name, volume, context)
  return contentVolume(volume.name, read, context.simulation)
}

function keyValueContent(
  pod: Pod,
  volumeName: string,
  source: {
    readonly configMap?: core.ConfigMapVolumeSource
    readonly secret?: core.SecretVolumeSource & { name?: string }
  },
  context: VolumeContext,
): Content {
  const { configMap, secret } = source
  const kind = configMap === undefined ? 'secret' : 'configmap'
  const name = configMap?.name ?? secret?.secretName ?? secret?.name ?? ''
  const data = readData(context.client, kind, name, pod.metadata.namespace ?? '')
  if (data === undefined) {
    if ((configMap ?? secret)?.optional === true) return new Map()
    throw new MountError(
      `MountVolume.SetUp failed for volume "${volumeName}" : ${kind} "${name}" not found`,
    )
  }
  return selectItems(data, configMap?.items ?? secret?.items)
}

function selectItems(data: Content, items: Items): Content {
  if (items === undefined) return data
  const selected = new Map<string, string>()
  for (const { key, path } of items) {
    const value = data.get(key)
    if (value !== undefined) selected.set(path, value)
  }
  return selected
}

/** Keys and values of a ConfigMap or Secret; undefined if there is none. */
export function readData(
  client: Client,
  kind: 'configmap' | 'secret',
  name: string,
  namespace: string,
): Content | undefined {
  if (kind === 'configmap') {
    const configMap = client.resource('configmaps').find(name, namespace)
    return configMap === undefined ? undefined : new Map(Object.entries(configMap.data ?? {}))
  }
  const secret = client.resource('secrets').find(name, namespace)
  if (secret === undefined) return undefined
  const entries = Object.entries(secret.data ?? {})
  return new Map(entries.map(([key, value]) => [key, decodeBase64(value)]))
}

function projectedVolume(pod: Pod, volume: core.Volume, context: VolumeContext): PodVolume {
  const sources = volume.projected?.sources ?? [{ downwardAPI: volume.downwardAPI ?? {} }]
  const read = () => {
    const content = new Map<string, string>()
    for (const source of sources) {
      for (const [path, text] of sourceContent(pod, volume.name, source, context)) {
        content.set(path, text)
      }
    }
    return content
  }
  // What every Pod has cannot be missing, so it is read when somebody looks.
  const isAlwaysThere = sources.every(
    ({ configMap, secret }) =>
      secret === undefined && (configMap === undefined || configMap.name === ROOT_CA),
  )
  return contentVolume(volume.name, read, context.simulation, isAlwaysThere)
}

const ROOT_CA = 'kube-root-ca.crt'

function sourceContent(
  pod: Pod,
  volumeName: string,
  source: core.VolumeProjection,
  context: VolumeContext,
): Content {
  if (source.serviceAccountToken !== undefined) {
    return new Map([[source.serviceAccountToken.path, serviceAccountToken(pod)]])
  }
  if (source.downwardAPI !== undefined) {
    const items = source.downwardAPI.items ?? []
    return new Map(items.map((item) => [item.path, fieldText(pod, item.fieldRef?.fieldPath ?? '')]))
  }
  if (source.configMap?.name === ROOT_CA) {
    return selectItems(rootCertificates(pod, context), source.configMap.items)
  }
  return keyValueContent(pod, volumeName, source as core.Volume, context)
}

// Every namespace gets them from a controller; here a Pod neither waits nor fails for them.
function rootCertificates(pod: Pod, context: VolumeContext): Content {
  const nothing = new Map([['ca.crt', '']])
  try {
    const namespace = pod.metadata.namespace ?? ''
    return readData(context.client, 'configmap', ROOT_CA, namespace) ?? nothing
  } catch (error) {
    if (error instanceof StatusError) return nothing
    throw error
  }
}

// Three parts like a real one, and readable; nobody checks the signature.
function serviceAccountToken(pod: Pod): string {
  const namespace = pod.metadata.namespace ?? 'default'
  const name = pod.spec?.serviceAccountName ?? 'default'
  const part = (value: object) => encodeBase64(JSON.stringify(value)).replace(/=+$/, '')
  const claims = {
    iss: 'https://kubernetes.default.svc.cluster.local',
    sub: `system:serviceaccount:${namespace}:${name}`,
    'kubernetes.io': { namespace, pod: { name: pod.metadata.name, uid: pod.metadata.uid } },
  }
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${encodeBase64(pod.metadata.uid)}`
}

/** A field of the Pod as the downward API tells it; '' for what it does not know. */
export function fieldText(pod: Pod, path: string): string {
  const { metadata, spec, status } = pod
  const map = /^metadata\.(labels|annotations)(?:\['(.+)'\])?$/.exec(path)
  if (map !== null) {
    const values = metadata[map[1] as 'labels' | 'annotations'] ?? {}
    if (map[2] !== undefined) return values[map[2]] ?? ''
    const keys = Object.keys(values).sort()
    return keys.map((key) => `${key}=${JSON.stringify(values[key])}`).join('\n')
  }
  switch (path) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid
    case 'spec.nodeName':
      return spec?.nodeName ?? ''
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? ''
    case 'status.podIP':
    case 'status.podIPs':
      return status?.podIP ?? ''
    case 'status.hostIP':
    case 'status.hostIPs':
      return status?.hostIP ?? ''
    default:
      return ''
  }
}

/** What a container sees of its Pod's volumes. */
export function containerMounts(
  container: core.Container,
  volumes: ReadonlyMap<string, PodVolume>,
  simulation: Simulation,
  expand: (text: string) => string,
): readonly ContainerMount[] {
  const mounts: ContainerMount[] = []
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name)
    if (volume === undefined) continue
    const subPath = mount.subPath ?? (mount.subPathExpr && expand(mount.subPathExpr))
    mounts.push({
      path: mount.mountPath,
      readOnly: mount.readOnly === true || volume.isReadOnly,
      inode: () => inodeAt(volume.root(), subPath, simulation),
      ...(volume.source === undefined ? {} : { source: volume.source }),
    })
  }
  return mounts
}

function inodeAt(root: DirectoryInode, subPath: string | undefined, simulation: Simulation): Inode {
  if (subPath === undefined || subPath === '') return root
  return subdirectory(root, subPath, simulation)
}
