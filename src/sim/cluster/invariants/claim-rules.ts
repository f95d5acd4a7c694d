import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { retentionPolicy } from '#sim/controllers/statefulset/claim-retention.ts'
import { claimName, claimTemplates } from '#sim/controllers/statefulset/claims.ts'
import { isInRange, parsePodName, podName } from '#sim/controllers/statefulset/ordinals.ts'
import type { Fault } from './pod-order.ts'

const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name'

/** A Pod as the controller made it: its name is its ordinal's, and its claims are its own. */
export function identityFault(set: StatefulSet, pod: Pod): Fault | undefined {
  const { name, labels } = pod.metadata
  const { parent, ordinal } = parsePodName(name)
  const own = podName(set, ordinal)
  if (parent !== set.metadata.name || name !== own || labels?.[POD_NAME_LABEL] !== name) {
    return { rule: 'one live Pod an ordinal', text: `its name and labels are not those of ${own}` }
  }
  for (const template of claimTemplates(set)) {
    const wanted = claimName(template, set, ordinal)
    const volume = pod.spec?.volumes?.find((one) => one.name === template.metadata?.name)
    const mounted = volume?.persistentVolumeClaim?.claimName
    if (mounted === wanted) continue
    const text = `its claim is ${wanted}, and it has ${mounted ?? 'none'}`
    return { rule: 'Pod and claim belong together', text }
  }
  return undefined
}

export type OwnershipContext = {
  /** As the controller knows them. */
  readonly setByUid: (uid: string) => StatefulSet | undefined
  readonly setOfPod: (namespace: string, name: string) => StatefulSet | undefined
}

/** Whether the owners that the StatefulSet controller gave a claim are those of the policy. */
export function ownershipFault(
  claim: PersistentVolumeClaim,
  { setByUid, setOfPod }: OwnershipContext,
): Fault | undefined {
  const { namespace = '', name, ownerReferences = [] } = claim.metadata
  for (const owner of ownerReferences) {
    if (owner.kind === 'StatefulSet') {
      const set = setByUid(owner.uid)
      if (set === undefined || retentionPolicy(set).whenDeleted === 'Delete') continue
      return retained(`it is owned by the set, whose policy is to retain it when it is deleted`)
    }
    if (owner.kind !== 'Pod') continue
    const set = setOfPod(namespace, owner.name)
    if (set === undefined) continue
    if (!name.endsWith(`-${owner.name}`)) {
      const text = `it is owned by ${owner.name}, which does not mount it`
      return { rule: 'Pod and claim belong together', text }
    }
    if (retentionPolicy(set).whenScaled !== 'Delete') {
      return retained(`it is owned by its Pod, and the policy is to retain it on a scale-down`)
    }
    if (isInRange(set, parsePodName(owner.name).ordinal)) {
      return retained(`it is owned by its Pod, which is not being scaled down`)
    }
  }
  return undefined
}

export type ClaimDeletion = {
  readonly claim: KubeObject
  readonly user: string
  readonly isNamespaceTerminating: boolean
  /** The owner as stored, if it is a set or a Pod that exists. */
  readonly owner: (uid: string) => KubeObject | undefined
}

const CONTROLLERS = 'system:serviceaccount:kube-system:'
const GARBAGE_COLLECTOR = `${CONTROLLERS}generic-garbage-collector`
const NAMESPACE_CONTROLLER = `${CONTROLLERS}namespace-controller`

/**
 * Claims hold what a person wants to keep. A controller deletes one only because all its owners
 * are gone, or its namespace goes.
 */
export function claimDeletionFault(deletion: ClaimDeletion): Fault | undefined {
  const { claim, user, owner } = deletion
  if (!user.startsWith(CONTROLLERS)) return undefined
  if (user === NAMESPACE_CONTROLLER && deletion.isNamespaceTerminating) return undefined
  if (user !== GARBAGE_COLLECTOR) return retained('only a person or the garbage collector may')
  const owners = claim.metadata.ownerReferences ?? []
  if (owners.length === 0) return retained('it has no owner to go with')
  for (const { uid } of owners) {
    const living = owner(uid)
    if (living === undefined || living.metadata.deletionTimestamp !== undefined) continue
    return retained(`its owner ${living.kind} ${living.metadata.name} lives`)
  }
  return undefined
}

function retained(text: string): Fault {
  return { rule: 'a retained claim is not deleted by a controller', text }
}
