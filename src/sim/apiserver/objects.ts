import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { badRequest } from '#sim/apimachinery/statuses.ts'
import { quotedFields, unreadableKind } from './body.ts'
import { checkKind } from './body-kind.ts'
import { type Decoded, decode, type DecodeOptions, type Reusable } from './decode.ts'
import { DecodeError } from './decode-errors.ts'
import type { ParsedJson } from './json-text.ts'
import type { Resource } from './registry.ts'
import type { Draft } from './resource.ts'
import type { FieldValidation, Scope } from './scope.ts'

/** Decodes a body as an object of the resource; refusals are those before validation. */
export function decodeObject(
  scope: Scope,
  body: ParsedJson | undefined,
  validation: FieldValidation,
  old?: KubeObject,
): Draft {
  const { resource } = scope
  const { kind, version } = resource.definition
  if (body === undefined) throw unreadableKind(kind, 'unexpected end of JSON input', '<empty>')
  // To Go's decoder null is an object of which nothing is said.
  const value = body.value ?? {}
  checkKind(scope, value, resource.expected)
  const where = `${kind} in version "${version}" cannot be handled as a ${kind}`
  const decoded = decodeOr400(value, resource, where, partsOf(scope, old))
  const complaints = quotedFields(decoded.unknownFields, body.duplicateFields)
  if (complaints.length > 0) {
    if (validation === 'Strict')
      throw badRequest(`${where}: strict decoding error: ${complaints.join(', ')}`)
    if (validation === 'Warn') for (const complaint of complaints) scope.warn(complaint)
  }
  scope.requestObject = body.value
  const { draft } = decoded
  draft['kind'] = kind
  draft['apiVersion'] = resource.apiVersion
  draft['metadata'] ??= {}
  return draft
}

function decodeOr400(
  value: unknown,
  resource: Resource,
  where: string,
  options: DecodeOptions,
): Decoded {
  try {
    return decode(value, resource.struct, options)
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(`${where}: ${error.message}`)
    throw error
  }
}

/**
 * What a status write keeps as it is stored, whatever it says. Components hand it back as they
 * got it, and their status writes are the most frequent ones of all.
 */
function reusable(scope: Scope, old: KubeObject | undefined): Reusable | undefined {
  const { definition } = scope.resource
  if (old === undefined || definition.status === undefined || definition.view !== undefined)
    return undefined
  const {
    metadata: _metadata,
    status: _status,
    ...others
  } = old as KubeObject & { status?: unknown }
  return scope.info.subresource === 'status' ? others : undefined
}

/** Which parts of the stored object are as good as read where a request hands them back. */
export function partsOf(scope: Scope, old: KubeObject | undefined): DecodeOptions {
  const { definition } = scope.resource
  if (old === undefined || definition.view !== undefined) return {}
  const stored = definition.keepsPartsWhole === true ? old : { metadata: old.metadata }
  return { reused: reusable(scope, old), stored }
}

/** Fills in the path's namespace, or refuses another; names are checked where there is one. */
export function placeObject(scope: Scope, draft: Draft): void {
  const { metadata } = draft
  if (!scope.resource.definition.namespaced) {
    delete metadata['namespace']
    return
  }
  const given = metadata['namespace'] ?? ''
  if (given !== '' && given !== scope.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  metadata['namespace'] = scope.namespace
}

export function checkName(scope: Scope, draft: Draft): void {
  const given = draft['metadata']['name'] ?? ''
  if (given === '') {
    throw badRequest(
      `the name of the object (${scope.name} based on URL) was undeterminable: name must be provided`,
    )
  }
  if (given !== scope.name) {
    throw badRequest(
      `the name of the object (${given}) does not match the name on the URL (${scope.name})`,
    )
  }
}

/** A mutable copy of the outer levels of a stored object; what lies deeper is shared. */
export function shallowDraft(object: KubeObject): Draft {
  return { ...object, metadata: { ...object.metadata } }
}

const SYSTEM_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'managedFields',
] as const

/** Drops what only the server may say about a new object. */
export function clearSystemFields(metadata: Draft): void {
  for (const field of SYSTEM_FIELDS) if (field in metadata) delete metadata[field]
}
