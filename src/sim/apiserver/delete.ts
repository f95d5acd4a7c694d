import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { invalid as invalidField, unsupported } from '#sim/apimachinery/field-errors.ts'
import { textOf } from '#sim/apimachinery/go-format.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { isObject } from '#sim/apimachinery/equality.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import {
  badRequest,
  conflict,
  forbidden,
  invalid,
  notFound,
  success,
} from '#sim/apimachinery/statuses.ts'
import { checkMediaType, readBody } from './body.ts'
import { decode } from './decode.ts'
import { DecodeError } from './decode-errors.ts'
import { shallowDraft } from './objects.ts'
import type { Resource } from './registry.ts'
import { structOf } from './schema.ts'
import { dryRunErrors, intParameter, type Scope } from './scope.ts'
import { timestampOf } from './server-state.ts'
import { canonical } from './storage.ts'
import { returnsDeletedObject } from './traits.ts'
import { isReleased, keepsNamespace } from './release.ts'
import type { Draft } from './resource.ts'

type Propagation = 'Orphan' | 'Background' | 'Foreground'

export type DeleteOptions = {
  readonly gracePeriodSeconds: number | undefined
  readonly propagation: Propagation | undefined
  readonly uid: string | undefined
  readonly resourceVersion: string | undefined
  readonly isDryRun: boolean
  /** `orphanDependents: false` was said: the answer to a mere mark is 202 then. */
  readonly isNotOrphaning: boolean
}

export type Deletion = {
  readonly code: number
  readonly body: KubeObject | Status
}

const PROTECTED_NAMESPACES = new Set(['default', 'kube-system', 'kube-public'])
const POLICIES = ['Orphan', 'Background', 'Foreground']

export function handleDelete(scope: Scope): Deletion {
  const options = deleteOptions(scope)
  const object = scope.stored
  if (object === undefined) throw notFound(scope.resource.where, scope.name)
  return deleteObject(scope, scope.resource, object, options)
}

export function deleteOptions(scope: Scope): DeleteOptions {
  const { body: sent } = scope.request
  if (sent instanceof Uint8Array && sent.length > 0) checkMediaType(scope)
  const body = readBody(scope, 'DeleteOptions')
  const given = body === undefined ? undefined : decodeOptions(body.value)
  if (given !== undefined) scope.requestObject = body?.value
  const { query } = scope
  const options = given ?? {
    gracePeriodSeconds: intParameter(query, 'gracePeriodSeconds'),
    propagationPolicy: query.get('propagationPolicy'),
    orphanDependents:
      query.get('orphanDependents') === undefined ? undefined : query.flag('orphanDependents'),
    dryRun: query.all('dryRun'),
  }
  return checkedOptions(options)
}

type RawOptions = {
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: string | undefined
  readonly orphanDependents?: boolean | undefined
  readonly dryRun?: readonly string[]
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export function decodeOptions(value: unknown): RawOptions {
  if (!isObject(value)) throw badRequest('DeleteOptions must be an object')
  const kind = value['kind'] ?? ''
  if (kind !== '' && kind !== 'DeleteOptions') {
    throw badRequest(
      `${textOf(kind)} in version "${textOf(value['apiVersion'])}" cannot be handled as a DeleteOptions: unknown conversion`,
    )
  }
  const { kind: _kind, apiVersion: _apiVersion, ...members } = value
  try {
    return decode(members, structOf('meta.k8s.io', 'DeleteOptions')).draft
  } catch (error) {
    if (error instanceof DecodeError) {
      throw badRequest(
        `DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${error.message}`,
      )
    }
    throw error
  }
}

export function checkedOptions(
  options: RawOptions,
  dryRunParameters: readonly string[] = [],
): DeleteOptions {
  const { propagationPolicy, orphanDependents, preconditions } = options
  const dryRun = [...(options.dryRun ?? []), ...dryRunParameters].filter((value) => value !== '')
  const errors: FieldError[] = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalidField('propagationPolicy', propagationPolicy, why))
  }
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy)) {
    const choices = ['Foreground', 'Background', 'Orphan', 'nil']
    errors.push(unsupported('propagationPolicy', propagationPolicy, choices))
  }
  errors.push(...dryRunErrors(dryRun))
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
  return {
    gracePeriodSeconds: options.gracePeriodSeconds,
    propagation: propagationOf(propagationPolicy as Propagation | undefined, orphanDependents),
    uid: preconditions?.uid,
    resourceVersion: preconditions?.resourceVersion,
    isDryRun: dryRun.length > 0,
    isNotOrphaning: orphanDependents === false,
  }
}

function propagationOf(
  policy: Propagation | undefined,
  orphanDependents: boolean | undefined,
): Propagation | undefined {
  if (orphanDependents === undefined) return policy
  return orphanDependents ? 'Orphan' : 'Background'
}

/** Marks or removes one object, as BeforeDelete and the finalizers have it. */
export function deleteObject(
  scope: Scope,
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
): Deletion {
  checkDeletable(resource, object)
  checkPreconditions(resource, object, options)
  const mark = markOf(scope, resource, object, options)
  if (mark === 'pending') return { code: 200, body: object }
  if (mark === 'none') return finished(resource, removeObject(scope, resource, object, options))
  const next = canonical(resource.stored, mark, object)
  const stored =
    next === object || options.isDryRun ? next : scope.server.storage.replace(resource.stored, next)
  if (isReleased(stored)) {
    removeObject(scope, resource, stored, options)
    return finished(resource, stored)
  }
  return { code: options.isNotOrphaning ? 202 : 200, body: stored }
}

function finished(resource: Resource, last: KubeObject): Deletion {
  if (returnsDeletedObject(resource)) return { code: 200, body: last }
  const { group, plural } = resource.definition
  const { name, uid } = last.metadata
  const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid }
  return { code: 200, body: success(details) }
}

function removeObject(
  scope: Scope,
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
): KubeObject {
  if (options.isDryRun) return object
  const last = scope.server.storage.remove(resource.stored, object)
  scope.server.ownership.removed(last)
  return last
}

function checkDeletable(resource: Resource, object: KubeObject): void {
  if (resource.store.name !== 'namespaces') return
  if (PROTECTED_NAMESPACES.has(object.metadata.name))
    throw forbidden(resource.where, object.metadata.name, 'this namespace may not be deleted')
}

function checkPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions): void {
  const { group, kind } = resource.definition
  const { name, uid, resourceVersion } = object.metadata
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(
      { group, resource: kind },
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    )
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      { group, resource: kind },
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    )
  }
}

/**
 * The draft with its deletion mark; `none` where the object goes without one, `pending` where it
 * is marked already and nothing was asked that would change that.
 * Upstream: BeforeDelete in apiserver/pkg/registry/rest/delete.go.
 */
function markOf(
  scope: Scope,
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
): Draft | 'none' | 'pending' {
  const { metadata } = object
  const isMarked = metadata.deletionTimestamp !== undefined
  const isGraceful = resource.definition.defaultGraceSeconds !== undefined
  const finalizers = finalizersAfter(object, options.propagation)
  if (isGraceful && isMarked && metadata.deletionGracePeriodSeconds !== undefined)
    return shortened(scope, object, options.gracePeriodSeconds, finalizers)
  if (keepsNamespace(object)) return markedNamespace(scope, object, finalizers)
  if (!isGraceful && finalizers.length === 0) return 'none'
  const draft = shallowDraft(object)
  draft['metadata'].finalizers = finalizers
  if (isMarked) return draft
  const wanted = resource.definition.defaultGraceSeconds?.(object, options.gracePeriodSeconds) ?? 0
  markAsDeleting(scope, draft, wanted < 0 ? 1 : wanted)
  return draft
}

function markAsDeleting(scope: Scope, draft: Draft, grace: number): void {
  const { metadata } = draft
  metadata['deletionTimestamp'] = timestampOf(scope.server.simulation.unixMs + grace * 1000)
  metadata['deletionGracePeriodSeconds'] = grace
  // To be gone is a new desired state.
  if ((metadata['generation'] ?? 0) > 0) metadata['generation']++
}

/** A grace period already running can only be cut short. */
function shortened(
  scope: Scope,
  object: KubeObject,
  requested: number | undefined,
  finalizers: readonly string[],
): Draft | 'pending' {
  const { deletionTimestamp = '', deletionGracePeriodSeconds: oldGrace = 0 } = object.metadata
  if (requested === undefined) return 'pending'
  const grace = requested < 0 ? 1 : requested
  if (grace >= oldGrace) return 'pending'
  const draft = shallowDraft(object)
  const now = scope.server.simulation.unixMs
  const due = Date.parse(deletionTimestamp) - (oldGrace - grace) * 1000
  draft['metadata'].deletionTimestamp = timestampOf(Math.max(due, now))
  draft['metadata'].deletionGracePeriodSeconds = due < now && grace > 0 ? 1 : grace
  draft['metadata'].finalizers = finalizers
  return draft
}

function markedNamespace(
  scope: Scope,
  object: KubeObject,
  finalizers: readonly string[],
): Draft | 'pending' {
  if (object.metadata.deletionTimestamp !== undefined) return 'pending'
  const draft = shallowDraft(object)
  draft['metadata'].deletionTimestamp = scope.server.timestamp
  draft['metadata'].finalizers = finalizers
  draft['status'] = { ...draft['status'], phase: 'Terminating' }
  return draft
}

function finalizersAfter(object: KubeObject, propagation: Propagation | undefined): string[] {
  const finalizers = [...(object.metadata.finalizers ?? [])]
  if (propagation === undefined) return finalizers
  const others = finalizers.filter((one) => one !== 'orphan' && one !== 'foregroundDeletion')
  if (propagation === 'Background') return others
  const wanted = propagation === 'Orphan' ? 'orphan' : 'foregroundDeletion'
  return finalizers.includes(wanted)
    ? finalizers.filter((one) => one === wanted || others.includes(one))
    : [...others, wanted]
}
