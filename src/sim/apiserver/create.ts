import type { KubeObject } from '#sim/apimachinery/objects.ts'
import {
  alreadyExists,
  failure,
  forbidden,
  generateNameConflict,
  invalid,
  notFound,
} from '#sim/apimachinery/statuses.ts'
import { checkMediaType, readBody } from './body.ts'
import { canonicalStruct } from './canonical.ts'
import { decode } from './decode.ts'
import { clearSystemFields, decodeObject, placeObject } from './objects.ts'
import { dropRepeatedOwners } from './owner-references.ts'
import { admitByQuota } from './quota-admission.ts'
import type { Draft } from './resource.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { canonical } from './storage.ts'

const GENERATED_BASE_MAX = 58
const GENERATE_TRIES = 8

export function handleCreate(scope: Scope): KubeObject {
  checkMediaType(scope)
  const options = writeOptions(scope, 'CreateOptions')
  const { kind } = scope.resource.definition
  const draft = decodeObject(scope, readBody(scope, kind), options.fieldValidation)
  return createObject(scope, draft, options)
}

/** From a decoded draft to a stored object, in the order of the real server's steps. */
export function createObject(scope: Scope, decoded: Draft, options: WriteOptions): KubeObject {
  const { resource, context } = scope
  const { definition, stored } = resource
  const metadata = decoded['metadata']
  placeObject(scope, decoded)
  const version = metadata['resourceVersion'] ?? ''
  dropRepeatedOwners(scope, metadata)
  clearSystemFields(metadata)
  definition.setDefaults(decoded, context)
  const draft = definition.view?.toStored(decoded) ?? decoded
  checkNamespace(scope, metadata['name'] ?? '')
  if (version !== '' && version !== '0') {
    throw failure({
      code: 500,
      message: 'resourceVersion should not be set on objects to be created',
    })
  }
  const isGenerated = (metadata['name'] ?? '') === '' && (metadata['generateName'] ?? '') !== ''
  if (isGenerated) generateName(scope, metadata)
  definition.admitCreate?.(draft, context)
  metadata['uid'] = scope.server.newUid()
  metadata['creationTimestamp'] = context.timestamp
  definition.prepareForCreate(draft, context)
  const errors = definition.validate(draft, context)
  if (errors.length > 0) throw invalid(definition, metadata['name'] ?? '', errors)
  for (const warning of definition.warnings?.(draft, undefined, context) ?? []) scope.warn(warning)
  definition.admitValidated?.(draft, undefined, context)
  const charge = admitByQuota(scope, draft)
  const existing = resource.store.get(scope.namespace, metadata['name'])
  if (existing !== undefined)
    throw collision(scope, existing, (metadata['generateName'] ?? '') !== '')
  delete metadata['resourceVersion']
  if (options.isDryRun) return canonical(stored, draft)
  charge()
  const object = scope.server.storage.insert(stored, draft)
  noteOwnership(scope, object, options)
  return object
}

/** The creator owns what it said and what the defaults made of it, but nothing of admission's. */
function noteOwnership(scope: Scope, object: KubeObject, options: WriteOptions): void {
  const { server, resource, requestObject } = scope
  const { definition, struct } = resource
  const change = {
    manager: options.fieldManager,
    subresource: undefined,
    time: server.timestamp,
  }
  const decoded = () => {
    if (struct === undefined) return object
    const { draft } = decode(requestObject, struct)
    draft['metadata'] ??= {}
    draft['metadata'].namespace = object.metadata.namespace
    definition.setDefaults(draft, server.idleContext)
    const { stored } = resource
    return canonicalStruct(definition.view?.toStored(draft) ?? draft, stored.struct ?? struct)
  }
  const empty = () =>
    struct === undefined ? {} : canonicalStruct({}, resource.stored.struct ?? struct)
  server.ownership.created(object, change, decoded, empty)
}

function generateName(scope: Scope, metadata: Draft): void {
  const base = (metadata['generateName'] as string).slice(0, GENERATED_BASE_MAX)
  for (let tries = 0; tries < GENERATE_TRIES; tries++) {
    metadata['name'] = `${base}${scope.server.randomSuffix()}`
    if (scope.resource.store.get(scope.namespace, metadata['name']) === undefined) return
  }
}

/** A name that was wished for but came with a base is reported as one that was made up. */
function collision(scope: Scope, existing: KubeObject, hasBase: boolean): Error {
  const { where } = scope.resource
  const { name, deletionTimestamp } = existing.metadata
  if (hasBase) return generateNameConflict(where, name)
  return alreadyExists(where, name, deletionTimestamp !== undefined)
}

/** Nothing new in a namespace that is absent or going away. */
function checkNamespace(scope: Scope, name: string): void {
  const { namespace, resource } = scope
  if (namespace === undefined) return
  const found = scope.registry.named('namespaces')
  if (found === undefined) return
  const object = found.store.get(undefined, namespace)
  if (object === undefined) throw notFound(found.where, namespace)
  if (object.metadata.deletionTimestamp === undefined) return
  throw forbidden(
    resource.where,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}
