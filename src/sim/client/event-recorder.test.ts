import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { Client } from './client.ts'
import { EventRecorder } from './event-recorder.ts'

const COLLECTION = '/api/v1/namespaces/default/events'
const COMBINED = '(combined from similar events): '

type Stored = KubeObject & {
  readonly count: number
  readonly message: string
  readonly reason: string
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly involvedObject: { readonly name: string; readonly uid: string }
}

function world() {
  const test = new TestServer()
  const client = new Client({ call: test.server.call, user: 'test', userAgent: 'test' })
  const recorder = new EventRecorder(test.simulation, client, { component: 'tester' })
  return {
    test,
    record: (subject: string, reason: string, message: string, fieldPath?: string) => {
      const more = fieldPath === undefined ? {} : { fieldPath }
      recorder.record(about(subject), { type: 'Normal', reason, message, ...more })
      test.simulation.runUntilRest()
    },
    stored: () => test.send<KubeObject & { items: readonly Stored[] }>('GET', COLLECTION).items,
  }
}

function about(name: string): KubeObject {
  const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1' }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, creationTimestamp: '' } }
}

describe('an event recorder', () => {
  it('raises the count of an event that repeats, and keeps when it was first', () => {
    const { test, record, stored } = world()
    record('a', 'Pulled', 'again')
    test.simulation.runFor(2000)
    record('a', 'Pulled', 'again')
    record('a', 'Pulled', 'again')
    const [event, ...others] = stored()
    expect(others).toEqual([])
    expect(event).toMatchObject({ count: 3, message: 'again', involvedObject: { uid: 'uid-a' } })
    const lasted = Date.parse(event?.lastTimestamp ?? '') - Date.parse(event?.firstTimestamp ?? '')
    expect(lasted).toBe(2000)
  })

  it('keeps events of other objects, reasons and messages apart', () => {
    const { record, stored } = world()
    record('a', 'Pulled', 'one')
    record('a', 'Pulled', 'two')
    record('a', 'Started', 'one')
    record('b', 'Pulled', 'one')
    expect(stored().map(({ count }) => count)).toEqual([1, 1, 1, 1])
  })

  it('writes an event again that was deleted meanwhile, with all it has counted', () => {
    const { test, record, stored } = world()
    record('a', 'Pulled', 'one')
    const [{ metadata, firstTimestamp } = { metadata: { name: '' }, firstTimestamp: '' }] = stored()
    test.send('DELETE', `${COLLECTION}/${metadata.name}`)
    test.simulation.runFor(5000)
    record('a', 'Pulled', 'one')
    expect(stored()).toMatchObject([
      { metadata: { name: metadata.name }, count: 2, firstTimestamp },
    ])
  })

  it('keeps events of containers apart, but not when it combines them', () => {
    const { record, stored } = world()
    const paths = ['spec.containers{a}', 'spec.containers{b}']
    for (const path of paths) record('a', 'BackOff', 'the same', path)
    expect(stored().map(({ count }) => count)).toEqual([1, 1])
    for (let index = 2; index <= 12; index++)
      record('a', 'BackOff', `message ${index}`, paths[index % 2])
    const combined = stored().filter(({ message }) => message.startsWith(COMBINED))
    expect(combined.map(({ count }) => count)).toEqual([3])
  })

  it('combines the tenth and later messages of a kind within ten minutes', () => {
    const { test, record, stored } = world()
    for (let index = 1; index <= 12; index++) record('a', 'Failed', `message ${index}`)
    const combined = () => stored().filter(({ message }) => message.startsWith(COMBINED))
    expect(stored()).toHaveLength(10)
    expect(combined().map(({ count, message }) => [count, message])).toEqual([
      [3, `${COMBINED}message 12`],
    ])
    test.simulation.runFor(601_000)
    record('a', 'Failed', 'message 13')
    expect(stored()).toHaveLength(11)
    expect(combined().map(({ count }) => count)).toEqual([3])
  })

  it('lets one object have 25 events at once and one more every five minutes', () => {
    const { test, record, stored } = world()
    const total = () => stored().reduce((sum, { count }) => sum + count, 0)
    for (let index = 0; index < 40; index++) record('a', 'Failed', 'the same')
    expect(total()).toBe(25)
    record('b', 'Failed', 'another object has its own allowance')
    expect(total()).toBe(26)
    test.simulation.runFor(299_000)
    record('a', 'Failed', 'the same')
    expect(total()).toBe(26)
    test.simulation.runFor(1000)
    // The one that gets through tells of those that did not.
    record('a', 'Failed', 'the same')
    expect(stored().find(({ involvedObject }) => involvedObject.name === 'a')?.count).toBe(42)
  })
})
