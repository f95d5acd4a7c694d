import { isObject } from '#sim/apimachinery/equality.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { badRequest, conflict, notFound, plainError, success } from '#sim/apimachinery/statuses.ts'
import { checkMediaType } from './body.ts'
import { readRequestObject } from './body-kind.ts'
import type { ExpectedKind } from './expected-kind.ts'
import { shallowDraft } from './objects.ts'
import type { Draft } from './resource.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { storeUpdate } from './update.ts'
import { withCondition } from './pod-conditions.ts'

type PodLike = KubeObject & {
  readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly unknown[] }
  readonly status: Draft
}

export const BINDING: ExpectedKind = {
  kind: 'Binding',
  apiVersions: ['v1'],
  internal: 'core.Binding',
}
const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region']

/** Puts a Pod on a node, once. Upstream: pkg/registry/core/pod/storage (BindingREST). */
export function handleBinding(scope: Scope): Status {
  checkMediaType(scope)
  const options = writeOptions(scope, 'CreateOptions')
  const body = readRequestObject(scope, BINDING)
  scope.requestObject = body
  const target = isObject(body['target']) ? body['target'] : {}
  const kind = target['kind'] ?? ''
  if (kind !== '' && kind !== 'Node') {
    throw plainError(
      `target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`,
    )
  }
  const nodeName = target['name'] ?? ''
  if (typeof nodeName !== 'string' || nodeName === '')
    throw plainError('target.name: Required value')
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  const name = metadata['name'] ?? scope.name
  if (name !== scope.name) throw badRequest('name in URL does not match name in Binding object')
  bindPod(scope, nodeName, metadata['annotations'], options)
  return success(undefined, 201)
}

function bindPod(
  scope: Scope,
  nodeName: string,
  annotations: unknown,
  options: WriteOptions,
): void {
  const pod = scope.stored as PodLike | undefined
  if (pod === undefined) throw notFound(scope.resource.where, scope.name)
  checkBindable(pod)
  const draft = shallowDraft(pod)
  const { metadata } = draft
  if (isObject(annotations))
    metadata['annotations'] = { ...metadata['annotations'], ...annotations }
  const labels = topologyLabels(scope, nodeName)
  if (labels !== undefined) metadata['labels'] = { ...metadata['labels'], ...labels }
  draft['spec'] = { ...pod.spec, nodeName }
  const { nominatedNodeName: _nominated, ...status } = pod.status
  const condition = { type: 'PodScheduled', status: 'True' }
  draft['status'] = withCondition(status, condition, scope.server.timestamp)
  const mode = { subresource: 'binding', operation: 'Update', isUnowned: true } as const
  storeUpdate(scope, pod, draft, options, mode)
}

function checkBindable(pod: PodLike): void {
  const { name, deletionTimestamp } = pod.metadata
  const refuse = (why: string) => conflict({ group: '', resource: 'pods/binding' }, name, why)
  if (deletionTimestamp !== undefined)
    throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if ((pod.spec.nodeName ?? '') !== '')
    throw refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`)
  if ((pod.spec.schedulingGates ?? []).length > 0)
    throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
}

function topologyLabels(scope: Scope, nodeName: string): Record<string, string> | undefined {
  const node = scope.context.lookup('nodes', undefined, nodeName)
  const found = TOPOLOGY_LABELS.flatMap((key) => {
    const value = node?.metadata.labels?.[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  return found.length === 0 ? undefined : Object.fromEntries(found)
}
