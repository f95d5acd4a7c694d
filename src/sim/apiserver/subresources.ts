import type { ApiReply } from '#sim/apimachinery/request.ts'
import { methodNotAllowed } from '#sim/apimachinery/statuses.ts'
import { handleBinding } from './binding.ts'
import { handleEphemeralContainers } from './ephemeral-containers.ts'
import { handleEviction } from './eviction.ts'
import { handleFinalize } from './finalize.ts'
import type { Representation } from './negotiation.ts'
import { handlePodStream } from './pod-streams.ts'
import { handleProxy } from './proxy.ts'
import { encode, render } from './responses.ts'
import type { Draft } from './resource.ts'
import { handleScale } from './scale.ts'
import { scaleTable } from './scale-table.ts'
import type { Scope } from './scope.ts'
import { handleToken } from './token.ts'

/** Subresources other than status; undefined where the resource has none of that name. */
export function handleSubresource(scope: Scope, form: Representation): ApiReply | undefined {
  const { store, definition } = scope.resource
  const { subresource = '' } = scope.info
  if (subresource === 'scale' && definition.scale !== undefined)
    return encodeScale(scope, form, handleScale(scope))
  if (/^proxy(\/|$)/.test(subresource)) return handleProxy(scope)
  switch (`${store.name}/${subresource}`) {
    case 'pods/binding':
      onlyMethods(scope, 'POST')
      return encode(form, 201, handleBinding(scope))
    case 'pods/eviction':
      onlyMethods(scope, 'POST')
      return encode(form, 201, handleEviction(scope))
    case 'pods/ephemeralcontainers':
      return render(scope, form, 200, handleEphemeralContainers(scope))
    case 'pods/exec':
    case 'pods/attach':
    case 'pods/portforward':
      onlyMethods(scope, 'GET', 'POST')
      return handlePodStream(scope, subresource as 'exec' | 'attach' | 'portforward')
    case 'pods/log':
      onlyMethods(scope, 'GET')
      return handlePodStream(scope, 'log')
    case 'serviceaccounts/token':
      onlyMethods(scope, 'POST')
      return encode(form, 201, handleToken(scope))
    case 'namespaces/finalize':
      onlyMethods(scope, 'PUT')
      return render(scope, form, 200, handleFinalize(scope))
    default:
      return undefined
  }
}

function encodeScale(scope: Scope, form: Representation, scale: Draft): ApiReply {
  return encode(form, 200, form.transform === 'Table' ? scaleTable(scope, form, scale) : scale)
}

function onlyMethods(scope: Scope, ...methods: string[]): void {
  if (!methods.includes(scope.request.method)) throw methodNotAllowed()
}
