import type { PersistentVolumeClaim, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { claimKey, type ClaimLookup, claimOwnersMatch, claimsNeedWork } from './claim-checks.ts'
import { claimName, claimTemplates } from './claims.ts'
import type { Reason } from './decisions.ts'
import { identityMatches, storageMatches } from './identity.ts'
import type { PodState } from './pod-state.ts'

/** How a Pod stands to what the set's spec and the claims ask of it. */
export type Fitness = {
  /** A claim is missing, is being deleted, or has other owners than the policy wants. */
  readonly needsClaims: boolean
  readonly mismatch: Extract<Reason, { type: 'mismatch' }> | undefined
}

/** A fitness found out earlier, with all that it was found out from. */
export type FitnessMemo = {
  readonly fitness: Fitness
  readonly spec: StatefulSet['spec']
  readonly claimKeys: readonly string[]
  readonly claims: readonly (PersistentVolumeClaim | undefined)[]
  claimsVersion: string
}

export type FitnessBasis = ClaimLookup & {
  readonly set: StatefulSet
  /** The set with the template of its update revision. */
  readonly updateSet: StatefulSet
  /** Changes whenever a claim comes, goes, or changes in what is looked at here. */
  readonly claimsVersion: string
}

/**
 * Most passes over a large set are due to one Pod's change. What was found out about the others is
 * found out again only when the spec or one of their claims has changed.
 */
export function fitnessOf(basis: FitnessBasis, pod: PodState): Fitness {
  const { fitness } = pod.memo
  if (fitness !== undefined && isValid(fitness, basis)) return fitness.fitness
  const { set, updateSet, claimsVersion, claim } = basis
  const claimKeys = claimTemplates(set).map((template) =>
    claimKey(set, claimName(template, set, pod.ordinal)),
  )
  const found: FitnessMemo = {
    fitness: {
      needsClaims: claimsNeedWork(basis, set, pod),
      mismatch: mismatchOf(basis, updateSet, pod),
    },
    spec: set.spec,
    claimKeys,
    claims: claimKeys.map(claim),
    claimsVersion,
  }
  pod.memo.fitness = found
  return found.fitness
}

function isValid(memo: FitnessMemo, { set, claim, claimsVersion }: FitnessBasis): boolean {
  if (memo.spec !== set.spec) return false
  if (memo.claimsVersion === claimsVersion) return true
  for (let index = 0; index < memo.claimKeys.length; index++) {
    if (claim(memo.claimKeys[index] ?? '') !== memo.claims[index]) return false
  }
  memo.claimsVersion = claimsVersion
  return true
}

function mismatchOf(claims: ClaimLookup, set: StatefulSet, pod: PodState): Fitness['mismatch'] {
  if (!identityMatches(set, pod)) return { type: 'mismatch', of: 'identity' }
  if (!storageMatches(set, pod)) return { type: 'mismatch', of: 'storage' }
  if (!claimOwnersMatch(claims, set, pod)) return { type: 'mismatch', of: 'claimOwners' }
  return undefined
}
