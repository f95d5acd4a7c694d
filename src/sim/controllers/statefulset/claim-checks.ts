import type { PersistentVolumeClaim, StatefulSet } from '#sim/apimachinery/kinds.ts'
import {
  hasUnexpectedController,
  isStaleForPod,
  ownersMatchPolicy,
  retentionPolicy,
} from './claim-retention.ts'
import { claimName, claimTemplates } from './claims.ts'
import type { PodState } from './pod-state.ts'

/** Claims as the cache has them. */
export type ClaimLookup = {
  /** By `namespace/name`. */
  readonly claim: (key: string) => PersistentVolumeClaim | undefined
}

export function claimKey(set: StatefulSet, name: string): string {
  return `${set.metadata.namespace}/${name}`
}

/** A claim that does not exist is nobody's, and so in order. */
export function claimOwnersMatch(
  { claim }: ClaimLookup,
  set: StatefulSet,
  { pod, ordinal }: PodState,
): boolean {
  for (const template of claimTemplates(set)) {
    const found = claim(claimKey(set, claimName(template, set, ordinal)))
    if (found !== undefined && !ownersMatchPolicy(found, { set, pod, ordinal })) return false
  }
  return true
}

/**
 * A claim is missing, is being deleted, has owners that the policy does not want, or somebody
 * else's controller, which is worth an event.
 */
export function claimsNeedWork(
  { claim }: ClaimLookup,
  set: StatefulSet,
  { pod, ordinal }: PodState,
): boolean {
  for (const template of claimTemplates(set)) {
    const found = claim(claimKey(set, claimName(template, set, ordinal)))
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return true
    const owners = { set, pod, ordinal }
    if (!ownersMatchPolicy(found, owners) || hasUnexpectedController(found, owners)) return true
  }
  return false
}

/** The first claim of an ordinal that is on its way out: no Pod is created on it. */
export function deletingClaim(
  { claim }: ClaimLookup,
  set: StatefulSet,
  ordinal: number,
): string | undefined {
  return claimTemplates(set)
    .map((template) => claimName(template, set, ordinal))
    .find((name) => claim(claimKey(set, name))?.metadata.deletionTimestamp !== undefined)
}

/**
 * The claim that keeps an ordinal from being filled: it belongs to an earlier Pod and the garbage
 * collector will delete it, with what the new Pod would write to it.
 */
export function staleClaim(
  { claim }: ClaimLookup,
  set: StatefulSet,
  pod: { readonly name: string; readonly ordinal: number; readonly uid: string },
): string | undefined {
  if (retentionPolicy(set).whenScaled === 'Retain') return undefined
  for (const template of claimTemplates(set)) {
    const name = claimName(template, set, pod.ordinal)
    const found = claim(claimKey(set, name))
    if (found !== undefined && isStaleForPod(found, pod.name, pod.uid)) return name
  }
  return undefined
}
