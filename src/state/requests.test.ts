import { expect, it } from 'vitest'
import { objectPath, pluralOf, refusal } from './requests.ts'

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
