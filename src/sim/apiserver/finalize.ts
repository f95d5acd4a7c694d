import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { conflict, MODIFIED_MESSAGE, notFound } from '#sim/apimachinery/statuses.ts'
import { checkMediaType, readBody } from './body.ts'
import { checkName, decodeObject, shallowDraft } from './objects.ts'
import { type Scope, writeOptions } from './scope.ts'
import { storeUpdate } from './update.ts'

/** Takes a Namespace's own finalizers off; with the last one it goes. */
export function handleFinalize(scope: Scope): KubeObject {
  checkMediaType(scope)
  const options = writeOptions(scope, 'UpdateOptions')
  const given = decodeObject(scope, readBody(scope, 'Namespace'), options.fieldValidation)
  checkName(scope, given)
  const old = scope.stored
  if (old === undefined) throw notFound(scope.resource.where, scope.name)
  const version = given['metadata'].resourceVersion ?? ''
  if (version !== '' && version !== old.metadata.resourceVersion)
    throw conflict(scope.resource.where, scope.name, MODIFIED_MESSAGE)
  const draft = shallowDraft(old)
  draft['spec'] = { ...draft['spec'], finalizers: given['spec']?.finalizers ?? [] }
  const mode = { subresource: 'finalize', operation: 'Update' } as const
  return storeUpdate(scope, old, draft, options, mode)
}
