import { expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { newPass } from './decision-pass.test-kit.ts'
import { departedSentence, departedSet } from './departed.ts'

function object(kind: string, name: string, namespace = 'default'): KubeObject {
  const metadata = { name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '' }
  return { apiVersion: 'v1', kind, metadata, spec: { subdomain: 'nginx' } } as KubeObject
}

function world(objects: readonly KubeObject[], passes = [newPass()]) {
  const byKind: Record<string, Map<string, KubeObject>> = {}
  for (const one of objects) (byKind[one.kind] ??= new Map()).set(one.metadata.uid, one)
  return { byKind, passes }
}

const POD = object('Pod', 'web-1')
const CLAIM = object('PersistentVolumeClaim', 'www-web-4')

it.each([
  { name: 'nothing was reconciled', state: world([POD, CLAIM], []) },
  { name: 'a set is there', state: world([POD, object('StatefulSet', 'web')]) },
  { name: 'nothing is left', state: world([object('Pod', 'dns-test'), object('Pod', 'webx-1')]) },
  { name: 'what is left is elsewhere', state: world([object('Pod', 'web-1', 'other')]) },
])('tells of no departed set while $name', ({ state }) => {
  expect(departedSet(state)).toBeUndefined()
})

it('knows the templates of a departed set from its claims, the Service from its Pods', () => {
  const set = departedSet(
    world([POD, CLAIM, object('PersistentVolumeClaim', 'data-web-0'), object('Pod', 'x-web-7')]),
  )
  expect(set?.metadata).toMatchObject({ name: 'web', namespace: 'default' })
  expect(set?.spec?.replicas).toBe(0)
  expect(set?.spec?.serviceName).toBe('nginx')
  expect(set?.spec?.volumeClaimTemplates?.map((one) => one.metadata?.name)).toEqual(['data', 'www'])
})

it.each([
  { slots: [{ pod: { flag: 'orphaned' } }, {}], says: /its Pod runs on\. Nobody looks after it\./ },
  { slots: [{ pod: { flag: 'collected' } }, {}], says: /garbage collector deletes/ },
  { slots: [{}, {}], says: /Their claims stay/ },
])('says $says', ({ slots, says }) => {
  expect(departedSentence('web', slots).first).toMatch(says)
})
