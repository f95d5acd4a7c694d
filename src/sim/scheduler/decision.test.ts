import { expect, it } from 'vitest'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { toSimTime } from '#sim/kernel/time.ts'
import { schedulingDecision, type SchedulingOutcome } from './decision.ts'

const POD: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-0',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '',
  },
}

const scored = (...scores: readonly number[]): SchedulingOutcome => ({
  type: 'placed',
  nodeName: 'a',
  scores: scores.map((score, index) => ({ nodeName: 'abc'.charAt(index), score })),
})

it.each<{ outcome: SchedulingOutcome; want: string }>([
  { outcome: scored(), want: 'place: web-0 goes to a, the only node that can take it' },
  {
    outcome: scored(9, 5, 5),
    want: 'place: web-0 goes to a, which scores highest of the 3 nodes that can take it',
  },
  {
    outcome: scored(9, 9, 5),
    want: 'place: web-0 goes to a, one of 2 that score highest of the 3 nodes that can take it',
  },
  {
    outcome: scored(9, 9, 9),
    want: 'place: web-0 goes to a, one of 3 nodes that can take it and score alike',
  },
  {
    outcome: { type: 'failed', message: 'binding rejected: no' },
    want: 'wait: web-0 has no node yet and is tried again: binding rejected: no',
  },
])('says: $want', ({ outcome, want }) => {
  const { conclusion, why } = schedulingDecision(toSimTime(0), POD, outcome)
  expect(`${conclusion}: ${why}`).toBe(want)
})
