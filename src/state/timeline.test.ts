import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { PhaseEntry, WriteEntry } from '#worker/protocol.ts'
import { axisTicks, timelineModel, timeRange, zoomed } from './timeline.ts'

const CONTROLLER = 'system:serviceaccount:kube-system:statefulset-controller'

function phase(time: number, pod: string, letter: PhaseEntry['phase'], uid = pod): PhaseEntry {
  return { time, uid, namespace: 'default', pod, phase: letter, revision: 'web-1' }
}

function write(time: number, user: string, verb: WriteEntry['verb'], name: string): WriteEntry {
  return {
    time,
    verb,
    user,
    resource: name.startsWith('web-') ? 'pods' : 'statefulsets',
    namespace: 'default',
    name,
    subresource: '',
    code: 200,
  }
}

function model(phases: readonly PhaseEntry[], writes: readonly WriteEntry[] = []) {
  const set = { name: 'web', namespace: 'default' }
  return timelineModel({ set, ordinals: [0, 1], phases, writes, faults: [], holds: [] })
}

it('gives every wanted ordinal a lane, and one to each that ever had a Pod, in order', () => {
  const { lanes } = model([phase(5, 'web-10', 'R'), phase(6, 'web-a', 'R'), phase(7, 'db-0', 'R')])
  expect(lanes.map((lane) => lane.name)).toEqual(['web-0', 'web-1', 'web-10'])
})

it('ends a bar where the next begins, and the last one where the Pod is gone', () => {
  const { lanes } = model([
    phase(1, 'web-0', 'P'),
    phase(2, 'web-0', 'R'),
    phase(9, 'web-0', 'gone'),
    phase(12, 'web-0', 'P', 'second'),
  ])
  expect(lanes[0]?.bars).toEqual([
    { phase: 'P', from: 1, until: 2, revision: 'web-1', isLast: false },
    { phase: 'R', from: 2, until: 9, revision: 'web-1', isLast: true },
    { phase: 'P', from: 12, revision: 'web-1', isLast: true },
  ])
})

it('tells acts of the controller from yours, and leaves refused writes out', () => {
  const { actions, lanes } = model(
    [],
    [
      write(1, 'kubernetes-admin', 'create', 'web'),
      write(2, CONTROLLER, 'create', 'web-0'),
      write(3, CONTROLLER, 'patch', 'web-0'),
      { ...write(4, CONTROLLER, 'create', 'web-1'), code: 409 },
    ],
  )
  expect(actions).toEqual([
    { time: 1, by: 'you', label: 'create web' },
    { time: 2, by: 'controller', label: 'create web-0' },
  ])
  expect(lanes[0]?.ticks.map((tick) => tick.time)).toEqual([2, 3])
})

it('always has now in sight when it fits everything, and holds still while it can', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (now) => {
      const { start, end } = timeRange('fit', now)
      expect(start).toBe(0)
      expect(now).toBeLessThanOrEqual(end)
    }),
  )
  expect(timeRange('fit', 32_400)).toEqual(timeRange('fit', 39_000))
})

it('shows the last two minutes and stands still while time goes on, until the end comes near', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (now) => {
      const { start, end } = timeRange('latest', now)
      expect(end - start).toBeLessThanOrEqual(120_000)
      expect(start % 30_000).toBe(0)
      expect(now).toBeGreaterThanOrEqual(start)
      expect(now).toBeLessThanOrEqual(end)
    }),
  )
  expect(timeRange('latest', 40_000)).toEqual(timeRange('fit', 40_000))
})

it('begins shortly before the first thing that happened', () => {
  const { start, end } = timeRange('fit', 63_500, 43_000)
  expect([start, end]).toEqual([40_000, 70_000])
})

it('zooms around now, and back again to the same range', () => {
  const before = timeRange('fit', 30_000)
  const near = timeRange(zoomed(before, 30_000, 0.5), 30_000)
  const out = zoomed(near, 30_000, 2)
  const after = timeRange(out, 30_000)
  expect(after.end - after.start).toBeCloseTo(before.end - before.start)
  expect(after.end).toBeGreaterThan(30_000)
})

it('names no more moments than there is room for', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 200, max: 80_000_000 }),
      fc.integer({ min: 90, max: 3000 }),
      (span, width) => {
        const ticks = axisTicks({ start: 0, end: span }, width)
        expect(ticks.length).toBeLessThanOrEqual(Math.floor(width / 90) + 1)
      },
    ),
  )
})

it('marks what you broke and mended among the acts, in the order of time', () => {
  const set = { name: 'web', namespace: 'default' }
  const { actions } = timelineModel({
    set,
    ordinals: [],
    phases: [],
    writes: [write(1, CONTROLLER, 'create', 'web-0'), write(9, CONTROLLER, 'delete', 'web-0')],
    faults: [{ time: 5, verb: 'cut-off', target: 'node-b', options: {} }],
    holds: [],
  })
  expect(actions.map(({ by, label }) => `${by}: ${label}`)).toEqual([
    'controller: create web-0',
    'you: node-b cut off',
    'controller: delete web-0',
  ])
})
