import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'
import type { Informer } from '#sim/client/informer.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import type { OwnerReference } from 'kubernetes-types/meta/v1'

/** The owner that manages the object; an object has at most one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences
  if (owners === undefined) return undefined
  // A loop: this is asked of every Pod on every pass.
  for (const owner of owners) if (owner.controller === true) return owner
  return undefined
}

/** The reference by which `owner` manages an object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
}

/** The index of what one controller manages, by its uid. */
export const BY_CONTROLLER = 'controller-uid'
const ORPHANS_BY_NAMESPACE = 'orphans-of-namespace'

/** Lets `ownedOrOrphaned` find what it looks for without walking the namespace. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(BY_CONTROLLER, (object) => {
    const controller = controllerOf(object)
    return controller === undefined ? [] : [controller.uid]
  })
  informer.addIndex(ORPHANS_BY_NAMESPACE, (object) =>
    controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [],
  )
}

/** What the owner manages, and what nobody manages in its namespace. */
export function ownedOrOrphaned<T extends KubeObject>(
  informer: Informer<T>,
  owner: KubeObject,
): readonly T[] {
  const owned = informer.byIndex(BY_CONTROLLER, owner.metadata.uid)
  const orphans = orphansBeside(informer, owner)
  return orphans.length === 0 ? owned : [...owned, ...orphans]
}

/** What nobody manages in the owner's namespace. */
export function orphansBeside<T extends KubeObject>(
  informer: Informer<T>,
  owner: KubeObject,
): readonly T[] {
  return informer.byIndex(ORPHANS_BY_NAMESPACE, owner.metadata.namespace ?? '')
}

/** A Pod that may become the owner's, with the uid of whoever manages it now. */
export type Candidate = { readonly pod: Pod; readonly controllerUid: string | undefined }

export type ClaimOptions<C extends Candidate = Candidate> = {
  readonly client: Client
  readonly owner: KubeObject
  readonly matches: (candidate: C) => boolean
  /** Reads the owner from the server itself; throws where it is gone. Asked at most once. */
  readonly readOwner: () => KubeObject
  /** Told of the Pod as the server stored it. */
  readonly onAdopted?: (stored: Pod) => void
}

type AdoptionOptions = Omit<ClaimOptions, 'matches'>

/**
 * The Pods that are the owner's from now on: those it has and still matches, and matching orphans,
 * which it adopts. Owned Pods that match no longer are released.
 *
 * Upstream: pkg/controller/controller_ref_manager.go.
 */
export function claimPods<C extends Candidate>(
  candidates: readonly C[],
  options: ClaimOptions<C>,
): C[] {
  const { owner, matches } = options
  const { uid } = owner.metadata
  const ownerIsDeleting = owner.metadata.deletionTimestamp !== undefined
  const recheck = once(() => adoptionRefusal(options))
  const claimed: C[] = []
  const errors: Error[] = []
  for (const candidate of candidates) {
    const { pod, controllerUid } = candidate
    if (controllerUid === uid) {
      if (matches(candidate)) claimed.push(candidate)
      else if (!ownerIsDeleting) attempt(errors, () => release(pod, options))
    } else if (controllerUid === undefined && !ownerIsDeleting) {
      if (pod.metadata.deletionTimestamp !== undefined || !matches(candidate)) continue
      attempt(errors, () => {
        if (adopt(pod, options, recheck())) claimed.push(candidate)
      })
    }
  }
  if (errors.length > 0) throw aggregate(errors)
  return claimed
}

/** Why a live look at the owner forbids adoption; undefined where nothing does. */
export function adoptionRefusal({
  owner,
  readOwner,
}: Pick<AdoptionOptions, 'owner' | 'readOwner'>): string | undefined {
  const { namespace, name, uid } = owner.metadata
  let fresh: KubeObject
  try {
    fresh = readOwner()
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return `can't recheck DeletionTimestamp: ${error.message}`
  }
  if (fresh.metadata.uid !== uid) {
    return `can't recheck DeletionTimestamp: original ${owner.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`
  }
  const deletedAt = fresh.metadata.deletionTimestamp
  if (deletedAt === undefined) return undefined
  // As Go prints a time: 2026-01-01 00:00:00 +0000 UTC.
  const time = `${deletedAt.replace('T', ' ').replace('Z', '')} +0000 UTC`
  return `${namespace}/${name} has just been deleted at ${time}`
}

/** One error that says all; several read as Go's aggregate does. */
export function aggregate(errors: readonly Error[]): Error {
  const [first] = errors
  if (first !== undefined && errors.length === 1) return first
  const messages = [...new Set(errors.map(({ message }) => message))]
  const [only] = messages
  return new RetryError(messages.length === 1 ? only : `[${messages.join(', ')}]`)
}

function adopt(pod: Pod, options: AdoptionOptions, refusal: string | undefined): boolean {
  const { namespace, name, uid } = pod.metadata
  if (refusal !== undefined) {
    throw new RetryError(`can't adopt Pod ${namespace}/${name} (${uid}): ${refusal}`)
  }
  const patch = { metadata: { ownerReferences: [controllerReference(options.owner)], uid } }
  try {
    const stored = options.client.resource('pods').patch(name, namespace, patch, STRATEGIC)
    options.onAdopted?.(stored)
    return true
  } catch (error) {
    // It went in the meantime; then there is nothing to adopt.
    if (error instanceof StatusError && error.reason === 'NotFound') return false
    throw error
  }
}

function release(pod: Pod, { client, owner }: AdoptionOptions): void {
  const { namespace, name, uid } = pod.metadata
  const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }]
  const patch = { metadata: { uid, ownerReferences } }
  try {
    client.resource('pods').patch(name, namespace, patch, STRATEGIC)
  } catch (error) {
    // Gone, or another Pod of that name: either way it is not ours any more.
    const isPast =
      error instanceof StatusError && (error.reason === 'NotFound' || error.reason === 'Invalid')
    if (!isPast) throw error
  }
}

const STRATEGIC = { type: 'strategic' } as const

function attempt(errors: Error[], run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof StatusError) && !(error instanceof RetryError)) throw error
    errors.push(error)
  }
}

function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | undefined
  return () => (result ??= { value: compute() }).value
}
