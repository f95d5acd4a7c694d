import { documentErrors, joinedErrors } from '#sim/apimachinery/document-errors.ts'
import { isObject } from '#sim/apimachinery/equality.ts'
import { FieldSet, formatFieldPath } from '#sim/apimachinery/field-set.ts'
import { textOf } from '#sim/apimachinery/go-format.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { StatusCause } from '#sim/apimachinery/status.ts'
import {
  badRequest,
  conflict,
  failure,
  MODIFIED_MESSAGE,
  plainError,
} from '#sim/apimachinery/statuses.ts'
import {
  compareValues,
  fieldsOfDocument,
  KeylessElementError,
  mergeDocument,
  removeFields,
  type Shape,
  shapeOfStruct,
} from '#sim/apimachinery/typed-value.ts'
import { bodyText, yamlValue } from './body.ts'
import { createObject } from './create.ts'
import { decode } from './decode.ts'
import { DecodeError, jsonKind } from './decode-errors.ts'
import { parseJson } from './json-text.ts'
import { takenOver, updateLastApplied } from './last-applied.ts'
import { checkName, placeObject } from './objects.ts'
import { ownable, type Owner } from './ownership.ts'
import { shown } from './registry.ts'
import type { Draft } from './resource.ts'
import type { Scope, WriteOptions } from './scope.ts'
import { updateObject, type Written } from './update.ts'

const BEFORE_FIRST_APPLY = 'before-first-apply'

/** Server-side apply. Upstream: structured-merge-diff, merge.Updater. */
export function handleApply(scope: Scope, options: WriteOptions): Written {
  const document = readDocument(scope)
  scope.requestObject = document
  const { resource } = scope
  const errors = documentErrors(document, resource.struct)
  if (errors.length > 0) throw plainError(`${typedPatchError(scope)}: ${joinedErrors(errors)}`)
  const draft = decodeDocument(scope, document)
  checkName(scope, { metadata: { name: scope.name, ...draft['metadata'] } })
  placeObject(scope, draft)
  const shape = shapeOfStruct(resource.struct)
  const subresource = scope.info.subresource ?? ''
  const fields = keyed(scope, () =>
    ownable(fieldsOfDocument(document, shape), resource, subresource),
  )
  const old = scope.stored
  if (old === undefined) return { object: create(scope, draft, fields, options), isNew: true }
  const { resourceVersion = '' } = draft['metadata']
  if (resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion)
    throw conflict(resource.where, scope.name, MODIFIED_MESSAGE)
  return { object: applyTo(scope, old, document, fields, options), isNew: false }
}

function readDocument(scope: Scope): Draft {
  const text = bodyText(scope)
  const value = text === undefined ? scope.request.body : documentOf(text)
  if (value !== null && value !== undefined && !isObject(value)) {
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
    )
  }
  const { kind, apiVersion, metadata } = isObject(value) ? value : {}
  if (
    typeof kind !== 'string' ||
    typeof apiVersion !== 'string' ||
    kind === '' ||
    apiVersion === ''
  )
    throw badRequest(`invalid object type: /, Kind=${textOf(kind)}`)
  const { definition } = scope.resource
  if (kind !== definition.kind || apiVersion !== scope.resource.apiVersion) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
    throw badRequest(
      `incorrect object type: ${group}/${version}, Kind=${kind} (expected ${definition.group}/${definition.version}, Kind=${definition.kind})`,
    )
  }
  if (
    isObject(metadata) &&
    metadata['managedFields'] !== undefined &&
    metadata['managedFields'] !== null
  )
    throw badRequest('metadata.managedFields must be nil')
  return value as Draft
}

function documentOf(text: string): unknown {
  // Most of what comes as YAML is JSON.
  if (/^\s*\{/.test(text)) {
    try {
      return parseJson(text).value
    } catch {
      return yamlValue(text)
    }
  }
  return yamlValue(text)
}

function decodeDocument(scope: Scope, document: Draft): Draft {
  const { struct } = scope.resource
  try {
    const { draft } = decode(document, struct)
    draft['metadata'] ??= {}
    draft['metadata'].name ??= scope.name
    return draft
  } catch (error) {
    if (error instanceof DecodeError)
      throw plainError(`${typedPatchError(scope)}: ${error.message}`)
    throw error
  }
}

function typedPatchError(scope: Scope): string {
  const { group, version, kind } = scope.resource.definition
  const place = scope.namespace === undefined ? '' : `${scope.namespace}/`
  return `failed to create typed patch object (${place}${scope.name}; ${group}/${version}, Kind=${kind})`
}

function keyed<T>(scope: Scope, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof KeylessElementError)
      throw plainError(`${typedPatchError(scope)}: ${error.message}`)
    throw error
  }
}

function create(scope: Scope, draft: Draft, fields: FieldSet, options: WriteOptions): KubeObject {
  const uid = draft['metadata'].uid ?? ''
  if (uid !== '') {
    throw failure({
      code: 409,
      reason: 'Conflict',
      message: `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    })
  }
  const object = createObject(scope, draft, options)
  if (!options.isDryRun) setOwners(scope, object, [], ownerOf(scope, fields, options))
  return object
}

function ownerOf(scope: Scope, fields: FieldSet, options: WriteOptions): Owner {
  return {
    manager: options.fieldManager,
    operation: 'Apply',
    apiVersion: scope.resource.apiVersion,
    subresource: scope.info.subresource ?? '',
    time: scope.server.timestamp,
    fields,
  }
}

function applyTo(
  scope: Scope,
  old: KubeObject,
  document: Draft,
  fields: FieldSet,
  options: WriteOptions,
): KubeObject {
  const { resource, server } = scope
  const shape = shapeOfStruct(resource.struct)
  const all = ownersBefore(scope, old, shape)
  const live = shown(resource, old)
  const applier = ownerOf(scope, fields, options)
  const previous = all.find((owner) => isSameOwner(owner, applier))
  const others = all.filter((owner) => owner !== previous)
  const owned = others.reduce((sum, owner) => sum.union(owner.fields), fields)
  const dropped = previous?.fields.difference(owned) ?? new FieldSet()
  const merged = keyed(scope, () =>
    removeFields(mergeDocument(live, document, shape), dropped, owned, shape),
  ) as Draft
  const draft = decodeDocument(scope, merged)
  delete draft['metadata'].managedFields
  updateLastApplied(options.fieldManager, draft, document)
  const { changed, removed } = compareValues(live, merged, shape)
  const taken = others.map((owner) => ({ owner, fields: owner.fields.intersection(changed) }))
  const conflicts = taken.filter((one) => !one.fields.isEmpty)
  if (conflicts.length > 0 && !scope.query.flag('force')) {
    const allowed = takenOver(options.fieldManager, live, shape)
    const refused = conflicts
      .map(({ owner, fields: taking }) => ({ owner, fields: taking.difference(allowed) }))
      .filter((one) => !one.fields.isEmpty)
    if (refused.length > 0) throw conflictError(refused)
  }
  const left = others
    .map((owner) => ({ ...owner, fields: owner.fields.difference(changed).difference(removed) }))
    .filter((owner) => !owner.fields.isEmpty)
  const isSame = previous?.fields.equals(fields) === true && conflicts.length === 0
  const mode = {
    subresource: scope.info.subresource,
    operation: 'Apply',
    isUnconditional: true,
    isOwnershipChanged: !isSame,
  } as const
  const object = updateObject(scope, old, draft, options, mode)
  if (!options.isDryRun && !isSame && server.ownership.isKnown(object))
    setOwners(scope, object, left, applier)
  return object
}

/** What an object without any owners holds belongs to a manager of its own from then on. */
function ownersBefore(scope: Scope, old: KubeObject, shape: Shape): readonly Owner[] {
  const { resource, server } = scope
  const owners = server.ownership.owners(resource, old)
  if (owners.length > 0) return owners
  const fields = ownable(fieldsOfDocument(old, shape), resource, '')
  return fields.isEmpty
    ? []
    : [
        {
          manager: BEFORE_FIRST_APPLY,
          operation: 'Update',
          apiVersion: resource.apiVersion,
          subresource: '',
          time: server.timestamp,
          fields,
        },
      ]
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  )
}

function setOwners(
  scope: Scope,
  object: KubeObject,
  others: readonly Owner[],
  applier: Owner,
): void {
  const owners = applier.fields.isEmpty ? others : [...others, applier]
  scope.server.ownership.replaceOwners(object, owners)
}

type Conflict = { readonly owner: Owner; readonly fields: FieldSet }

function conflictError(conflicts: readonly Conflict[]): Error {
  const byManager = new Map<string, string[]>()
  for (const { owner, fields } of conflicts) {
    const name = managerText(owner)
    const paths = [...fields.paths()].map(formatFieldPath)
    byManager.set(name, [...(byManager.get(name) ?? []), ...paths].sort())
  }
  const managers = [...byManager.keys()].sort()
  const causes: StatusCause[] = managers.flatMap((manager) =>
    (byManager.get(manager) ?? []).map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field,
    })),
  )
  const [only] = causes
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${only?.message}: ${only?.field}`
      : `Apply failed with ${causes.length} conflicts: ${managers.map((manager) => manyText(manager, byManager)).join('\n')}`
  return failure({ code: 409, reason: 'Conflict', message, details: { causes } })
}

function manyText(manager: string, byManager: ReadonlyMap<string, readonly string[]>): string {
  const paths = byManager.get(manager) ?? []
  return [`conflicts with ${manager}:`, ...paths.map((path) => `- ${path}`)].join('\n')
}

/** Appliers go by their name; others also by what they wrote through. */
function managerText({ manager, operation, apiVersion, subresource }: Owner): string {
  const name = JSON.stringify(manager)
  if (operation === 'Apply') return name
  const through = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${name}${through} using ${apiVersion}`
}
