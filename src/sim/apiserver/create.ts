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
import { clearSystemFields, decodeObject, placeObject } from './objects.ts'
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
  return createObject(scope, draft, options, 'Update')
}

/** From a decoded draft to a stored object, in the order of the real server's steps. */
export function createObject(
  scope: Scope,
  draft: Draft,
  options: WriteOptions,
  operation: 'Update' | 'Apply',
): KubeObject {
  const { resource, context } = scope
  const { definition } = resource
  const metadata = draft['metadata']
  placeObject(scope, draft)
  const version = metadata['resourceVersion'] ?? ''
  clearSystemFields(metadata)
  definition.setDefaults(draft, context)
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
  const existing = resource.store.get(scope.namespace, metadata['name'])
  if (existing !== undefined) throw collision(scope, existing, isGenerated)
  delete metadata['resourceVersion']
  if (options.isDryRun) return canonical(resource, draft)
  const object = scope.server.storage.insert(resource, draft)
  scope.server.ownership.created(scope, object, options.fieldManager, operation)
  return object
}

function generateName(scope: Scope, metadata: Draft): void {
  const base = (metadata['generateName'] as string).slice(0, GENERATED_BASE_MAX)
  for (let tries = 0; tries < GENERATE_TRIES; tries++) {
    metadata['name'] = `${base}${scope.server.randomSuffix()}`
    if (scope.resource.store.get(scope.namespace, metadata['name']) === undefined) return
  }
}

function collision(scope: Scope, existing: KubeObject, isGenerated: boolean): Error {
  const { where } = scope.resource
  const { name, deletionTimestamp } = existing.metadata
  if (isGenerated) return generateNameConflict(where, name)
  return alreadyExists(where, name, deletionTimestamp !== undefined)
}

/** Nothing new in a namespace that is absent or going away. */
export function checkNamespace(scope: Scope, name: string): void {
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
