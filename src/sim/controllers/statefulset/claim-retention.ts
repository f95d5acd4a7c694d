import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { OwnerReference } from 'kubernetes-types/meta/v1'
import { isInRange } from './ordinals.ts'

/**
 * Who may own a claim under the retention policy. Deleting is the garbage collector's; the
 * controller only says, by owner references, with whom a claim goes.
 */
export type ClaimOwners = {
  readonly set: StatefulSet
  readonly pod: Pod
  /** The Pod's ordinal; a Pod out of range is condemned. */
  readonly ordinal: number
}

export type RetentionPolicy = {
  readonly whenDeleted: 'Retain' | 'Delete'
  readonly whenScaled: 'Retain' | 'Delete'
}

/** Anything but the word Delete retains. */
export function retentionPolicy(set: StatefulSet): RetentionPolicy {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy
  const whenDeleted = policy?.whenDeleted ?? 'Retain'
  const whenScaled = policy?.whenScaled ?? 'Retain'
  if (!isKnown(whenDeleted) || !isKnown(whenScaled)) {
    return { whenDeleted: 'Retain', whenScaled: 'Retain' }
  }
  return { whenDeleted, whenScaled }
}

export function ownersMatchPolicy(claim: PersistentVolumeClaim, owners: ClaimOwners): boolean {
  const refs = claim.metadata.ownerReferences ?? []
  if (refs.length === 0) return wantedOwners(owners) === 'none'
  const { set, pod } = owners
  if (isStale(refs, setIdentity(set)) || isStale(refs, podIdentity(pod))) return true
  const ownedBySet = has(refs, set.metadata.uid)
  const ownedByPod = has(refs, pod.metadata.uid)
  if (hasUnexpectedController(claim, owners)) return !ownedBySet && !ownedByPod
  const uids = [set.metadata.uid, pod.metadata.uid]
  if (refs.some(({ uid, controller }) => uids.includes(uid) && controller !== true)) return false
  const wanted = wantedOwners(owners)
  return ownedBySet === (wanted === 'set') && ownedByPod === (wanted === 'pod')
}

/** The references as the policy wants them. Those of other owners stay. */
export function ownersByPolicy(
  claim: PersistentVolumeClaim,
  owners: ClaimOwners,
): readonly OwnerReference[] {
  const set = setIdentity(owners.set)
  const pod = podIdentity(owners.pod)
  const refs = claim.metadata.ownerReferences ?? []
  const others = refs.filter((ref) => !matches(ref, set) && !matches(ref, pod))
  if (hasUnexpectedController(claim, owners)) return others
  const wanted = wantedOwners(owners)
  if (wanted === 'none') return others
  const owner = wanted === 'set' ? set : pod
  return [...others, { ...owner, controller: true, blockOwnerDeletion: true }]
}

/** Somebody else manages the claim; the policy then keeps its hands off. */
export function hasUnexpectedController(
  claim: PersistentVolumeClaim,
  { set, pod }: ClaimOwners,
): boolean {
  const refs = claim.metadata.ownerReferences
  if (refs === undefined || refs.length === 0) return false
  const { whenDeleted, whenScaled } = retentionPolicy(set)
  if (whenDeleted === 'Retain' && whenScaled === 'Retain') return false
  const ours = [setIdentity(set), podIdentity(pod)]
  return refs.some((ref) => {
    const own = ours.find((owner) => matches(ref, owner))
    return own === undefined ? ref.controller === true : ref.uid !== own.uid
  })
}

/**
 * The claim belongs to an earlier Pod of this name and will go with it. A Pod that does not exist
 * yet has no uid, so any Pod's reference is an earlier one's.
 */
export function isStaleForPod(claim: PersistentVolumeClaim, podName: string, uid: string): boolean {
  const refs = claim.metadata.ownerReferences ?? []
  return isStale(refs, { apiVersion: 'v1', kind: 'Pod', name: podName, uid })
}

type Identity = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>

function wantedOwners({ set, ordinal }: ClaimOwners): 'none' | 'set' | 'pod' {
  const { whenDeleted, whenScaled } = retentionPolicy(set)
  // A condemned Pod's claim goes with the Pod; with both it must not wait for the set as well.
  if (whenScaled === 'Delete' && !isInRange(set, ordinal)) return 'pod'
  return whenDeleted === 'Delete' ? 'set' : 'none'
}

function setIdentity({ metadata }: StatefulSet): Identity {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', name: metadata.name, uid: metadata.uid }
}

function podIdentity({ metadata }: Pod): Identity {
  return { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid }
}

function matches(ref: OwnerReference, owner: Identity): boolean {
  return ref.kind === owner.kind && ref.name === owner.name && ref.apiVersion === owner.apiVersion
}

function isStale(refs: readonly OwnerReference[], owner: Identity): boolean {
  const first = refs.find((ref) => matches(ref, owner))
  return first !== undefined && first.uid !== owner.uid
}

function has(refs: readonly OwnerReference[], uid: string): boolean {
  return refs.some((ref) => ref.uid === uid)
}

function isKnown(word: string): word is 'Retain' | 'Delete' {
  return word === 'Retain' || word === 'Delete'
}
