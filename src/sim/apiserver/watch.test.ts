import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { WatchEvent } from '#sim/apimachinery/request.ts'
import { TestServer } from './test-server.ts'

type Step =
  | { type: 'create'; namespace: string; name: string; label: string }
  | { type: 'relabel'; namespace: string; name: string; label: string }
  | { type: 'touch'; namespace: string; name: string; value: string }
  | { type: 'hold'; namespace: string; name: string }
  | { type: 'delete'; namespace: string; name: string }

const place = {
  namespace: fc.constantFrom('default', 'other'),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
}
const label = fc.constantFrom('x', 'y')
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('create' as const), ...place, label }),
  fc.record({ type: fc.constant('relabel' as const), ...place, label }),
  fc.record({ type: fc.constant('touch' as const), ...place, value: fc.constantFrom('1', '2') }),
  fc.record({ type: fc.constant('hold' as const), ...place }),
  fc.record({ type: fc.constant('delete' as const), ...place }),
)

function run(test: TestServer, step: Step): void {
  const collection = `/api/v1/namespaces/${step.namespace}/configmaps`
  const object = `${collection}/${step.name}`
  const merge = { 'content-type': 'application/merge-patch+json' }
  switch (step.type) {
    case 'create': {
      const metadata = { name: step.name, labels: { l: step.label } }
      test.send('POST', collection, { metadata })
      return
    }
    case 'relabel':
      test.send('PATCH', object, { metadata: { labels: { l: step.label } } }, merge)
      return
    case 'touch':
      test.send('PATCH', object, { data: { k: step.value } }, merge)
      return
    case 'hold': {
      const { metadata } = test.send('GET', object)
      const finalizers = metadata.finalizers === undefined ? ['example.com/hold'] : null
      test.send('PATCH', object, { metadata: { finalizers } }, merge)
      return
    }
    case 'delete':
      test.send('DELETE', object)
  }
}

/** What a client holds that applied these events to nothing. */
function heldAfter(events: readonly WatchEvent[]): Map<string, KubeObject> {
  const held = new Map<string, KubeObject>()
  for (const { type, object } of events) {
    const key = `${object.metadata.namespace}/${object.metadata.name}`
    expect(held.has(key), `${type} ${key}`).toBe(type !== 'ADDED')
    if (type === 'DELETED') held.delete(key)
    else held.set(key, object)
  }
  return held
}

const SELECTIONS = [
  '/api/v1/configmaps?',
  '/api/v1/namespaces/default/configmaps?',
  '/api/v1/configmaps?labelSelector=l%3Dx&',
  '/api/v1/namespaces/other/configmaps?labelSelector=l!%3Dx&',
  '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Da&',
  '/api/v1/configmaps?fieldSelector=metadata.name!%3Da&',
]

function listed(test: TestServer, selection: string): Map<string, KubeObject> {
  const { items } = test.send<{ items: KubeObject[] }>('GET', selection)
  return new Map(items.map((item) => [`${item.metadata.namespace}/${item.metadata.name}`, item]))
}

describe('watch', () => {
  it('tells every watcher what a list tells, from the start or from any revision', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(30), (steps, middle) => {
        const test = new TestServer()
        const early = SELECTIONS.map((selection) => test.watch(`${selection}watch=true`))
        for (const one of steps.slice(0, middle)) run(test, one)
        const revision = test.server.revision
        const before = SELECTIONS.map((selection) => listed(test, selection))
        test.settle()
        for (const one of steps.slice(middle)) run(test, one)
        const late = SELECTIONS.map((selection) =>
          test.watch(`${selection}watch=true&resourceVersion=${revision}`),
        )
        test.settle()
        for (const [index, selection] of SELECTIONS.entries()) {
          const want = listed(test, selection)
          expect(heldAfter(early[index]?.events ?? [])).toEqual(want)
          const had = [...(before[index]?.values() ?? [])].map((object): WatchEvent => ({
            type: 'ADDED',
            object,
          }))
          expect(heldAfter([...had, ...(late[index]?.events ?? [])])).toEqual(want)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('gives every change a revision of its own, and a change of nothing none', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const test = new TestServer()
        const revisions: number[] = []
        test.server.onChange(({ object }) =>
          revisions.push(Number(object.metadata.resourceVersion)),
        )
        for (const one of steps) {
          const [before, count] = [test.server.revision, revisions.length]
          run(test, one)
          expect(test.server.revision - before).toBe(revisions.length - count)
        }
        expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b))
      }),
      { numRuns: 100 },
    )
  })

  it('never calls back within the request that causes the event', () => {
    const test = new TestServer()
    const { events } = test.watch('/api/v1/configmaps?watch=true')
    test.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } })
    expect(events).toEqual([])
    test.settle()
    expect(events.map(({ type }) => type)).toEqual(['ADDED'])
  })

  it('answers 410 once the history no longer reaches back', () => {
    const test = new TestServer({ eventLogSize: 3 })
    const start = test.server.revision
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      test.send('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name } })
    const { events } = test.watch(`/api/v1/configmaps?watch=true&resourceVersion=${start}`)
    test.settle()
    expect(events).toEqual([
      {
        type: 'ERROR',
        object: expect.objectContaining({
          code: 410,
          reason: 'Expired',
          message: `too old resource version: ${start} (${start + 2})`,
        }) as unknown,
      },
    ])
  })

  it('closes the initial events with an annotated bookmark', () => {
    const test = new TestServer()
    const { events } = test.watch(
      '/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    )
    test.settle()
    const metadata = {
      resourceVersion: String(test.server.revision),
      annotations: { 'k8s.io/initial-events-end': 'true' },
    }
    expect(events).toEqual([
      { type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata } },
    ])
  })
})

describe('bookmarks on the wire', () => {
  it.each([
    ['/api/v1/namespaces/default/configmaps', {}],
    ['/api/v1/namespaces/default/pods', { spec: { containers: null }, status: {} }],
  ])('are empty objects of what is watched: %s', (path, members) => {
    const test = new TestServer()
    const reply = test.reply('GET', `${path}?watch=true&allowWatchBookmarks=true`, undefined, {
      accept: 'application/json',
    })
    if (reply.type !== 'watch') throw new Error(`answered with a ${reply.type}`)
    const events: WatchEvent[] = []
    reply.start({ event: (event) => events.push(event), end: () => {} })
    test.settle()
    const [bookmark] = events
    if (bookmark === undefined) throw new Error('no bookmark came')
    const { kind, apiVersion, metadata, ...rest } = bookmark.object
    expect([kind, apiVersion]).toEqual([path.endsWith('pods') ? 'Pod' : 'ConfigMap', 'v1'])
    expect(Object.keys(metadata)).toEqual(['resourceVersion', 'annotations'])
    expect(rest).toEqual(members)
  })
})
