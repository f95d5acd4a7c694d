import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createReconciler, RetryError } from './reconciler.ts'
import { type Pauses, WorkQueue } from './work-queue.ts'

type Pass = { readonly key: string; readonly at: number }

function world(options: { readonly passMs?: number } = {}) {
  const simulation = new Simulation({ seed: 1 })
  const passes: Pass[] = []
  const { passMs = 0 } = options
  const note = (key: string): void => {
    passes.push({ key, at: simulation.now })
  }
  const queue = new WorkQueue(simulation, note, { name: 'test', passMs: () => passMs })
  return { simulation, passes, queue }
}

describe('a work queue', () => {
  it('processes a key that is added several times once, in the order of the first', () => {
    const { simulation, passes, queue } = world()
    for (const key of ['b', 'a', 'b', 'c', 'a']) queue.add(key)
    expect(queue.length).toBe(3)
    simulation.runUntilRest()
    expect(passes.map(({ key }) => key)).toEqual(['b', 'a', 'c'])
  })

  it('processes a key again that is added while it is processed', () => {
    const simulation = new Simulation({ seed: 1 })
    let passes = 0
    const queue: WorkQueue = new WorkQueue(
      simulation,
      (key) => {
        if (++passes < 3) queue.add(key)
      },
      { name: 'test' },
    )
    queue.add('a')
    simulation.runUntilRest()
    expect(passes).toBe(3)
  })

  it('takes the shortest of several delays', () => {
    const { simulation, passes, queue } = world()
    for (const delayMs of [300, 100, 200]) queue.addAfter('a', delayMs)
    simulation.runUntilRest()
    expect(passes).toEqual([{ key: 'a', at: 100 }])
  })

  it('leaves no change without a later pass, and a busy key alone', () => {
    const changes = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b'), at: fc.integer({ min: 0, max: 200 }) }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(changes, fc.constantFrom(0, 0.1, 7, 33.3), (all, passMs) => {
        const { simulation, passes, queue } = world({ passMs })
        for (const { key, at } of all) {
          simulation.after(at, () => queue.add(key), { label: 'change' })
        }
        simulation.runUntilRest()
        for (const { key, at } of all) {
          const met = passes.find((pass) => pass.key === key && pass.at >= at)
          expect(met && met.at - at).toBeLessThanOrEqual(passMs + 0.001)
        }
        for (const key of ['a', 'b']) {
          const times = passes.filter((pass) => pass.key === key).map(({ at }) => at)
          for (let index = 1; index < times.length; index++) {
            const apart = (times[index] ?? 0) - (times[index - 1] ?? 0)
            expect(apart).toBeGreaterThanOrEqual(passMs - 0.001)
          }
        }
      }),
    )
  })

  it('lets others go on while a pass waits, and meets what comes meanwhile by one more pass', () => {
    const simulation = new Simulation({ seed: 1 })
    const told: string[] = []
    function* pass(key: string): Pauses {
      told.push(`${key} begins at ${simulation.now}`)
      if (key === 'slow' && told.length === 1) {
        yield 10
        yield 20
      }
      told.push(`${key} ends at ${simulation.now}`)
    }
    const queue = new WorkQueue(simulation, pass, { name: 'test' })
    queue.add('slow')
    for (const at of [1, 5, 29]) {
      simulation.after(at, () => queue.add('slow'), { label: 'change' })
    }
    simulation.after(2, () => queue.add('fast'), { label: 'change' })
    simulation.runUntilRest()
    expect(told).toEqual([
      'slow begins at 0',
      'fast begins at 2',
      'fast ends at 2',
      'slow ends at 30',
      'slow begins at 30',
      'slow ends at 30',
    ])
  })

  it('does not go on with a pass that waits when it is stopped', () => {
    const simulation = new Simulation({ seed: 1 })
    const told: string[] = []
    function* pass(key: string): Pauses {
      told.push(key)
      yield 10
      told.push('more')
    }
    const queue = new WorkQueue(simulation, pass, { name: 'test' })
    queue.add('a')
    simulation.after(5, () => queue.stop(), { label: 'stop' })
    simulation.runUntilRest()
    expect(told).toEqual(['a'])
  })

  it('does nothing more once it is stopped', () => {
    const { simulation, passes, queue } = world()
    queue.add('a')
    queue.addAfter('b', 10)
    queue.stop()
    queue.add('c')
    simulation.runUntilRest()
    expect(passes).toEqual([])
  })
})

describe('a reconciler', () => {
  function failing(times: number) {
    const simulation = new Simulation({ seed: 1 })
    const passes: number[] = []
    const queue = createReconciler(simulation, {
      name: 'test',
      sync: () => {
        passes.push(simulation.now)
        if (passes.length <= times) throw new RetryError('not yet')
      },
    })
    queue.add('a')
    return { simulation, passes, queue }
  }

  it('backs off twice as long after each failure, from 5 ms on', () => {
    const { simulation, passes, queue } = failing(4)
    simulation.runUntilRest()
    expect(passes).toEqual([0, 5, 15, 35, 75])
    expect(queue.requeues('a')).toBe(0)
  })

  it('backs off after a failure that comes in the middle of a pass', () => {
    const simulation = new Simulation({ seed: 1 })
    const passes: number[] = []
    function* sync(): Pauses {
      passes.push(simulation.now)
      yield 3
      if (passes.length < 3) throw new RetryError('not yet')
    }
    createReconciler(simulation, { name: 'test', sync }).add('a')
    simulation.runUntilRest()
    expect(passes).toEqual([0, 8, 21])
  })

  it('starts anew after a success', () => {
    const { simulation, passes, queue } = failing(2)
    simulation.runUntilRest()
    passes.length = 0
    queue.add('a')
    simulation.runUntilRest()
    expect(passes).toEqual([15, 20, 30])
  })

  it('lets the world rest although it tries for ever, at most every 1000 s', () => {
    const { simulation, passes } = failing(Infinity)
    simulation.runUntilRest()
    // 5 ms doubled fourteen times is the first delay of more than a minute.
    expect(passes).toHaveLength(15)
    simulation.runFor(10_000_000)
    const [before = 0, last = 0] = passes.slice(-2)
    expect(last - before).toBe(1_000_000)
  })

  it('stops the world for what is no refusal', () => {
    const simulation = new Simulation({ seed: 1 })
    const queue = createReconciler(simulation, {
      name: 'test',
      sync: () => {
        throw new TypeError('a bug')
      },
    })
    queue.add('a')
    expect(() => simulation.runUntilRest()).toThrow('a bug')
  })
})
