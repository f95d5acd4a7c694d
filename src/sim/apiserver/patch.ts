import type { FieldError } from '#sim/apimachinery/field-error.ts'
import { forbidden, required } from '#sim/apimachinery/field-errors.ts'
import { isObject } from '#sim/apimachinery/equality.ts'
import { goFormat, textOf } from '#sim/apimachinery/go-format.ts'
import { type JsonPatchOperation, jsonPatch, JsonPatchError } from '#sim/apimachinery/json-patch.ts'
import { mergePatch } from '#sim/apimachinery/merge-patch.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { goQuote } from '#sim/apimachinery/quote.ts'
import {
  badRequest,
  failure,
  invalid,
  notFound,
  unsupportedPatchType,
} from '#sim/apimachinery/statuses.ts'
import { strategicMergePatch } from '#sim/apimachinery/strategic-merge.ts'
import type { StructType } from '#sim/apimachinery/type-schema.ts'
import { handleApply } from './apply.ts'
import { bodyText, mediaType, quotedFields } from './body.ts'
import { decode } from './decode.ts'
import { DecodeError } from './decode-errors.ts'
import { parseJsonOr400 } from './json-text.ts'
import { checkName, partsOf, placeObject } from './objects.ts'
import { shown } from './registry.ts'
import type { Draft } from './resource.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { updateObject, type Written } from './update.ts'

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

const PATCH_TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}
const OPERATIONS_MAX = 10_000

export function patchTypeOf(scope: Scope): PatchType {
  const type = PATCH_TYPES[mediaType(scope.header('content-type'))]
  if (type === undefined) throw unsupportedPatchType()
  return type
}

export function patchOptions(scope: Scope, type: PatchType): WriteOptions {
  const errors: FieldError[] = []
  if (type === 'apply') {
    if ((scope.query.get('fieldManager') ?? '') === '')
      errors.push(required('fieldManager', 'is required for apply patch'))
  } else if (scope.query.get('force') !== undefined) {
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  }
  return writeOptions(scope, 'PatchOptions', errors)
}

export function handlePatch(scope: Scope): Written {
  const type = patchTypeOf(scope)
  const options = patchOptions(scope, type)
  if (type === 'apply') return handleApply(scope, options)
  const old = scope.stored
  if (old === undefined) throw notFound(scope.resource.where, scope.name)
  const patch = readPatch(scope, type)
  scope.requestObject = patch.value
  const { resource, server } = scope
  const live = shown(
    resource,
    patch.mentionsManagedFields ? server.ownership.present(resource.stored, old) : old,
  )
  const patched = applyPatch(type, live as unknown as Draft, patch.value, scope.resource.struct)
  const draft = decodePatched(
    scope,
    old,
    patched,
    patch.duplicateFields,
    options,
    type,
    patch.value,
  )
  if (!patch.mentionsManagedFields) delete draft['metadata'].managedFields
  placeObject(scope, draft)
  checkName(scope, draft)
  const mode = {
    subresource: scope.info.subresource,
    operation: 'Update',
    isUnconditional: true,
  } as const
  return { object: updateObject(scope, old, draft, options, mode), isNew: false }
}

export type Patch = {
  readonly value: unknown
  readonly duplicateFields: readonly string[]
  readonly mentionsManagedFields: boolean
}

export function readPatch(scope: Scope, type: 'json' | 'merge' | 'strategic'): Patch {
  const text = bodyText(scope)
  const { value, duplicateFields } =
    text === undefined
      ? { value: scope.request.body, duplicateFields: [] }
      : parseJsonOr400(text, (words) =>
          type === 'strategic' ? words : `error decoding patch: ${words}`,
        )
  if (type === 'json') checkOperations(value)
  else if (type === 'merge' && !isObject(value)) {
    const shown = Array.isArray(value) ? 'array' : typeof value
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${shown} into Go value of type map[string]interface {}`,
    )
  }
  const mentionsManagedFields =
    type === 'json'
      ? (value as JsonPatchOperation[]).some(({ path }) =>
          path.startsWith('/metadata/managedFields'),
        )
      : isObject(value) && isObject(value['metadata']) && 'managedFields' in value['metadata']
  return { value, duplicateFields, mentionsManagedFields }
}

function checkOperations(value: unknown): void {
  if (!Array.isArray(value)) {
    const shown = value === null ? 'null' : typeof value
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${shown} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (value.length > OPERATIONS_MAX) {
    throw failure({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${value.length}`,
    })
  }
  for (const operation of value as unknown[])
    if (!isObject(operation) || typeof operation['path'] !== 'string') throw rejected()
}

/** The generic refusal that hides its cause. */
function rejected(): Error {
  return failure({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
  })
}

export function applyPatch(
  type: 'json' | 'merge' | 'strategic',
  live: Draft,
  patch: unknown,
  struct: StructType | undefined,
): unknown {
  switch (type) {
    case 'merge':
      return mergePatch(live, patch)
    case 'strategic':
      return strategicMergePatch(live, patch, struct)
    case 'json':
      try {
        return jsonPatch(live, patch as JsonPatchOperation[])
      } catch (error) {
        if (error instanceof JsonPatchError) throw rejected()
        throw error
      }
  }
}

/** Decodes what the patch made; its faults count as faults of the patch. */
function decodePatched(
  scope: Scope,
  old: KubeObject,
  patched: unknown,
  duplicateFields: readonly string[],
  options: WriteOptions,
  type: PatchType,
  patch: unknown,
): Draft {
  const { definition, apiVersion, struct } = scope.resource
  const fault = (why: string): Error => patchFault(type, patch, patched, why)
  if (!isObject(patched)) throw fault('the patched document is no object')
  const kind = textOf(patched['kind'])
  const version = textOf(patched['apiVersion'])
  if (kind !== definition.kind || version !== apiVersion) {
    throw fault(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    )
  }
  try {
    const { draft, unknownFields } = decode(patched, struct, partsOf(scope, old))
    const complaints = quotedFields(unknownFields, duplicateFields)
    if (complaints.length > 0) {
      if (options.fieldValidation === 'Strict')
        throw fault(`strict decoding error: ${complaints.join(', ')}`)
      if (options.fieldValidation === 'Warn') for (const one of complaints) scope.warn(one)
    }
    draft['metadata'] ??= {}
    return draft
  } catch (error) {
    throw asPatchFault(error, type, patch, patched)
  }
}

/** What the patch made is at fault; a strategic one is shown itself. */
function patchFault(type: PatchType, patch: unknown, patched: unknown, why: string): Error {
  const shown = type === 'strategic' ? goFormat(patch) : JSON.stringify(patched)
  const quoted = goQuote(shown ?? 'null')
  return invalid({ group: '', kind: '' }, '', [
    { type: 'FieldValueInvalid', field: 'patch', message: `Invalid value: ${quoted}: ${why}` },
  ])
}

/** A value of the wrong type in what a patch made, as a fault of the patch. */
export function asPatchFault(
  error: unknown,
  type: PatchType,
  patch: unknown,
  patched: unknown,
): unknown {
  if (!(error instanceof DecodeError)) return error
  // A strategic patch is applied to maps, and a converter makes the object of them.
  const why = (type === 'strategic' ? error.ofConverter : undefined) ?? error.message
  return patchFault(type, patch, patched, why)
}
