import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConfigMap } from '#sim/apimachinery/kinds.ts'
import type { Call, WatchSink } from '#sim/apimachinery/request.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { Client } from './client.ts'
import { Informer } from './informer.ts'

const COLLECTION = '/api/v1/namespaces/default/configmaps'
const MERGE = { 'content-type': 'application/merge-patch+json' }

/** A way to the server that can be cut: what happens meanwhile is not told when it heals. */
function breakable(call: Call): { readonly call: Call; cut(): void; heal(): void } {
  const open = new Map<WatchSink, () => void>()
  let isCut = false
  return {
    call: (request) => {
      const reply = call(request)
      if (reply.type !== 'watch') return reply
      return {
        ...reply,
        start: (sink) => {
          const stop = reply.start(sink)
          open.set(sink, stop)
          return () => {
            open.delete(sink)
            stop()
          }
        },
      }
    },
    cut: () => {
      isCut = true
      for (const stop of open.values()) stop()
    },
    heal: () => {
      const sinks = isCut ? [...open.keys()] : []
      isCut = false
      open.clear()
      for (const sink of sinks) sink.end()
    },
  }
}

function world(latencyMs: () => number) {
  const test = new TestServer()
  const way = breakable(test.server.call)
  const client = new Client({ call: way.call, user: 'test', userAgent: 'test' })
  const informer = new Informer<ConfigMap>(test.simulation, client, 'configmaps', {
    namespace: 'default',
    latencyMs,
  })
  informer.addIndex('color', ({ metadata }) => {
    const color = metadata.labels?.['color']
    return color === undefined ? [] : [color]
  })
  const told: string[] = []
  const held = new Map<string, number>()
  const take = (object: ConfigMap): void => {
    const { name, resourceVersion } = object.metadata
    expect(Number(resourceVersion)).toBeGreaterThan(held.get(name) ?? 0)
    held.set(name, Number(resourceVersion))
  }
  informer.onChange({
    added: (object) => {
      expect(held.has(object.metadata.name)).toBe(false)
      told.push(`added ${object.metadata.name}`)
      take(object)
    },
    updated: (old, object) => {
      expect(held.get(object.metadata.name)).toBe(Number(old.metadata.resourceVersion))
      told.push(`updated ${object.metadata.name}`)
      take(object)
    },
    deleted: ({ metadata }) => {
      expect(held.delete(metadata.name)).toBe(true)
      told.push(`deleted ${metadata.name}`)
    },
  })
  return { test, way, informer, told, held }
}

type World = ReturnType<typeof world>

function expectInStep({ test, informer, held }: World): void {
  const { items } = test.send<{ items: readonly ConfigMap[] } & ConfigMap>('GET', COLLECTION)
  const versions = new Map(items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]))
  const cached = new Map(
    [...informer.list()].map(({ metadata }) => [metadata.name, metadata.resourceVersion]),
  )
  expect(cached).toEqual(versions)
  expect(new Set(held.keys())).toEqual(new Set(versions.keys()))
  for (const color of ['red', 'blue']) {
    const wanted = items.filter(({ metadata }) => metadata.labels?.['color'] === color)
    const found = informer.byIndex('color', color)
    expect(found.map(({ metadata }) => metadata.name).toSorted()).toEqual(
      wanted.map(({ metadata }) => metadata.name).toSorted(),
    )
  }
}

const step = fc.record({
  act: fc.constantFrom('create', 'paint', 'delete', 'cut', 'heal', 'compact', 'wait'),
  name: fc.constantFrom('a', 'b', 'c'),
  color: fc.constantFrom('red', 'blue', null),
  afterMs: fc.integer({ min: 0, max: 30 }),
})

describe('an informer', () => {
  it('ends in step with the server, whatever the latency and however often the way is cut', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), latencies, (steps, drawn) => {
        let draws = 0
        const one = world(() => drawn[draws++ % drawn.length] ?? 0)
        const { test, way, informer } = one
        informer.start()
        for (const { act, name, color, afterMs } of steps) {
          test.simulation.runFor(afterMs)
          const metadata = { name, labels: color === null ? {} : { color } }
          if (act === 'create') test.send('POST', COLLECTION, { metadata })
          if (act === 'paint')
            test.send('PATCH', `${COLLECTION}/${name}`, { metadata: { labels: { color } } }, MERGE)
          if (act === 'delete') test.send('DELETE', `${COLLECTION}/${name}`)
          if (act === 'cut') way.cut()
          if (act === 'heal') way.heal()
          if (act === 'compact') test.server.compact()
        }
        way.heal()
        test.simulation.runUntilRest()
        expectInStep(one)
      }),
    )
  })

  it('lists again when the history it missed is gone, and tells what went', () => {
    const one = world(() => 5)
    const { test, way, informer, told } = one
    test.send('POST', COLLECTION, { metadata: { name: 'stays' } })
    test.send('POST', COLLECTION, { metadata: { name: 'goes' } })
    informer.start()
    way.cut()
    test.send('DELETE', `${COLLECTION}/goes`)
    test.send('POST', COLLECTION, { metadata: { name: 'comes' } })
    test.server.compact()
    told.length = 0
    way.heal()
    test.simulation.runFor(100)
    expect(told).toEqual([])
    test.simulation.runUntilRest()
    expect(told.toSorted()).toEqual(['added comes', 'deleted goes'])
    expectInStep(one)
  })

  it('shows nothing before its latency has passed, and keeps the order whatever it draws', () => {
    const drawn = [40, 1, 10]
    const { test, informer, told } = world(() => drawn.shift() ?? 0)
    informer.start()
    for (const name of ['a', 'b', 'c']) test.send('POST', COLLECTION, { metadata: { name } })
    test.simulation.runFor(39)
    expect(told).toEqual([])
    test.simulation.runUntilRest()
    expect(told).toEqual(['added a', 'added b', 'added c'])
  })

  it('shows what it has to handlers that come later', () => {
    const { test, informer } = world(() => 0)
    test.send('POST', COLLECTION, { metadata: { name: 'a' } })
    informer.start()
    const seen: string[] = []
    informer.onChange({ added: ({ metadata }) => seen.push(metadata.name) })
    expect(seen).toEqual(['a'])
  })
})
