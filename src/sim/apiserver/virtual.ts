import { isObject } from '#sim/apimachinery/equality.ts'
import { textOf } from '#sim/apimachinery/go-format.ts'
import type { ApiReply } from '#sim/apimachinery/request.ts'
import { badRequest, methodNotAllowed } from '#sim/apimachinery/statuses.ts'
import { BINDING, handleBinding } from './binding.ts'
import { readRequestObject } from './body-kind.ts'
import { extraResources } from './discovery-extras.ts'
import { internalName } from './expected-kind.ts'
import type { Draft } from './resource.ts'
import { Scope } from './scope.ts'

const REVIEWS: Readonly<Record<string, (scope: Scope, body: Draft) => Draft>> = {
  'authentication.k8s.io/selfsubjectreviews': (scope) => ({
    userInfo: { username: scope.request.user, groups: ['system:masters', 'system:authenticated'] },
  }),
  'authentication.k8s.io/tokenreviews': (_scope, body) => ({
    authenticated: (body['spec']?.token ?? '') !== '',
    user: { username: 'kubernetes-admin', groups: ['system:authenticated'] },
  }),
  'authorization.k8s.io/selfsubjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/subjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/localsubjectaccessreviews': () => ({ allowed: true }),
  'authorization.k8s.io/selfsubjectrulesreviews': () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
}

/** Resources without stored objects, such as reviews; undefined where there is none. */
export function handleVirtual(scope: Scope): ApiReply | undefined {
  const { group, resource, namespace, name } = scope.info
  if (group === '' && resource === 'bindings' && namespace !== undefined && name === undefined) {
    if (scope.request.method !== 'POST') throw methodNotAllowed()
    return { type: 'object', code: 201, body: bindByBody(scope) }
  }
  const review = REVIEWS[`${group}/${resource}`]
  if (review === undefined) return undefined
  if (scope.request.method !== 'POST') throw methodNotAllowed()
  const kind =
    extraResources.find((extra) => extra.group === group && extra.resource?.name === resource)
      ?.resource?.kind ?? ''
  const apiVersion = `${group}/${scope.info.version}`
  const internal = internalName(group, kind)
  const body = readRequestObject(scope, { kind, apiVersions: [apiVersion], internal })
  const { kind: _kind, apiVersion: _apiVersion, metadata = {}, spec, ...rest } = body
  const given = { kind, apiVersion, metadata, ...(spec === undefined ? {} : { spec }) }
  return { type: 'object', code: 201, body: { ...given, ...rest, status: review(scope, body) } }
}

/** A Binding names its Pod itself. */
function bindByBody(scope: Scope) {
  const body = readRequestObject(scope, BINDING)
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  const info = {
    ...scope.info,
    resource: 'pods',
    name: textOf(metadata['name']),
    subresource: 'binding',
  }
  const pods = scope.registry.named('pods')
  if (pods === undefined) throw badRequest('there are no Pods to bind')
  return handleBinding(new Scope(scope.server, { ...scope.request, body }, info, pods))
}
