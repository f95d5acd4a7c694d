import { deepCopy, deepEqual } from '#sim/apimachinery/equality.ts'
import { forbidden } from '#sim/apimachinery/field-errors.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { invalid, methodNotAllowed, notFound } from '#sim/apimachinery/statuses.ts'
import { checkMediaType, readBody } from './body.ts'
import { decode } from './decode.ts'
import { checkName, decodeObject } from './objects.ts'
import { applyPatch, patchOptions, patchTypeOf, readPatch } from './patch.ts'
import type { Draft } from './resource.ts'
import { validatePodSpec } from './resources/pod-spec/validation.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { storeUpdate } from './update.ts'

/** Adds ephemeral containers to a Pod; they can never be changed or removed. */
export function handleEphemeralContainers(scope: Scope): KubeObject {
  const old = scope.stored
  if (old === undefined) throw notFound(scope.resource.where, scope.name)
  if (scope.request.method === 'GET') return old
  const { given, options } = readRequest(scope, old)
  checkName(scope, given)
  const draft = deepCopy(old) as Draft
  draft['spec'].ephemeralContainers = given['spec']?.ephemeralContainers ?? []
  scope.resource.definition.setDefaults(draft, scope.context)
  const errors: FieldError[] = []
  validatePodSpec(draft['spec'], 'spec', errors)
  errors.push(...changedContainers(old, draft))
  if (errors.length > 0) throw invalid(scope.resource.definition, scope.name, errors)
  const before = (old as KubeObject & { spec: Draft }).spec['ephemeralContainers'] ?? []
  if (draft['spec'].ephemeralContainers.length > before.length) draft['metadata'].generation++
  const mode = { subresource: 'ephemeralcontainers', operation: 'Update' } as const
  return storeUpdate(scope, old, draft, options, mode)
}

function readRequest(scope: Scope, old: KubeObject): { given: Draft; options: WriteOptions } {
  if (scope.request.method === 'PUT') {
    checkMediaType(scope)
    const options = writeOptions(scope, 'UpdateOptions')
    const given = decodeObject(scope, readBody(scope, 'Pod'), options.fieldValidation)
    return { given, options }
  }
  if (scope.request.method !== 'PATCH') throw methodNotAllowed()
  const type = patchTypeOf(scope)
  const options = patchOptions(scope, type)
  const kind = type === 'apply' ? 'strategic' : type
  const patch = readPatch(scope, kind)
  scope.requestObject = patch.value
  const { struct } = scope.resource
  const patched = applyPatch(kind, old as unknown as Draft, patch.value, struct)
  return { given: decode(patched, struct).draft, options }
}

function changedContainers(old: KubeObject, draft: Draft): FieldError[] {
  const before: readonly Draft[] =
    (old as KubeObject & { spec: Draft }).spec['ephemeralContainers'] ?? []
  const after: readonly Draft[] = draft['spec'].ephemeralContainers
  const field = 'spec.ephemeralContainers'
  return before.flatMap((container) => {
    const { name } = container
    const found = after.find((one) => one['name'] === name)
    if (found === undefined)
      return [
        forbidden(
          field,
          `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`,
        ),
      ]
    if (deepEqual(found, container)) return []
    return [
      forbidden(
        field,
        `existing ephemeral containers ${JSON.stringify(name)} may not be changed\n`,
      ),
    ]
  })
}
