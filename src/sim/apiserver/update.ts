import { invalid as invalidField } from '#sim/apimachinery/field-errors.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { StatusError } from '#sim/apimachinery/status.ts'
import { conflict, invalid, MODIFIED_MESSAGE, notFound } from '#sim/apimachinery/statuses.ts'
import { checkMediaType, readBody } from './body.ts'
import { createObject } from './create.ts'
import { checkName, decodeObject, placeObject } from './objects.ts'
import { dropRepeatedOwners } from './owner-references.ts'
import { admitByQuota } from './quota-admission.ts'
import { isReleased } from './release.ts'
import type { Draft } from './resource.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './resources/object-meta.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { canonical } from './storage.ts'
import { createsOnUpdate, needsResourceVersion } from './traits.ts'

export type Written = { readonly object: KubeObject; readonly isNew: boolean }

export type UpdateMode = {
  readonly subresource: string | undefined
  readonly operation: 'Update' | 'Apply'
  /** A patch is made of the stored object, so its version is only checked if the patch has one. */
  readonly isUnconditional: boolean
  /** The server itself writes, on somebody's behalf: nobody comes to own what it writes. */
  readonly isUnowned?: boolean
  /** An apply that changes who owns what, even if it changes no value. */
  readonly isOwnershipChanged?: boolean
}

export function handleUpdate(scope: Scope): Written {
  checkMediaType(scope)
  const options = writeOptions(scope, 'UpdateOptions')
  const { definition, where, store } = scope.resource
  const body = readBody(scope, definition.kind)
  const old = store.get(scope.namespace, scope.name)
  const draft = decodeObject(scope, body, options.fieldValidation, old)
  placeObject(scope, draft)
  checkName(scope, draft)
  const { subresource } = scope.info
  if (old === undefined) {
    if (subresource === undefined && createsOnUpdate(scope.resource))
      return { object: createObject(scope, draft, options), isNew: true }
    throw notFound(where, scope.name)
  }
  const mode = { subresource, operation: 'Update', isUnconditional: false } as const
  return { object: updateObject(scope, old, draft, options, mode), isNew: false }
}

/** From a decoded draft and the stored object to the new stored object. */
export function updateObject(
  scope: Scope,
  old: KubeObject,
  decoded: Draft,
  options: WriteOptions,
  mode: UpdateMode,
): KubeObject {
  const { resource, context } = scope
  const { definition } = resource
  const metadata = decoded['metadata']
  checkPreconditions(scope, old, metadata, mode.isUnconditional)
  const managedFields: unknown = metadata['managedFields']
  if (managedFields !== undefined) delete metadata['managedFields']
  carrySystemFields(metadata, old)
  if (metadata['ownerReferences'] !== old.metadata.ownerReferences)
    dropRepeatedOwners(scope, metadata)
  const status = mode.subresource === 'status' ? definition.status : undefined
  if (status === undefined) definition.setDefaults(decoded, context)
  else status.setDefaults?.(decoded, context)
  const draft = definition.view?.toStored(decoded) ?? decoded
  if (mode.subresource === undefined) definition.admitUpdate?.(draft, old, context)
  ;(status ?? definition).prepareForUpdate(draft, old, context)
  const errors = [
    ...validateObjectMeta(metadata, definition.namespaced, 'path', 'metadata', old.metadata),
    ...validateObjectMetaUpdate(metadata, old.metadata),
    ...(status ?? definition).validateUpdate(draft, old, context),
  ]
  if (errors.length > 0) throw invalid(definition, scope.name, errors)
  if (status === undefined)
    for (const warning of definition.warnings?.(draft, old, context) ?? []) scope.warn(warning)
  if (mode.subresource === undefined) {
    definition.admitValidated?.(draft, old, context)
    const charge = admitByQuota(scope, draft, old)
    if (!options.isDryRun) charge()
  }
  return storeUpdate(scope, old, draft, options, { ...mode, managedFields })
}

/** Stores what was decided, unless it is a dry run; an object whose last finalizer goes, goes. */
export function storeUpdate(
  scope: Scope,
  old: KubeObject,
  draft: Draft,
  options: WriteOptions,
  mode: Omit<UpdateMode, 'isUnconditional'> & { readonly managedFields?: unknown },
): KubeObject {
  const { server } = scope
  const resource = scope.resource.stored
  draft['metadata'].resourceVersion = old.metadata.resourceVersion
  const next = canonical(resource, draft, old)
  if (options.isDryRun) return next
  const isRewritten =
    mode.isUnowned !== true &&
    server.ownership.updated(resource, old, next, {
      manager: options.fieldManager,
      operation: mode.operation,
      subresource: mode.subresource,
      time: server.timestamp,
      given: mode.managedFields,
    })
  if (next === old && !isRewritten && mode.isOwnershipChanged !== true) return old
  if (isReleased(next)) {
    const last = server.storage.remove(resource, next)
    server.ownership.removed(last)
    return last
  }
  return server.storage.replace(resource, next)
}

function checkPreconditions(
  scope: Scope,
  old: KubeObject,
  metadata: Draft,
  isUnconditional: boolean,
): void {
  const { where, definition } = scope.resource
  // The storage asks for the uid before anything else looks at the object.
  const uid = metadata['uid'] ?? ''
  if (uid !== '' && uid !== old.metadata.uid && !isUnconditional) {
    throw uidConflict(scope, old, uid)
  }
  const version = metadata['resourceVersion'] ?? ''
  if (version === '' || version === '0') {
    if (!isUnconditional && needsResourceVersion(scope.resource)) {
      const error = invalidField('metadata.resourceVersion', 0, 'must be specified for an update')
      throw invalid({ group: definition.group, kind: definition.plural }, scope.name, [error])
    }
  } else if (version !== old.metadata.resourceVersion) {
    throw conflict(where, scope.name, MODIFIED_MESSAGE)
  }
}

/** A replacement says which object it means, and it is another one that bears the name. */
export function uidConflict(scope: Scope, { metadata }: KubeObject, uid: string): StatusError {
  const { where, definition } = scope.resource
  const key = ['/registry', definition.plural, scope.namespace, scope.name]
    .filter((part) => part !== undefined)
    .join('/')
  return conflict(
    where,
    scope.name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${uidPrecondition(uid, metadata.uid)}`,
  )
}

export function uidPrecondition(wanted: string, stored: string): string {
  return `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${stored}`
}

/** What a client may leave out of an update, and what it can never change. */
function carrySystemFields(metadata: Draft, old: KubeObject): void {
  metadata['uid'] ??= old.metadata.uid
  metadata['creationTimestamp'] = old.metadata.creationTimestamp
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (old.metadata[field] !== undefined) metadata[field] = old.metadata[field]
    else if (field in metadata) delete metadata[field]
  }
  if (old.metadata.generation !== undefined) metadata['generation'] = old.metadata.generation
  if ('selfLink' in metadata) delete metadata['selfLink']
}
