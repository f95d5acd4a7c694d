import { expect, it } from 'vitest'
import type { Reply } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { createRequestsSlice, objectPath, pluralOf, refusal } from './requests.ts'

it.each([
  ['StatefulSet', 'statefulsets'],
  ['EndpointSlice', 'endpointslices'],
  ['Endpoints', 'endpoints'],
  ['StorageClass', 'storageclasses'],
  ['NetworkPolicy', 'networkpolicies'],
  ['PodDisruptionBudget', 'poddisruptionbudgets'],
  ['Ingress', 'ingresses'],
])('names the resource of %s %s', (kind, plural) => expect(pluralOf(kind)).toBe(plural))

it.each([
  {
    object: { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web' } },
    path: '/apis/apps/v1/namespaces/default/statefulsets/web',
  },
  {
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'b' } },
    path: '/api/v1/namespaces/b/pods/a',
  },
  {
    object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } },
    path: '/api/v1/nodes/node-a',
  },
])('finds $path', ({ object, path }) => expect(objectPath(object)).toBe(path))

it('says why the server refused, and nothing where it did not', () => {
  const body = { message: 'statefulsets.apps "web" not found' }
  expect(refusal({ ok: true, code: 404, body })).toBe('statefulsets.apps "web" not found')
  expect(refusal({ ok: true, code: 200, body: {} })).toBeUndefined()
  expect(refusal({ ok: false, message: 'stopped' })).toBe('stopped')
})

it('taints a lost node beside its other taints, and deletes its Pod without grace', async () => {
  const asked: unknown[] = []
  const said: string[] = []
  const ask = (question: unknown) => {
    asked.push(question)
    return Promise.resolve<Reply>({ ok: true, code: 200, body: {} })
  }
  // Nothing but the worker's door is used.
  const slice = createRequestsSlice({ worker: { ask } } as unknown as Deps, (words) =>
    said.push(words),
  )
  const metadata = { uid: 'u', resourceVersion: '7', creationTimestamp: '' }
  const taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }
  slice.declareOutOfService({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata, name: 'node-b' },
    spec: { taints: [taint] },
  })
  const pod = { ...metadata, name: 'web-1', namespace: 'default' }
  slice.deleteByForce({ apiVersion: 'v1', kind: 'Pod', metadata: pod })
  await Promise.resolve()
  await Promise.resolve()
  const declared = {
    key: 'node.kubernetes.io/out-of-service',
    value: 'nodeshutdown',
    effect: 'NoExecute',
  }
  expect(asked).toMatchObject([
    {
      method: 'PATCH',
      path: '/api/v1/nodes/node-b',
      body: { metadata: { resourceVersion: '7' }, spec: { taints: [taint, declared] } },
    },
    {
      method: 'DELETE',
      path: '/api/v1/namespaces/default/pods/web-1',
      body: { gracePeriodSeconds: 0 },
    },
  ])
  expect(said).toEqual([
    'Tainted, as: kubectl taint node node-b node.kubernetes.io/out-of-service=nodeshutdown:NoExecute',
    'Deleted, as: kubectl delete pod web-1 --force --grace-period=0',
  ])
})
