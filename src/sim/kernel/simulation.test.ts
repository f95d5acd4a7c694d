import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Task } from './process.ts'
import { Simulation } from './simulation.ts'
import { Channel, charge, currentProcess, join, Lock, race, sleep, suspend } from './waits.ts'

function world(seed = 1): Simulation {
  return new Simulation({ seed })
}

describe('the event queue', () => {
  it('fires events in the order of (time, sequence), whatever order they were asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (delays) => {
        const simulation = world()
        const fired: { at: number; index: number }[] = []
        for (const [index, delay] of delays.entries()) {
          simulation.after(delay, () => fired.push({ at: simulation.now, index }), { label: 'e' })
        }
        simulation.runUntilRest()
        const wanted = delays
          .map((at, index) => ({ at, index }))
          .sort((a, b) => a.at - b.at || a.index - b.index)
        expect(fired).toEqual(wanted)
      }),
    )
  })

  it('puts what is due at once behind what is already due in this instant', () => {
    const simulation = world()
    const order: string[] = []
    simulation.after(
      5,
      () => {
        order.push('first')
        simulation.soon(() => order.push('third'), { label: 'c' })
      },
      { label: 'a' },
    )
    simulation.after(5, () => order.push('second'), { label: 'b' })
    simulation.runUntilRest()
    expect(order).toEqual(['first', 'second', 'third'])
  })

  it('never fires a cancelled event, and does not wait for it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(10), fc.boolean()), { maxLength: 50 }), (plans) => {
        const simulation = world()
        let fired = 0
        const timers = plans.map(([delay]) =>
          simulation.after(delay, () => fired++, { label: 'e' }),
        )
        for (const [index, [, cancels]] of plans.entries()) if (cancels) timers[index]?.cancel()
        simulation.runUntilRest()
        expect(fired).toBe(plans.filter(([, cancels]) => !cancels).length)
        expect(simulation.isAtRest).toBe(true)
      }),
    )
  })

  it('is at rest while only periodic work is pending', () => {
    const simulation = world()
    let beats = 0
    const beat = (): void => {
      beats++
      simulation.after(10_000, beat, { label: 'heartbeat', periodic: true })
    }
    beat()
    expect(simulation.runUntilRest().reason).toBe('rest')
    expect(beats).toBe(1)
    simulation.runFor(60_000)
    expect(beats).toBe(7)
    expect(simulation.now).toBe(60_000)
  })

  it('leaves the clock where it was asked to run to, also when nothing happens there', () => {
    const simulation = world()
    simulation.runFor(1234.5)
    expect(simulation.now).toBe(1234.5)
  })

  it('stops an instant that never ends and names the culprit', () => {
    const simulation = new Simulation({ seed: 1, eventsPerInstantMax: 5000 })
    const spin = (): void => void simulation.soon(spin, { label: 'spinner' })
    spin()
    expect(() => simulation.runUntilRest()).toThrow(/more than 5000 events at 0 ms.*spinner/)
  })

  it('stops on a bug and tells it again to whoever runs it further', () => {
    const simulation = world()
    simulation.soon(
      () => {
        throw new Error('broken')
      },
      { label: 'bug' },
    )
    expect(() => simulation.run()).toThrow('broken')
    expect(() => simulation.run()).toThrow('broken')
  })
})

describe('a process', () => {
  it('sleeps in virtual time and returns its value', () => {
    const simulation = world()
    function* nap(): Task<string> {
      yield* sleep(2000)
      return 'rested'
    }
    const process = simulation.spawn(nap(), { name: 'nap' })
    simulation.runUntilRest()
    expect(process.exit).toEqual({ type: 'returned', value: 'rested' })
    expect(simulation.now).toBe(2000)
  })

  it('runs its finally blocks when it is killed, and its timer is taken back', () => {
    const simulation = world()
    let cleaned = false
    function* forever(): Task {
      try {
        yield* sleep(1_000_000)
      } finally {
        cleaned = true
      }
    }
    const process = simulation.spawn(forever(), { name: 'forever' })
    simulation.runFor(10)
    process.kill()
    expect(cleaned).toBe(true)
    expect(process.exit).toEqual({ type: 'killed' })
    expect(simulation.isAtRest).toBe(true)
  })

  it('ends at its next wait when it kills itself', () => {
    const simulation = world()
    const reached: string[] = []
    function* suicidal(): Task {
      const self = yield* currentProcess()
      self.kill()
      reached.push('after kill')
      yield* sleep(1)
      reached.push('never')
    }
    const process = simulation.spawn(suicidal(), { name: 'suicidal' })
    simulation.runUntilRest()
    expect(reached).toEqual(['after kill'])
    expect(process.exit?.type).toBe('killed')
  })

  it('goes on in the very event that ends its sleep, before what was asked for later', () => {
    const simulation = world()
    const order: string[] = []
    function* sleeper(): Task {
      yield* sleep(5)
      order.push('sleeper')
    }
    simulation.spawn(sleeper(), { name: 'sleeper' })
    simulation.step()
    simulation.after(5, () => order.push('later'), { label: 'later' })
    const { events } = simulation.runUntilRest()
    expect(order).toEqual(['sleeper', 'later'])
    expect(events).toBe(2)
  })

  it('ends where it would sleep, when what it called has killed it', () => {
    const simulation = world()
    const log: string[] = []
    function* sleeper(): Task {
      try {
        sleeping.kill()
        yield* sleep(5)
        log.push('slept')
      } finally {
        log.push('ended')
      }
    }
    const sleeping = simulation.spawn(sleeper(), { name: 'sleeper' })
    simulation.runUntilRest()
    expect(log).toEqual(['ended'])
    expect(sleeping.exit).toEqual({ type: 'killed' })
    expect(simulation.now).toBe(0)
  })

  it('is woken once, by the first of several wakes', () => {
    const simulation = world()
    const wakes: ((value: number) => void)[] = []
    function* waiter(): Task<number> {
      return yield* suspend<number>((wake) => {
        wakes.push(wake)
        return undefined
      })
    }
    const process = simulation.spawn(waiter(), { name: 'waiter' })
    simulation.runUntilRest()
    wakes[0]?.(1)
    wakes[0]?.(2)
    simulation.runUntilRest()
    expect(process.exit).toEqual({ type: 'returned', value: 1 })
  })

  it('can be interrupted where it waits', () => {
    const simulation = world()
    function* interruptible(): Task<string> {
      try {
        yield* sleep(1000)
        return 'slept'
      } catch (error) {
        return (error as Error).message
      }
    }
    const process = simulation.spawn(interruptible(), { name: 'i' })
    simulation.runFor(1)
    process.interrupt(new Error('SIGINT'))
    expect(process.exit).toEqual({ type: 'returned', value: 'SIGINT' })
  })

  it('stops the world with an error that nobody takes', () => {
    const simulation = world()
    // eslint-disable-next-line require-yield -- a process that fails before it waits
    function* bad(): Task {
      throw new Error('unhandled')
    }
    simulation.spawn(bad(), { name: 'bad' })
    expect(() => simulation.run()).toThrow('unhandled')
  })

  it('lets time pass while it only computes', () => {
    const simulation = world()
    function* busy(): Task {
      const self = yield* currentProcess()
      for (let i = 0; i < 1000; i++) yield* charge(self, 0.02)
    }
    simulation.spawn(busy(), { name: 'busy' })
    simulation.runUntilRest()
    expect(simulation.now).toBeCloseTo(20, 5)
  })
})

describe('waits', () => {
  it('hands a lock on in the order it was asked for, to one holder at a time', () => {
    const simulation = world()
    const lock = new Lock()
    const log: string[] = []
    function* worker(name: string): Task {
      const release = yield* lock.acquire()
      log.push(`${name} in`)
      yield* sleep(10)
      log.push(`${name} out`)
      release()
    }
    for (const name of ['a', 'b', 'c']) simulation.spawn(worker(name), { name })
    simulation.runUntilRest()
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
  })

  it('passes a lock over a waiter that was killed', () => {
    const simulation = world()
    const lock = new Lock()
    const log: string[] = []
    function* worker(name: string): Task {
      const release = yield* lock.acquire()
      log.push(name)
      yield* sleep(10)
      release()
    }
    simulation.spawn(worker('a'), { name: 'a' })
    const b = simulation.spawn(worker('b'), { name: 'b' })
    simulation.spawn(worker('c'), { name: 'c' })
    simulation.runFor(1)
    b.kill()
    simulation.runUntilRest()
    expect(log).toEqual(['a', 'c'])
  })

  it('passes on a lock and an item whose taker was killed before it ran again', () => {
    const simulation = world()
    const lock = new Lock()
    const channel = new Channel<string>()
    const log: string[] = []
    function* holder(): Task {
      const release = yield* lock.acquire()
      yield* sleep(10)
      release()
      channel.push('item')
      first.kill()
      second.kill()
    }
    function* locker(name: string): Task {
      const release = yield* lock.acquire()
      log.push(`${name} locked`)
      release()
    }
    function* taker(name: string): Task {
      log.push(`${name} took ${yield* channel.take()}`)
    }
    simulation.spawn(holder(), { name: 'holder' })
    const first = simulation.spawn(locker('first'), { name: 'first' })
    const second = simulation.spawn(taker('second'), { name: 'second' })
    simulation.spawn(locker('third'), { name: 'third' })
    simulation.spawn(taker('fourth'), { name: 'fourth' })
    simulation.runUntilRest()
    expect(log.sort()).toEqual(['fourth took item', 'third locked'])
  })

  it('delivers what a channel was given, in order, and its end', () => {
    const simulation = world()
    const channel = new Channel<number>()
    const taken: (number | undefined)[] = []
    function* reader(): Task {
      for (;;) {
        const item = yield* channel.take()
        taken.push(item)
        if (item === undefined) return
      }
    }
    simulation.spawn(reader(), { name: 'reader' })
    channel.push(1)
    simulation.runUntilRest()
    channel.push(2)
    channel.push(3)
    channel.close()
    simulation.runUntilRest()
    expect(taken).toEqual([1, 2, 3, undefined])
  })

  it('kills the losers of a race', () => {
    const simulation = world()
    function* racer(ms: number): Task<number> {
      yield* sleep(ms)
      return ms
    }
    function* contest(): Task<number> {
      const { value } = yield* race([racer(30), racer(10), racer(20)], 'race')
      return value
    }
    const process = simulation.spawn(contest(), { name: 'contest' })
    simulation.runUntilRest()
    expect(process.exit).toEqual({ type: 'returned', value: 10 })
    expect(simulation.now).toBe(10)
  })

  it('tells how a child ended', () => {
    const simulation = world()
    function* child(): Task<number> {
      yield* sleep(5)
      return 7
    }
    function* parent(): Task<unknown> {
      const self = yield* currentProcess()
      return yield* join(self.simulation.spawn(child(), { name: 'child' }))
    }
    const process = simulation.spawn(parent(), { name: 'parent' })
    simulation.runUntilRest()
    expect(process.exit).toEqual({ type: 'returned', value: { type: 'returned', value: 7 } })
  })
})

describe('randomness', () => {
  it('is the same for the same seed, and a fork does not disturb its parent', () => {
    const a = world(42).random
    const b = world(42).random
    b.fork('other').int(0, 100)
    const draws = Array.from({ length: 20 }, () => [a.int(0, 1000), b.int(0, 1000)])
    for (const [left, right] of draws) expect(left).toBe(right)
  })
})
