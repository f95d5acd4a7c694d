import type { ApiReply } from '#sim/apimachinery/request.ts'
import { failure, notFound } from '#sim/apimachinery/statuses.ts'
import type { Scope } from './scope.ts'

/** The proxy subresources. Simplified: HTTP is not carried to Pods, and the answer says so. */
export function handleProxy(scope: Scope): ApiReply {
  const [name = ''] = scope.name.split(':')
  const object = scope.resource.store.get(scope.namespace, name)
  if (object === undefined) throw notFound(scope.resource.where, name)
  throw failure({
    code: 503,
    reason: 'ServiceUnavailable',
    message: 'error trying to reach service: the proxy subresource is not simulated',
  })
}
