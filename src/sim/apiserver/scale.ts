import { isObject, deepCopy } from '#sim/apimachinery/equality.ts'
import { invalid as invalidField } from '#sim/apimachinery/field-errors.ts'
import { textOf } from '#sim/apimachinery/go-format.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import {
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  MODIFIED_MESSAGE,
  notFound,
} from '#sim/apimachinery/statuses.ts'
import { invariant } from '#sim/kernel/invariant.ts'
import { checkMediaType, readBody } from './body.ts'
import { decode } from './decode.ts'
import { DecodeError } from './decode-errors.ts'
import { checkName, placeObject } from './objects.ts'
import { applyPatch, asPatchFault, patchOptions, patchTypeOf, readPatch } from './patch.ts'
import type { Draft } from './resource.ts'
import { structOf } from './schema.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { storeUpdate, uidConflict, uidPrecondition } from './update.ts'

const SCALE = { group: 'autoscaling', kind: 'Scale' }

export function handleScale(scope: Scope): Draft {
  const old = scope.stored
  switch (scope.request.method) {
    case 'GET':
      return scaleOf(scope, present(scope, old))
    case 'PUT': {
      checkMediaType(scope)
      const options = writeOptions(scope, 'UpdateOptions')
      const body = readBody(scope, 'Scale')?.value
      const given = decodeScale(scope, body, asBadRequest)
      return writeScale(scope, present(scope, old), given, options)
    }
    case 'PATCH': {
      const type = patchTypeOf(scope)
      const options = patchOptions(scope, type)
      // Apply is a merge here: a Scale has one field to own.
      const patch = readPatch(scope, type === 'apply' ? 'merge' : type)
      const live = scaleOf(scope, present(scope, old))
      const kind = type === 'apply' ? 'merge' : type
      const patched = applyPatch(kind, live, patch.value, structOf('autoscaling', 'Scale'))
      const given = decodeScale(scope, patched, (error) =>
        asPatchFault(error, type, patch.value, patched),
      )
      return writeScale(scope, present(scope, old), given, options)
    }
    case 'POST':
    case 'DELETE':
    case 'HEAD':
    case 'OPTIONS':
      throw methodNotAllowed()
  }
}

function present(scope: Scope, object: KubeObject | undefined): KubeObject {
  if (object === undefined) throw notFound(scope.resource.where, scope.name)
  return object
}

function scaleOf(scope: Scope, object: KubeObject): Draft {
  const { scale } = scope.resource.definition
  invariant(scale !== undefined, `${scope.resource.store.name} has no scale`)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = numberAt(object, scale.specReplicasPath)
  const selector = scale.selector(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: numberAt(object, scale.statusReplicasPath),
      ...(selector === '' ? {} : { selector }),
    },
  }
}

function asBadRequest(error: unknown): unknown {
  if (!(error instanceof DecodeError)) return error
  return badRequest(`Scale in version "v1" cannot be handled as a Scale: ${error.message}`)
}

function decodeScale(scope: Scope, value: unknown, refusalOf: (error: unknown) => unknown): Draft {
  if (!isObject(value)) throw badRequest('the body of a scale request must be a Scale')
  const kind = value['kind'] ?? 'Scale'
  if (kind !== 'Scale') {
    throw badRequest(
      `${textOf(kind)} in version "v1" cannot be handled as a Scale: converting (v1.${textOf(kind)}) to (autoscaling.Scale): unknown conversion`,
    )
  }
  scope.requestObject = value
  try {
    const { draft } = decode(value, structOf('autoscaling', 'Scale'))
    draft['metadata'] ??= {}
    return draft
  } catch (error) {
    throw refusalOf(error)
  }
}

function writeScale(scope: Scope, old: KubeObject, given: Draft, options: WriteOptions): Draft {
  const { definition, where } = scope.resource
  placeObject(scope, given)
  checkName(scope, given)
  const { resourceVersion, uid } = given['metadata']
  const replicas: number = given['spec']?.replicas ?? 0
  if (replicas < 0) {
    const error = invalidField('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalid(SCALE, scope.name, [error])
  }
  if ((uid ?? '') !== '' && uid !== old.metadata.uid) {
    if (scope.request.method === 'PUT') throw uidConflict(scope, old, uid)
    // A patch names no object to the storage, so it is the scale that finds out.
    const ofScale = { ...where, resource: `${where.resource}/scale` }
    throw conflict(ofScale, scope.name, uidPrecondition(uid, old.metadata.uid))
  }
  const isStale = (resourceVersion ?? '') !== '' && resourceVersion !== old.metadata.resourceVersion
  if (isStale) throw conflict(where, scope.name, MODIFIED_MESSAGE)
  const draft = deepCopy(old) as Draft
  setNumberAt(draft, definition.scale?.specReplicasPath ?? [], replicas)
  definition.prepareForUpdate(draft, old, scope.context)
  const errors = definition.validateUpdate(draft, old, scope.context)
  if (errors.length > 0) throw invalid(definition, scope.name, errors)
  const mode = { subresource: 'scale', operation: 'Update' } as const
  return scaleOf(scope, storeUpdate(scope, old, draft, options, mode))
}

function numberAt(object: KubeObject, path: readonly string[]): number {
  let value: unknown = object
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return typeof value === 'number' ? value : 0
}

function setNumberAt(draft: Draft, path: readonly string[], value: number): void {
  const last = path.at(-1)
  invariant(last !== undefined, 'a scale has a path to its replicas')
  let parent: Draft = draft
  for (const key of path.slice(0, -1)) parent = parent[key] as Draft
  parent[last] = value
}
