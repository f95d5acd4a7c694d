import type { ControllerRevision } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client, Unstored } from '#sim/client/client.ts'
import { controllerReference } from '../controller-ref.ts'
import { rawSortedJson } from './go-json.ts'
import { revisionHash, revisionName } from './revision-hash.ts'

export const HASH_LABEL = 'controller.kubernetes.io/hash'

/** A revision that may have to be created. Its name depends on collisions met on the way. */
export type ProposedRevision = {
  readonly payload: string
  readonly object: Unstored<ControllerRevision>
}

export type RevisionParts = {
  readonly payload: string
  readonly labels: Readonly<Record<string, string>>
  readonly revision: number
  readonly collisionCount: number
}

/**
 * Upstream: pkg/controller/history, NewControllerRevision. The hash label keeps this first hash
 * even where a collision gives the object another name.
 */
export function newControllerRevision(parent: KubeObject, parts: RevisionParts): ProposedRevision {
  const hash = revisionHash(parts.payload, parts.collisionCount)
  const { name, namespace, annotations } = parent.metadata
  return {
    payload: parts.payload,
    object: {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: revisionName(name, hash),
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...parts.labels, [HASH_LABEL]: hash },
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference(parent)],
      },
      // The payload is what is hashed; the object carries the same value.
      data: JSON.parse(parts.payload) as NonNullable<ControllerRevision['data']>,
      revision: parts.revision,
    },
  }
}

/**
 * The bytes that two revisions are compared by. Stored data does not change, nor do its bytes. A
 * null counts: releases before 1.34 wrote one, and their revisions are others for it.
 */
export function createPayloadReader(): (revision: ControllerRevision) => string {
  const known = new WeakMap<object, string>()
  return (revision) => {
    const data = revision.data as object | undefined // The server stores only objects.
    if (data === undefined) return ''
    let payload = known.get(data)
    if (payload === undefined) {
      payload = rawSortedJson(data)
      known.set(data, payload)
    }
    return payload
  }
}

/** Oldest first: by number, then by creation, then by name. */
export function sortRevisions(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  return revisions.toSorted(
    (a, b) =>
      a.revision - b.revision ||
      compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
      compare(a.metadata.name, b.metadata.name),
  )
}

export type CreateOptions = {
  readonly client: Client
  readonly parentName: string
  readonly collisionCount: number
  readonly payloadOf: (revision: ControllerRevision) => string
}

export type CreatedRevision = {
  readonly revision: ControllerRevision
  readonly collisionCount: number
}

/**
 * Creates the revision. A taken name with the same payload is used as it is; with another payload
 * it is a collision, and the count makes the next name.
 */
export function createControllerRevision(
  proposed: ProposedRevision,
  options: CreateOptions,
): CreatedRevision {
  const revisions = options.client.resource('controllerrevisions')
  const namespace = proposed.object.metadata.namespace
  let collisionCount = options.collisionCount
  for (;;) {
    const name = revisionName(options.parentName, revisionHash(proposed.payload, collisionCount))
    const metadata = { ...proposed.object.metadata, name }
    try {
      return { revision: revisions.create({ ...proposed.object, metadata }), collisionCount }
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error
    }
    const existing = revisions.get(name, namespace)
    if (options.payloadOf(existing) === proposed.payload) {
      return { revision: existing, collisionCount }
    }
    collisionCount++
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
