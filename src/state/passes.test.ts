import { expect, it } from 'vitest'
import type { DecisionPass, Verdict } from '#worker/protocol.ts'
import { newPass } from './decision-pass.test-kit.ts'
import { newestGroups, whyOf } from './passes.ts'

function pass(number: number, why: string): DecisionPass {
  const verdicts: Verdict[] = [{ pod: 'web-0', action: 'wait', why }]
  return newPass({ number, time: number, summary: why, verdicts })
}

it('puts passes that came to the same together, newest first', () => {
  const groups = newestGroups([pass(1, 'a'), pass(2, 'b'), pass(3, 'b'), pass(4, 'a')], 9)
  expect(groups.map(({ first, pass: last, count }) => [first.number, last.number, count])).toEqual([
    [4, 4, 1],
    [2, 3, 2],
    [1, 1, 1],
  ])
})

it('counts the whole of the oldest group it shows', () => {
  const groups = newestGroups([pass(1, 'a'), pass(2, 'b'), pass(3, 'b'), pass(4, 'c')], 2)
  expect(groups.map(({ count }) => count)).toEqual([1, 2])
})

it.each([
  ['web-0 is Pending, not Running and Ready', 'Pending, not Running and Ready'],
  ['web-0 does not exist', 'does not exist'],
  ['web-1 comes first', 'web-1 comes first'],
])('says "%s" beside the name as "%s"', (why, said) => {
  const verdict: Verdict = { pod: 'web-0', action: 'wait', why }
  expect(whyOf(verdict)).toBe(said)
})
