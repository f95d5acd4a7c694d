import type { ControllerRevision, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import type { PodTemplateSpec } from 'kubernetes-types/core/v1'
import {
  createControllerRevision,
  createPayloadReader,
  newControllerRevision,
  type ProposedRevision,
} from '../history/controller-history.ts'
import { sortedJson } from '../history/go-json.ts'

/** The templates a pass works with. */
export type ResolvedRevisions = {
  readonly current: ControllerRevision
  readonly update: ControllerRevision
  readonly collisionCount: number
}

export type RevisionHistory = {
  /** `revisions` are oldest first. Creates or renumbers where the template asks for it. */
  resolve(set: StatefulSet, revisions: readonly ControllerRevision[]): ResolvedRevisions
  /** The set with its template as the revision holds it. */
  apply(set: StatefulSet, revision: ControllerRevision): StatefulSet
}

export type RevisionHistoryOptions = {
  /** Gate StatefulSetSemanticRevisionComparison. */
  readonly comparesMeaning: boolean
}

/**
 * Revisions of one controller's sets. What is expensive (serialising and hashing a template) is
 * done once for each template, not on every pass.
 */
export function createRevisionHistory(
  client: Client,
  { comparesMeaning }: RevisionHistoryOptions,
): RevisionHistory {
  const payloadOf = createPayloadReader()
  const payloads = new WeakMap<PodTemplateSpec, string>()
  const templates = new WeakMap<object, PodTemplateSpec>()

  function templateOf(revision: ControllerRevision): PodTemplateSpec {
    const data = revision.data as unknown as { spec?: { template?: PodTemplateSpec } }
    let template = templates.get(data)
    if (template === undefined) {
      template = withoutDirective(data.spec?.template ?? {})
      templates.set(data, template)
    }
    return template
  }

  function payloadOfTemplate(template: PodTemplateSpec): string {
    let payload = payloads.get(template)
    if (payload === undefined) {
      payload = templatePayload(template)
      payloads.set(template, payload)
    }
    return payload
  }

  function resolve(set: StatefulSet, revisions: readonly ControllerRevision[]): ResolvedRevisions {
    const collisionCount = set.status?.collisionCount ?? 0
    const payload = payloadOfTemplate(set.spec?.template ?? {})
    const chosen = chooseUpdateRevision(revisions, payload, {
      payloadOf,
      isSemanticallyEqual: (revision) =>
        comparesMeaning && payloadOfTemplate(templateOf(revision)) === payload,
    })
    const currentName = set.status?.currentRevision
    const current = revisions.find(({ metadata }) => metadata.name === currentName)
    if (chosen.type === 'existing') {
      return { update: chosen.revision, current: current ?? chosen.revision, collisionCount }
    }
    const number = (revisions.at(-1)?.revision ?? 0) + 1
    if (chosen.type === 'renumber') {
      const renumbered = { ...chosen.revision, revision: number }
      const update = client.resource('controllerrevisions').update(renumbered)
      return { update, current: current ?? update, collisionCount }
    }
    const created = createControllerRevision(propose(set, payload, number), {
      client,
      parentName: set.metadata.name,
      collisionCount,
      payloadOf,
    })
    return {
      update: created.revision,
      current: current ?? created.revision,
      collisionCount: created.collisionCount,
    }
  }

  return {
    resolve,
    apply: (set, revision) => {
      const spec = set.spec as NonNullable<StatefulSet['spec']> // A stored set always has one.
      return { ...set, spec: { ...spec, template: templateOf(revision) } }
    },
  }
}

export type RevisionChoice =
  | { readonly type: 'existing'; readonly revision: ControllerRevision }
  /** A rollback: the old revision becomes the newest again, under its old name. */
  | { readonly type: 'renumber'; readonly revision: ControllerRevision }
  | { readonly type: 'create' }

export function chooseUpdateRevision(
  revisions: readonly ControllerRevision[],
  payload: string,
  compare: {
    readonly payloadOf: (revision: ControllerRevision) => string
    /** The second chance of the newest: equal once read and written by today's rules. */
    readonly isSemanticallyEqual: (revision: ControllerRevision) => boolean
  },
): RevisionChoice {
  const newest = revisions.at(-1)
  const equal = revisions.findLast((revision) => compare.payloadOf(revision) === payload)
  if (newest === undefined) return { type: 'create' }
  if (equal !== undefined) {
    return compare.payloadOf(newest) === payload
      ? { type: 'existing', revision: newest }
      : { type: 'renumber', revision: equal }
  }
  if (compare.isSemanticallyEqual(newest)) return { type: 'existing', revision: newest }
  return { type: 'create' }
}

/**
 * The part of a set that a revision preserves: its template, to be replaced as a whole.
 *
 * Simplified: upstream reads an old payload through all of today's defaults before it compares;
 * here only members that today's serialisation leaves out or always writes are evened out.
 */
export function templatePayload(template: PodTemplateSpec): string {
  const metadata = { ...template.metadata, creationTimestamp: undefined }
  const spec = template.spec === undefined ? undefined : { ...template.spec }
  if (spec !== undefined) {
    // Somebody's own revision may hold anything.
    if (Array.isArray(spec.containers)) spec.containers = spec.containers.map(withResources)
    if (Array.isArray(spec.initContainers)) {
      spec.initContainers = spec.initContainers.map(withResources)
    }
  }
  return sortedJson({ spec: { template: { ...template, $patch: 'replace', metadata, spec } } })
}

// Go writes this struct even where it is empty.
function withResources<T extends { resources?: unknown }>(container: T): T {
  return container.resources === undefined ? { ...container, resources: {} } : container
}

function withoutDirective(template: PodTemplateSpec): PodTemplateSpec {
  const { $patch: _directive, ...rest } = template as PodTemplateSpec & { $patch?: string }
  return rest
}

function propose(set: StatefulSet, payload: string, revision: number): ProposedRevision {
  return newControllerRevision(set, {
    payload,
    labels: set.spec?.template.metadata?.labels ?? {},
    revision,
    collisionCount: set.status?.collisionCount ?? 0,
  })
}
