import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DecisionPass } from '#worker/protocol.ts'
import { newPass } from './decision-pass.test-kit.ts'
import { awaitedSince, createHoldsReader, holdsOf } from './waits.ts'

/** `1<2,3` is a pass in which web-2 and web-3 wait for web-1; `-` one in which nobody waits. */
function passes(...texts: readonly string[]): readonly DecisionPass[] {
  return texts.map((text, index) => {
    const [awaited, waiters = ''] = text.split('<')
    const isWaiting = text !== '-'
    return newPass({
      number: index,
      time: index * 10,
      waiters: waiters === '' ? [] : waiters.split(',').map((one) => `web-${one}`),
      ...(isWaiting ? { awaited: `web-${awaited}` } : {}),
    })
  })
}

it('joins the passes of one wait and ends it with the first that does not name it', () => {
  expect(holdsOf(passes('0<1', '0<1', '1<2', '-'))).toEqual([
    { waiter: 'web-1', awaited: 'web-0', from: 0, until: 20 },
    { waiter: 'web-2', awaited: 'web-1', from: 20, until: 30 },
  ])
})

it('leaves the wait of the last pass open, and tells it of who comes next', () => {
  expect(holdsOf(passes('-', '0<1,2'))).toEqual([{ waiter: 'web-1', awaited: 'web-0', from: 10 }])
  expect(holdsOf(passes('4<0,1,2,3'))).toEqual([{ waiter: 'web-3', awaited: 'web-4', from: 0 }])
})

it('reads a list that grows to the same end as the whole of it', () => {
  const whole = passes('0<1', '0<1', '1<2', '-', '2<3')
  const read = createHoldsReader()
  for (let length = 0; length <= whole.length; length++) {
    expect(read(whole.slice(0, length))).toEqual(holdsOf(whole.slice(0, length)))
  }
  expect(read(passes('5<6'))).toEqual([{ waiter: 'web-6', awaited: 'web-5', from: 0 }])
})

it('tells since when the present wait lasts, not since when the Pod was first awaited', () => {
  expect(awaitedSince(passes('0<1', '1<2', '0<1', '0<1'))).toBe(20)
  expect(awaitedSince(passes('0<1', '-'))).toBeUndefined()
})

it('has at most one wait at a time, each ended when the next begins', () => {
  const pass = fc.oneof(
    fc.constant('-'),
    fc
      .tuple(fc.nat(3), fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }))
      .map(([awaited, waiters]) => `${awaited}<${waiters.join()}`),
  )
  fc.assert(
    fc.property(fc.array(pass, { minLength: 1, maxLength: 20 }), (texts) => {
      const all = passes(...texts)
      const holds = holdsOf(all)
      for (const [index, hold] of holds.entries()) {
        expect(hold.until ?? Infinity).toBeLessThanOrEqual(holds[index + 1]?.from ?? Infinity)
        expect(hold.waiter).not.toBe(hold.awaited)
      }
      const last = all.at(-1)
      const waits = last?.waiters.some((waiter) => waiter !== last.awaited) === true
      expect(holds.at(-1)?.until === undefined && holds.length > 0).toBe(waits)
    }),
  )
})
