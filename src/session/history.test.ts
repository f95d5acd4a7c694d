import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { History, type Place } from './history.ts'
import type { LogLengths } from './journal.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const lessons = new Map(allLessons().map((lesson) => [lesson.id, lesson]))

type Seen = Place & {
  readonly objects: ReadonlyMap<string, KubeObject>
  readonly records: string
  readonly logs: LogLengths
  readonly printed: number
}

/** A run of the lesson, looked at after every event and input. */
function watchedRun(events: number): { session: Session; seen: readonly Seen[] } {
  const session = new Session({ settings: { ...DEFAULT_SETTINGS, timings: 'kind' }, lessons })
  const { simulation, server, network } = session.cluster
  const objects = new Map<string, KubeObject>()
  for (const object of server.objects()) objects.set(object.metadata.uid, object)
  server.onChange(({ type, object }) => {
    if (type === 'DELETED') objects.delete(object.metadata.uid)
    else objects.set(object.metadata.uid, object)
  })
  let printed = 0
  session.onOutput((terminal, text) => (printed += terminal === 1 ? text.length : 0))
  const seen: Seen[] = []
  const look = (): void => {
    const { now: time, eventsTotal } = simulation
    const { inputs, journal } = session
    const shown = [...objects].filter(([, { kind }]) => kind !== 'Lease')
    seen.push({
      time,
      events: eventsTotal,
      inputs: inputs.length,
      objects: new Map(shown),
      records: JSON.stringify(network.records()),
      logs: journal.lengths,
      printed,
    })
  }
  look()
  session.openTerminal(1, 80, 24)
  session.openLesson('basics', '')
  session.playLesson()
  look()
  for (let count = 0; count < events; count++) {
    simulation.step()
    look()
  }
  return { session, seen }
}

describe('the history of a run', () => {
  let session: Session
  let seen: readonly Seen[]
  beforeAll(() => {
    ;({ session, seen } = watchedRun(9000))
  })

  it('shows every instant as it was seen when it was the present', () => {
    const { history } = session
    fc.assert(
      fc.property(fc.nat(seen.length - 2), (index) => {
        const one = seen[index]
        const next = seen[index + 1]
        fc.pre(one !== undefined && next !== undefined && next.time > one.time && one.time >= 0)
        if (one === undefined) return
        const { upserted, dns, logs, printed } = history.picture({ time: one.time })
        const objects = new Map(upserted.map((object) => [object.metadata.uid, object]))
        expect(objects.size).toBe(one.objects.size)
        for (const [uid, object] of one.objects) expect(objects.get(uid)).toBe(object)
        expect(JSON.stringify(dns)).toBe(one.records)
        expect(logs).toEqual(one.logs)
        expect(printed[1] ?? 0).toBe(one.printed)
      }),
      { numRuns: 300 },
    )
  })

  it('shows an entry as it was right after its event, within an instant too', () => {
    const { history } = session
    const byEvents = new Map(seen.map((one) => [`${one.events}/${one.inputs}`, one]))
    for (let entry = 1; entry < history.length; entry += 7) {
      const place = history.placeOf({ entry })
      if (!('events' in place)) throw new Error('an entry has an exact place')
      const one = byEvents.get(`${place.events}/${place.inputs}`)
      const picture = history.picture({ entry })
      expect(picture.upserted.length).toBe(one?.objects.size)
      expect(picture.logs).toEqual(one?.logs)
    }
  })

  it('leads from one picture to another by the difference', () => {
    const { history } = session
    const entries = fc.nat(history.length - 1)
    fc.assert(
      fc.property(entries, entries, (from, to) => {
        const start = history.picture({ entry: from })
        const objects = new Map(start.upserted.map((object) => [object.metadata.uid, object]))
        const { since, upserted, removed } = history.picture({ entry: to }, from)
        expect(since).toBe(from)
        for (const uid of removed) objects.delete(uid)
        for (const object of upserted) objects.set(object.metadata.uid, object)
        const want = history.picture({ entry: to }).upserted
        expect(new Set(objects.values())).toEqual(new Set(want))
      }),
    )
  })

  it('steps back along every write and change of phase, and forth again', () => {
    const { history, journal } = session
    const times = new Set([...journal.writes, ...journal.phases].map(({ time }) => time))
    const passed = new Set<number>()
    let moment = history.step('now', -1)
    for (let count = 0; moment !== undefined && count < 1e5; count++) {
      const { time, entry } = history.picture(moment)
      if (entry === 0) break
      passed.add(time)
      const before = history.step(moment, -1)
      if (before === undefined || !('entry' in before)) throw new Error('no way back')
      expect(before.entry).toBeLessThan(entry)
      if (before.entry > 0) expect(history.step(before, 1)).toEqual({ entry })
      moment = before
    }
    expect([...passed].sort((a, b) => a - b)).toEqual([...times].sort((a, b) => a - b))
    expect(history.step('now', 1)).toBeUndefined()
  })

  it.each([
    { moment: { time: Number.NaN }, says: 'NaN is not a time' },
    { moment: { time: Infinity }, says: 'Infinity is not a time' },
    { moment: { time: -1 }, says: '-1 ms is before the start of the run' },
    { moment: { time: 1e9 }, says: '1000000000 ms is in the future: it is' },
    { moment: { entry: -1 }, says: 'there is no entry -1' },
    { moment: { entry: 0.5 }, says: 'there is no entry 0.5' },
    { moment: { entry: 1e9 }, says: 'there is no entry 1000000000' },
  ])('refuses a moment outside the run: $says', ({ moment, says }) => {
    expect(() => session.history.picture(moment)).toThrow(RangeError)
    expect(() => session.history.picture(moment)).toThrow(says)
    expect(() => session.history.step(moment, -1)).toThrow(says)
  })

  it('refuses half a step', () => {
    expect(() => session.history.step('now', 0.5)).toThrow('0.5 is no number of steps')
  })
})

describe('a history that has become long', () => {
  const NO_LOGS = { writes: 0, phases: 0, decisions: 0, componentDecisions: 0, faults: 0 }
  const pod = (version: number) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      uid: 'u',
      resourceVersion: `${version}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
  })

  it('lets go of its beginning, says from when on it tells, and tells the rest as before', () => {
    let time = 0
    const history = new History({
      place: () => ({ time, events: time, inputs: 0 }),
      logs: () => NO_LOGS,
      objects: [],
      dnsDomain: 'cluster.local',
      changesMax: 100,
    })
    for (time = 1; time <= 1000; time++) {
      history.recordChange({ type: 'MODIFIED', resource: 'pods', object: pod(time), user: '' })
    }
    time = 1000
    expect(history.length).toBe(1001)
    expect(history.firstTime).toBeGreaterThan(850)
    expect(() => history.picture({ time: 10 })).toThrow(
      `10 ms is too far back: the journal is kept from ${history.firstTime} ms on`,
    )
    expect(() => history.picture({ entry: 10 })).toThrow('entry 10 is too far back')
    for (let at = history.firstTime; at <= 1000; at++) {
      const [object] = history.picture({ time: at }).upserted
      expect(object?.metadata.resourceVersion).toBe(`${at}`)
    }
  })
})
