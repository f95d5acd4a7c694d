import { beforeEach, describe, expect, it } from 'vitest'
import { createWorkerClient, type WorkerPort } from '#worker/client.ts'
import type { ToWorker } from '#worker/protocol.ts'
import { createHostOnClock } from '#worker/wall-clock.test-kit.ts'
import { objectsOf } from './objects.ts'
import { pastSentence } from './past.ts'
import { PAST_REASON } from './past-guard.ts'
import { type AppStore, createAppStore } from './store.ts'

const WEB = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    serviceName: 'nginx',
    replicas: 2,
    selector: { matchLabels: { app: 'nginx' } },
    template: {
      metadata: { labels: { app: 'nginx' } },
      spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
    },
  },
}

const CUT_OFF = { verb: 'cut-off', target: 'node-b', options: {} } as const

let store: AppStore
let sent: ToWorker[]
let stored: Map<string, string>
let host: ReturnType<typeof createHostOnClock>

/** Lets wall time pass in the worker, and what it posts arrive. */
async function pass(ms: number): Promise<void> {
  host.pass(ms)
  await settled()
}

/** Answers arrive by promises of their own; none of them takes more turns than this. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await Promise.resolve()
}

beforeEach(async () => {
  sent = []
  stored = new Map()
  const port: WorkerPort = {
    postMessage: (message) => {
      sent.push(message)
      host.send(message)
    },
    onmessage: null,
    onerror: null,
    terminate: () => {},
  }
  host = createHostOnClock([], (data) => port.onmessage?.({ data }))
  store = createAppStore({
    worker: createWorkerClient(port, (run) => run()),
    storage: { read: (key) => stored.get(key), write: (key, value) => void stored.set(key, value) },
    onLeave: () => {},
    loadLessons: () => Promise.resolve([]),
    build: 'test',
  })
  await pass(100)
  store.getState().setSpeed(10)
  await store.getState().applyObject(WEB, false)
  await pass(2000)
})

/** What the page would show, apart from what it works out itself. */
function shown() {
  const { byKind, writes, phases, passes, conclusions, dns, clock } = store.getState()
  const objects = Object.values(byKind).flatMap((objects) => [...objects.values()])
  return {
    objects: objects.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`).sort(),
    logs: [writes.length, phases.length, passes.length, conclusions.length],
    dns,
    time: clock.time,
    unixMs: clock.unixMs,
  }
}

const podNames = () =>
  [...objectsOf(store.getState(), 'Pod').values()]
    .filter(({ metadata }) => metadata.namespace === 'default')
    .map(({ metadata }) => metadata.name)

describe('looking back', () => {
  it('shows what the page showed at that time, to the last log entry', async () => {
    const seen: ReturnType<typeof shown>[] = []
    for (let count = 0; count < 12; count++) {
      seen.push(shown())
      await pass(170)
    }
    for (const one of [...seen.slice(5), ...seen.slice(0, 5)]) {
      store.getState().lookAt(one.time)
      await settled()
      expect(shown()).toEqual(one)
    }
  })

  it('stops the run meanwhile, and lets it go on afterwards from where it stood', async () => {
    const now = store.getState().clock.time
    store.getState().lookAt(now - 5000)
    await pass(100)
    const stoodAt = store.getState().past?.live.clock.time ?? 0
    await pass(1000)
    const { past } = store.getState()
    expect(past?.live.clock).toMatchObject({ isPaused: true, time: stoodAt })
    expect(store.getState().clock.time).toBe(now - 5000)
    expect(past && pastSentence(past)).toMatch(
      /^You look at 0:\d+\.\d, 5\.\d s before now\. The run is paused at 0:\d+\.\d and goes on when/,
    )
    store.getState().backToLive()
    await pass(100)
    expect(store.getState().past).toBeUndefined()
    expect(store.getState().clock.isPaused).toBe(false)
    expect(store.getState().clock.time).toBeGreaterThan(now)
  })

  it('shows as broken what was broken then', async () => {
    const before = store.getState().clock.time
    store.getState().causeFault(CUT_OFF)
    await pass(500)
    expect(store.getState().faults).toMatchObject([CUT_OFF])
    store.getState().lookAt(before - 1000)
    await settled()
    expect(store.getState().faults).toEqual([])
    store.getState().backToLive()
    await pass(100)
    expect(store.getState().faults).toMatchObject([CUT_OFF])
  })

  it('leaves a run that stood before standing', async () => {
    store.getState().pause()
    await pass(50)
    const { time } = store.getState().clock
    store.getState().lookBy(-1)
    await settled()
    store.getState().backToLive()
    await pass(200)
    expect(store.getState().clock).toMatchObject({ isPaused: true, time })
  })

  it('steps back until there is no Pod, and forth to the present', async () => {
    expect(podNames()).toContain('web-0')
    for (let presses = 0; presses < 500 && podNames().length > 0; presses++) {
      store.getState().lookBy(-1)
      await settled()
    }
    expect(podNames()).toEqual([])
    store.getState().lookBy(1)
    await settled()
    expect(store.getState().past).toBeDefined()
    store.getState().lookBy(10_000)
    await settled()
    expect(store.getState().past).toBeUndefined()
    expect(podNames()).toContain('web-0')
  })

  it('takes keys that come faster than answers together', async () => {
    store.getState().lookBy(-1)
    store.getState().lookBy(-1)
    store.getState().lookBy(-2)
    await settled()
    const fast = shown()
    expect(sent.filter(({ type }) => type === 'seek')).toHaveLength(2)
    store.getState().backToLive()
    store.getState().pause()
    await settled()
    for (let count = 0; count < 4; count++) {
      store.getState().lookBy(-1)
      await settled()
    }
    expect(shown()).toEqual(fast)
  })

  it('shows the present when somebody goes back to it before the answer comes', async () => {
    store.getState().lookBy(-3)
    store.getState().backToLive()
    await pass(100)
    expect(store.getState().past).toBeUndefined()
    expect(store.getState().clock.isPaused).toBe(false)
  })

  it('takes a moment that is not over yet for the present, and none before the first', async () => {
    store.getState().lookAt(store.getState().clock.time + 1000)
    await settled()
    expect(sent.some(({ type }) => type === 'seek')).toBe(false)
    store.getState().lookAt(-4000)
    await settled()
    expect(store.getState().clock.time).toBe(0)
    store.getState().lookAt(Number.NaN)
    await settled()
    expect(store.getState().notice).toBe('NaN is not a time')
    expect(store.getState().clock.time).toBe(0)
  })

  it('is no matter of what the page itself remembers', async () => {
    store.getState().lookBy(-1)
    await settled()
    store.getState().showSide('DNS')
    store.getState().selectSet('some')
    store.getState().lookBy(-1)
    await settled()
    store.getState().backToLive()
    expect(store.getState()).toMatchObject({ sideTab: 'DNS', selectedSetUid: 'some' })
  })

  it('ends when a new cluster begins', async () => {
    store.getState().lookBy(-1)
    await settled()
    store.getState().reset()
    await pass(100)
    expect(store.getState().past).toBeUndefined()
    expect(store.getState().clock.time).toBeLessThan(2000)
  })
})

describe('in the past', () => {
  beforeEach(async () => {
    store.getState().lookBy(-1)
    await settled()
    sent.length = 0
  })

  it.each([
    ['typing', () => store.getState().typeInto(1, 'rm\r')],
    ['playing', () => store.getState().resume()],
    ['a step', () => store.getState().step('write')],
    ['a fault', () => store.getState().causeFault(CUT_OFF)],
    ['running until rest', () => store.getState().runUntilRest()],
    ['a command of the lesson', () => store.getState().runCommand('create')],
    ['playing the lesson', () => store.getState().playLesson()],
  ] as const)('%s does nothing, and says why', async (_name, act) => {
    act()
    await settled()
    expect(sent).toEqual([])
    if (_name !== 'a step' && _name !== 'running until rest')
      expect(store.getState().notice).toBe(PAST_REASON)
  })

  it('no request that writes is sent', async () => {
    const [pod] = objectsOf(store.getState(), 'Pod').values()
    if (pod === undefined) throw new Error('there is a Pod')
    store.getState().deleteObject(pod)
    store.getState().scale(pod, 0)
    expect(await store.getState().applyObject(WEB, true)).toEqual({
      ok: false,
      message: PAST_REASON,
    })
    expect(sent).toEqual([])
    expect(store.getState().notice).toBe(PAST_REASON)
  })
})

describe('a fork', () => {
  it('shows what the past showed, goes on from there, and leads back to the run that was left', async () => {
    store.getState().pause()
    await pass(50)
    const now = shown()
    for (let presses = 0; presses < 12; presses++) {
      store.getState().lookBy(-1)
      await settled()
    }
    const before = shown()
    expect(before.time).toBeLessThan(now.time)
    store.getState().fork()
    expect(store.getState().isForking).toBe(true)
    await settled()
    await pass(100)
    expect(store.getState().isForking).toBe(false)
    expect(store.getState().past).toBeUndefined()
    expect(shown()).toEqual(before)
    expect(store.getState().clock.isPaused).toBe(true)
    expect(store.getState().notice).toMatch(/^This is a fork, at 0:\d+\.\d\. It stands/)

    const [pod] = objectsOf(store.getState(), 'Pod').values()
    if (pod === undefined) throw new Error('there is a Pod')
    store.getState().deleteObject(pod)
    store.getState().resume()
    await pass(8000)
    expect(objectsOf(store.getState(), 'Pod').has(pod.metadata.uid)).toBe(false)
    expect(JSON.parse(stored.get('otherRun') ?? '')).toMatchObject({ build: 'test' })

    const forkEnd = store.getState().clock.time
    store.getState().changeRuns()
    await settled()
    await pass(1)
    expect(shown().objects).toEqual(now.objects)
    expect(store.getState().clock).toMatchObject({ isPaused: true, speed: 10, time: now.time })
    expect(store.getState().otherRun?.until).toBe(forkEnd)
  })

  it('is not made in the present, nor twice at once', async () => {
    store.getState().fork()
    store.getState().changeRuns()
    expect(sent.some(({ type }) => type === 'fork' || type === 'replay')).toBe(false)
    store.getState().lookBy(-1)
    await settled()
    store.getState().fork()
    store.getState().fork()
    await settled()
    expect(sent.filter(({ type }) => type === 'fork')).toHaveLength(1)
  })
})
