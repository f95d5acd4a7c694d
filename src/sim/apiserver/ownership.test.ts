import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { TestServer } from './test-server.ts'

const OBJECT = '/api/v1/namespaces/default/configmaps/a'
const APPLY = { 'content-type': 'application/apply-patch+yaml', accept: 'application/json' }
const MERGE = { 'content-type': 'application/merge-patch+json', accept: 'application/json' }

type Data = Record<string, string>
type ConfigMap = KubeObject & { readonly data?: Data }

function apply(test: TestServer, manager: string, data: Data, force = false) {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
  return test.reply('PATCH', `${OBJECT}?fieldManager=${manager}&force=${force}`, body, APPLY)
}

function edit(test: TestServer, manager: string, data: Record<string, string | null>) {
  return test.reply('PATCH', `${OBJECT}?fieldManager=${manager}`, { data }, MERGE)
}

function read(test: TestServer): ConfigMap {
  return test.send<ConfigMap>('GET', OBJECT, undefined, { accept: 'application/json' })
}

/** Keys of data by manager and kind of write. */
function owned(object: ConfigMap): Map<string, string[]> {
  return new Map(
    (object.metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => {
      const fields = (fieldsV1 as { 'f:data'?: object })['f:data'] ?? {}
      const keys = Object.keys(fields).filter((key) => key.startsWith('f:'))
      return [`${manager}/${operation}`, keys.map((key) => key.slice(2))]
    }),
  )
}

const data = fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2'))
const manager = fc.constantFrom('alice', 'bob')
const step = fc.oneof(
  fc.record({ type: fc.constant('apply' as const), manager, data, force: fc.boolean() }),
  fc.record({
    type: fc.constant('edit' as const),
    manager,
    data: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2', null)),
  }),
)

describe('field ownership', () => {
  it('only ever names fields that exist, and every applied one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const test = new TestServer()
        test.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } })
        for (const one of steps) {
          const reply =
            one.type === 'apply'
              ? apply(test, one.manager, one.data, one.force)
              : edit(test, one.manager, one.data)
          expect([200, 409]).toContain(reply.code)
          const object = read(test)
          for (const keys of owned(object).values())
            for (const key of keys) expect(object.data).toHaveProperty(key)
          if (one.type !== 'apply' || reply.code !== 200) continue
          expect(object.data ?? {}).toMatchObject(one.data)
          const own = owned(object).get(`${one.manager}/Apply`) ?? []
          expect(own.toSorted()).toEqual(Object.keys(one.data).toSorted())
        }
      }),
      { numRuns: 300 },
    )
  })

  it('makes a second apply of the same document a no-op', () => {
    const test = new TestServer()
    apply(test, 'alice', { x: '1' })
    const before = read(test).metadata.resourceVersion
    apply(test, 'alice', { x: '1' })
    expect(read(test).metadata.resourceVersion).toBe(before)
  })

  it('takes a field away that its only applier no longer names, and no other', () => {
    const test = new TestServer()
    apply(test, 'alice', { x: '1', y: '1' })
    apply(test, 'bob', { y: '1' })
    apply(test, 'alice', {})
    expect(read(test).data).toEqual({ y: '1' })
  })

  it('is wiped by a client that asks for it', () => {
    const test = new TestServer()
    apply(test, 'alice', { x: '1' })
    test.send('PATCH', OBJECT, { metadata: { managedFields: [{}] } }, MERGE)
    expect(read(test).metadata.managedFields).toBeUndefined()
  })
})

describe('what the server writes on behalf of a client', () => {
  it("is nobody's: the node of a Pod that is bound", () => {
    const test = new TestServer()
    const pods = '/api/v1/namespaces/default/pods'
    test.send('POST', pods, {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    })
    const binding = { target: { kind: 'Node', name: 'n' } }
    test.send('POST', `${pods}/p/binding?fieldManager=scheduler`, binding)
    const pod = test.send('GET', `${pods}/p`, undefined, { accept: 'application/json' })
    expect(pod.metadata.managedFields?.map((entry) => entry.manager)).toEqual(['test'])
  })
})
