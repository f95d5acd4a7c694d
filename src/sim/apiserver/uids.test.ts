import { describe, expect, it } from 'vitest'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createUids } from './uids.ts'

function uids(kind: 'random' | 'timeBased', epochMs = 0) {
  const simulation = new Simulation({ seed: 1, epochMs })
  return { simulation, next: createUids(kind, simulation, simulation.random.fork('uids')) }
}

describe('uids', () => {
  it('are of version 4 and of the usual variant when they are random', () => {
    const { next } = uids('random')
    for (let count = 0; count < 100; count++) {
      expect(next()).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      )
    }
  })

  it('tell their time, and share their last groups, when they are time-based', () => {
    // The tutorial's f10d556e-74b3-11e8-a3fe-025d0d2462b2 was given a tenth of a millisecond later.
    const { simulation, next } = uids('timeBased', Date.UTC(2018, 5, 20, 18, 1, 22, 695))
    const first = next()
    expect(first).toMatch(/^f10d5170-74b3-11e8-[89ab][0-9a-f]{3}-02[0-9a-f]{10}$/)
    simulation.runFor(60_000)
    const later = next()
    expect(later.slice(19)).toBe(first.slice(19))
    expect(later).not.toBe(first)
  })

  it('never repeat within an instant', () => {
    for (const kind of ['random', 'timeBased'] as const) {
      const { next } = uids(kind)
      expect(new Set(Array.from({ length: 1000 }, () => next())).size).toBe(1000)
    }
  })
})
