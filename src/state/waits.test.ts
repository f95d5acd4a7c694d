import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { DecisionPass } from '#worker/protocol.ts'
import { awaitedSince, holdsOf } from './waits.ts'

/** `1<2,3` is a pass in which web-2 and web-3 wait for web-1; `-` one in which nobody waits. */
function passes(...texts: readonly string[]): readonly DecisionPass[] {
  return texts.map((text, index) => {
    const [awaited, waiters = ''] = text.split('<')
    const isWaiting = text !== '-'
    return {
      number: index,
      time: index * 10,
      namespace: 'default',
      set: 'web',
      cause: '',
      summary: '',
      verdicts: [],
      waiters: waiters === '' ? [] : waiters.split(',').map((one) => `web-${one}`),
      ...(isWaiting ? { awaited: `web-${awaited}` } : {}),
    }
  })
}

it('joins the passes of one wait and ends it with the first that does not name it', () => {
  expect(holdsOf(passes('0<1', '0<1', '1<2', '-'))).toEqual([
    { waiter: 'web-1', awaited: 'web-0', from: 0, until: 20 },
    { waiter: 'web-2', awaited: 'web-1', from: 20, until: 30 },
  ])
})

it('leaves the waits of the last pass open', () => {
  expect(holdsOf(passes('-', '0<1,2'))).toEqual([
    { waiter: 'web-1', awaited: 'web-0', from: 10 },
    { waiter: 'web-2', awaited: 'web-0', from: 10 },
  ])
})

it('tells since when the present wait lasts, not since when the Pod was first awaited', () => {
  expect(awaitedSince(passes('0<1', '1<2', '0<1', '0<1'))).toBe(20)
  expect(awaitedSince(passes('0<1', '-'))).toBeUndefined()
})

it('has exactly the waits of the last pass open, and never two of one pair at once', () => {
  const pass = fc.oneof(
    fc.constant('-'),
    fc
      .tuple(fc.nat(3), fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }))
      .map(([awaited, waiters]) => `${awaited}<${waiters.join()}`),
  )
  fc.assert(
    fc.property(fc.array(pass, { minLength: 1, maxLength: 20 }), (texts) => {
      const all = passes(...texts)
      const last = all.at(-1)
      const holds = holdsOf(all)
      const open = holds.filter((hold) => hold.until === undefined)
      expect(open.map((hold) => hold.waiter).sort()).toEqual([...(last?.waiters ?? [])].sort())
      for (const [index, hold] of holds.entries()) {
        const next = holds
          .slice(index + 1)
          .find((one) => one.waiter === hold.waiter && one.awaited === hold.awaited)
        if (next !== undefined) expect(hold.until ?? Infinity).toBeLessThanOrEqual(next.from)
      }
    }),
  )
})
