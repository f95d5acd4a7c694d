import { beforeAll, describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import type { SessionInput } from './inputs.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const lessons = new Map(allLessons().map((lesson) => [lesson.id, lesson]))
const settings = { ...DEFAULT_SETTINGS, seed: 3, timings: 'kind' as const }

function newSession(): Session {
  return new Session({ settings, lessons })
}

type Seen = { readonly time: number; readonly digest: string; readonly lesson: unknown }

function seenNow(session: Session): Seen {
  const { simulation } = session.cluster
  const state = session.lessonState()
  // Whether it plays by itself is no progress, and a fork stops it.
  const lesson = state && { ...state, isPlaying: undefined }
  return { time: simulation.now, digest: simulation.trace.digest(), lesson }
}

function forkAt(session: Session, moment: { time: number } | { entry: number }): Session {
  const forked = newSession()
  forked.replayTo(session.inputs, session.history.placeOf(moment))
  return forked
}

describe('a fork of a run that was played, typed in and clicked in', () => {
  let original: Session
  /** By the counts of events and inputs. */
  const seen = new Map<string, Seen>()
  const ends: Seen[] = []

  beforeAll(() => {
    original = newSession()
    const { simulation } = original.cluster
    const look = (): void => {
      const last = [...seen.values()].at(-1)
      const now = seenNow(original)
      if (last !== undefined && last.time < now.time) ends.push(last)
      seen.set(`${simulation.eventsTotal}/${original.inputs.length}`, now)
    }
    const steps = (count: number): void => {
      for (let done = 0; done < count; done++) {
        simulation.step()
        look()
      }
    }
    const act = (run: () => void): void => {
      run()
      look()
    }
    act(() => original.openTerminal(1, 80, 24))
    act(() => original.openTerminal(2, 100, 30))
    act(() => original.openLesson('basics', ''))
    act(() => original.playLesson())
    steps(5000)
    // Two requests in one instant, as somebody makes them while the run is paused.
    const path = '/api/v1/namespaces/default/configmaps'
    for (const name of ['one', 'two']) {
      act(() =>
        original.request({
          method: 'POST',
          path,
          body: { metadata: { name } },
          headers: { 'content-type': 'application/json' },
        }),
      )
    }
    act(() => original.stopLesson())
    steps(300)
    act(() => original.input(1, '\u0003'))
    act(() => original.input(1, 'kubectl delete pod web-0 --wait=false\r'))
    steps(1500)
  })

  it('has the trace and the progress that the original had at that entry', () => {
    const { history } = original
    for (let entry = 1; entry < history.length; entry += 97) {
      const place = history.placeOf({ entry })
      if (!('events' in place)) throw new Error('an entry has a place')
      expect(seenNow(forkAt(original, { entry }))).toEqual(
        seen.get(`${place.events}/${place.inputs}`),
      )
    }
  })

  it('tells two inputs of one instant apart', () => {
    const { history, journal } = original
    const second = journal.writes.findIndex(({ name }) => name === 'two')
    const time = journal.writes[second]?.time ?? 0
    const names = (session: Session) =>
      [...session.cluster.server.objects()]
        .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.namespace === 'default')
        .map(({ metadata }) => metadata.name)
    const whole = forkAt(original, { time })
    expect(names(whole)).toEqual(expect.arrayContaining(['one', 'two']))
    const before = history.step({ time }, -1)
    if (before === undefined) throw new Error('there is an earlier write')
    expect(names(forkAt(original, before))).toContain('one')
    expect(names(forkAt(original, before))).not.toContain('two')
  })

  it('has the trace that the original had at the end of an instant', () => {
    for (let index = 100; index < ends.length; index += 997) {
      const end = ends[index]
      if (end === undefined) break
      expect(seenNow(forkAt(original, { time: end.time })).digest).toBe(end.digest)
    }
  })

  it('goes on elsewhere when something else is done, and can itself be done again', () => {
    const { length } = original.history
    const forked = forkAt(original, { entry: Math.floor(length / 2) })
    forked.stopLesson()
    forked.request({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/web-0' })
    forked.cluster.simulation.runFor(20_000)
    const again = newSession()
    again.replay(forked.inputs)
    again.cluster.simulation.run({ until: forked.cluster.simulation.now })
    expect(seenNow(again)).toEqual(seenNow(forked))
    expect(original.history.length).toBe(length)
  })
})

describe('a fork out of the middle of a jump', () => {
  function jumped(): Session {
    const session = newSession()
    session.openTerminal(1, 80, 24)
    session.openTerminal(2, 80, 24)
    session.jumpTo('basics', 'delete-pods')
    return session
  }

  it('leads to the same end when it is let go on', () => {
    const original = jumped()
    const end = seenNow(original)
    const { eventsTotal } = original.cluster.simulation
    const { history } = original
    for (const part of [0.2, 0.5, 0.9]) {
      const forked = forkAt(original, { entry: Math.floor(history.length * part) })
      const { simulation } = forked.cluster
      expect(forked.isPlaying).toBe(true)
      simulation.run({ eventsMax: eventsTotal - simulation.eventsTotal })
      expect(seenNow(forked).digest).toBe(end.digest)
    }
  })

  it.each([{ part: 0.3 }, { part: 0.7 }])(
    'can be done again by its own inputs: $part',
    ({ part }) => {
      const original = jumped()
      const { now } = original.cluster.simulation
      const forked = forkAt(original, { time: Math.floor(now * part) })
      forked.stopLesson()
      forked.cluster.simulation.runFor(5000)
      const again = newSession()
      const inputs = JSON.parse(JSON.stringify(forked.inputs)) as readonly SessionInput[]
      again.replay(inputs)
      again.cluster.simulation.run({ until: forked.cluster.simulation.now })
      expect(seenNow(again)).toEqual(seenNow(forked))
      expect(inputs.map(({ type }) => type)).toEqual(['terminal', 'terminal', 'jump', 'stop'])
    },
  )
})
