import { expect, it } from 'vitest'
import type { KnownKinds } from './kube.ts'
import { podNamed } from './pods.ts'

function pods(...names: readonly string[]): ReadonlyMap<string, KnownKinds['Pod']> {
  return new Map(
    names.map((path) => {
      const [namespace = '', name = ''] = path.split('/')
      const metadata = { name, namespace, uid: path, resourceVersion: '1', creationTimestamp: '' }
      return [path, { apiVersion: 'v1', kind: 'Pod', metadata }]
    }),
  )
}

it('finds the Pod of a name in its namespace, as the Pods are then', () => {
  const before = pods('default/web-0', 'other/web-1')
  const after = pods('default/web-1')
  expect(podNamed(before, 'default', 'web-0')?.metadata.uid).toBe('default/web-0')
  expect(podNamed(before, 'default', 'web-1')).toBeUndefined()
  expect(podNamed(after, 'default', 'web-1')?.metadata.uid).toBe('default/web-1')
  expect(podNamed(after, 'default', 'web-0')).toBeUndefined()
})
