import { objectKey } from '#sim/apimachinery/objects.ts'
import { type ByUid, conditionStatus, type KnownKinds } from './kube.ts'
import { formatQuantity } from './time.ts'

export type ClaimView = {
  readonly uid: string
  readonly name: string
  readonly state: string
  readonly tone: 'ok' | 'warn' | 'bad'
  readonly detail: string
  /** The same in a word or two. */
  readonly brief: string
  readonly volume: string | undefined
  readonly users: readonly string[]
}

/** Pods by the `namespace/claim` they mount. */
export type PodsByClaim = ReadonlyMap<string, readonly KnownKinds['Pod'][]>

export type ClaimInput = {
  readonly podsByClaim: PodsByClaim
  readonly volumes: ByUid<KnownKinds['PersistentVolume']>
  readonly attachments: ByUid<KnownKinds['VolumeAttachment']>
}

export function claimView(
  input: ClaimInput,
  claim: KnownKinds['PersistentVolumeClaim'],
): ClaimView {
  const users = input.podsByClaim.get(objectKey(claim)) ?? []
  const isGoing = claim.metadata.deletionTimestamp !== undefined
  const state = isGoing ? 'Terminating' : (claim.status?.phase ?? 'Pending')
  return {
    uid: claim.metadata.uid,
    name: claim.metadata.name,
    state,
    tone: state === 'Bound' ? 'ok' : state === 'Lost' ? 'bad' : 'warn',
    detail: claimDetail(input, claim, state, users),
    brief: state !== 'Bound' ? '' : users.length === 0 ? 'kept' : sizeOf(claim),
    volume: claim.spec?.volumeName,
    users: users.map((pod) => pod.metadata.name),
  }
}

function claimDetail(
  { attachments }: ClaimInput,
  claim: KnownKinds['PersistentVolumeClaim'],
  state: string,
  users: readonly KnownKinds['Pod'][],
): string {
  const user = users[0]
  if (state === 'Lost') return 'its volume is gone'
  if (state === 'Terminating') {
    return user === undefined ? 'being deleted' : `held while ${user.metadata.name} uses it`
  }
  if (state === 'Pending')
    return user === undefined ? 'waits for its first Pod' : 'waits for a volume'
  const size = sizeOf(claim)
  const mounter = users.find((pod) => conditionStatus(pod, 'PodReadyToStartContainers') === 'True')
  if (mounter?.spec?.nodeName !== undefined) return `${size}, mounted on ${mounter.spec.nodeName}`
  const node = attachedTo(attachments, claim.spec?.volumeName)
  if (node !== undefined) return `${size}, attached to ${node}`
  return user === undefined ? `${size}, kept, no Pod uses it` : `${size}, not mounted yet`
}

function sizeOf(claim: KnownKinds['PersistentVolumeClaim']): string {
  return formatQuantity(claim.status?.capacity?.['storage'])
}

/** The node a volume is attached to, where anything says so. */
export function attachedTo(
  attachments: ByUid<KnownKinds['VolumeAttachment']>,
  volume: string | undefined,
): string | undefined {
  if (volume === undefined) return undefined
  for (const { spec, status } of attachments.values()) {
    if (spec.source.persistentVolumeName === volume && status?.attached === true) {
      return spec.nodeName
    }
  }
  return undefined
}

export function indexPodsByClaim(pods: ByUid<KnownKinds['Pod']>): PodsByClaim {
  const index = new Map<string, KnownKinds['Pod'][]>()
  for (const pod of pods.values()) {
    for (const { persistentVolumeClaim } of pod.spec?.volumes ?? []) {
      if (persistentVolumeClaim === undefined) continue
      const key = `${pod.metadata.namespace}/${persistentVolumeClaim.claimName}`
      const users = index.get(key)
      if (users === undefined) index.set(key, [pod])
      else users.push(pod)
    }
  }
  return index
}

/** Provisioned volumes are named by a whole UID; its first part tells them apart. */
export function withShortVolumes(text: string): string {
  return text.replaceAll(/\b(pvc-[0-9a-f]{8})-[0-9a-f-]{27}\b/g, '$1')
}
