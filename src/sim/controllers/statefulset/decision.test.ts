import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import fc from 'fast-check'
import type { StatefulSetSpec } from 'kubernetes-types/apps/v1'
import { describe, expect, it } from 'vitest'
import { planSync } from './decision.ts'
import { DecisionLog } from './decision-log.ts'
import { newStatefulSetPod } from './identity.ts'
import type { ObservedSet, Plan } from './pass.ts'
import { Places } from './places.ts'
import { type PodState, readPod } from './pod-state.ts'
import { computeStatus } from './status.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const CURRENT = 'web-4'
const UPDATE = 'web-5'

// One letter per ordinal: '-' absent, 'p' pending, 'u' running but not ready, 'r' ready,
// 't' ready and terminating, 'f' failed, 's' succeeded, 'x' failed and terminating.
// A capital letter is a Pod at the current revision, a small one at the update revision.

describe('a pass over the replicas', () => {
  it.each([
    { name: 'starts at ordinal 0', pods: '---', ordered: 'create 0', parallel: 'create 0 1 2' },
    { name: 'waits for a pending predecessor', pods: 'p--', ordered: '', parallel: 'create 1 2' },
    { name: 'waits for an unready predecessor', pods: 'ru-', ordered: '', parallel: 'create 2' },
    { name: 'waits for a terminating one', pods: 'tr-', ordered: '', parallel: 'create 2' },
    { name: 'fills the lowest gap', pods: '-r-', ordered: 'create 0', parallel: 'create 0 2' },
    {
      name: 'deletes a failed Pod',
      pods: 'rf-',
      ordered: 'delete 1',
      parallel: 'delete 1, create 2',
    },
    {
      name: 'deletes a succeeded Pod',
      pods: 's-',
      ordered: 'delete 0',
      parallel: 'delete 0, create 1',
    },
    { name: 'does not delete twice', pods: 'x-', ordered: '', parallel: 'create 1' },
    { name: 'has nothing to do', pods: 'rrr', ordered: '', parallel: '' },
  ])('$name: $pods', ({ pods, ordered, parallel }) => {
    const replicas = pods.length
    expect(told(planSync(observe(pods, { replicas })))).toBe(ordered)
    const burst = { replicas, podManagementPolicy: 'Parallel' }
    expect(told(planSync(observe(pods, burst)))).toBe(parallel)
  })
})

it('a pass over a set of two thousand million replicas costs what its Pods cost', () => {
  const observed = observe('r-', { replicas: 2_000_000_000 })
  expect(told(planSync(observed))).toBe('create 1')
  expect(explained(observed).awaited).toBe('web-1')
})

describe('a pass over the condemned', () => {
  for (const { name, pods, ordered, parallel } of [
    { name: 'the highest goes first', pods: 'rrrrr', ordered: 'delete 4', parallel: 'delete 4 3' },
    {
      name: '[SS-89] the only sick one goes',
      pods: 'rrrru',
      ordered: 'delete 4',
      parallel: 'delete 4 3',
    },
    {
      name: '[SS-90] [SS-T8] two sick ones block',
      pods: 'rrruu',
      ordered: '',
      parallel: 'delete 4 3',
    },
    {
      name: '[SS-91] a lower sick one does not',
      pods: 'rrrur',
      ordered: 'delete 4',
      parallel: 'delete 4 3',
    },
    { name: 'one after the other', pods: 'rrrrt', ordered: '', parallel: 'delete 3' },
    { name: '[SS-92] a sick replica blocks all', pods: 'rurr', ordered: '', parallel: 'delete 3' },
    {
      name: 'failed Pods follow the same rule',
      pods: 'rrrf',
      ordered: 'delete 3',
      parallel: 'delete 3',
    },
  ])
    it(`${name}: ${pods}`, () => {
      expect(told(planSync(observe(pods, { replicas: 3 })))).toBe(ordered)
      const burst = { replicas: 3, podManagementPolicy: 'Parallel' }
      expect(told(planSync(observe(pods, burst)))).toBe(parallel)
    })
})

describe('an update', () => {
  it.each([
    { name: 'begins at the top', pods: 'RRR', want: 'delete 2' },
    { name: 'waits for an updated Pod', pods: 'RRu', want: '', parallel: '' },
    { name: 'waits for a terminating one', pods: 'RRT', want: '' },
    { name: 'goes on below an available one', pods: 'RRr', want: 'delete 1' },
    { name: 'does not heal what is below', pods: 'RUr', want: '', parallel: 'delete 1' },
    { name: 'replaces a sick old Pod', pods: 'RRU', want: '', parallel: 'delete 2' },
    { name: 'stops at the partition', pods: 'RRr', partition: 2, want: '' },
    { name: 'is relative to the start', pods: '--RRr', start: 2, partition: 1, want: 'delete 3' },
    { name: 'scales down first', pods: 'RRRR', replicas: 3, want: 'delete 3' },
  ])('$name: $pods', ({ pods, want, partition, start, replicas, parallel }) => {
    const spec = {
      replicas: replicas ?? pods.length - (start ?? 0),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: partition ?? 0 } },
      ...(start === undefined ? {} : { ordinals: { start } }),
    }
    expect(told(planSync(observe(pods, spec)))).toBe(want)
    if (parallel === undefined) return
    const burst = { ...spec, podManagementPolicy: 'Parallel' }
    expect(told(planSync(observe(pods, burst)))).toBe(parallel)
  })

  it('leaves outdated Pods alone with OnDelete', () => {
    const spec = { replicas: 3, updateStrategy: { type: 'OnDelete' } }
    expect(told(planSync(observe('RRR', spec)))).toBe('')
    expect(told(planSync(observe('RR-', spec)))).toBe('create 2')
  })

  // The table of the specification: six Pods, partition 3, two at most unavailable.
  it.each([
    { pods: 'RRRRRR', want: 'delete 5 4' },
    { pods: 'RRRRRT', want: 'delete 4' },
    { pods: 'RRRTRR', want: 'delete 5' },
    { pods: 'RRRRTT', want: '' },
    { pods: 'RRRTTT', want: '' },
    { pods: 'RRTRRR', want: 'delete 5' },
    { pods: 'RTRRRR', want: 'delete 5' },
  ])('[SS-130] keeps the budget of maxUnavailable: $pods', ({ pods, want }) => {
    const rollingUpdate = { partition: 3, maxUnavailable: 2 as never }
    const spec = {
      replicas: 6,
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
    }
    expect(told(planSync({ ...observe(pods, spec), allowsMaxUnavailable: true }))).toBe(want)
  })
})

describe('the revision of a re-created Pod', () => {
  it.each([
    {
      name: 'is updated by default',
      strategy: { rollingUpdate: { partition: 0 } },
      want: 'update',
    },
    {
      name: 'is kept below a partition',
      strategy: { rollingUpdate: { partition: 1 } },
      want: 'current',
    },
    { name: 'is kept by count without a block', strategy: {}, want: 'current' },
    { name: 'is updated with OnDelete', strategy: { type: 'OnDelete' }, want: 'update' },
  ])('$name', ({ strategy, want }) => {
    const updateStrategy = { type: 'RollingUpdate', ...strategy }
    const observed = observe('-Rr', { replicas: 3, updateStrategy }, { currentReplicas: 1 })
    expect(planSync(observed).replicas[0]?.action).toEqual({
      type: 'create',
      ordinal: 0,
      revision: want,
    })
  })
})

describe('the decisions as data', () => {
  it('say who waits for whom, and why', () => {
    const decisions = explained(observe('ru-', { replicas: 3 }))
    expect(decisions.verdicts.map(({ pod, action }) => `${action} ${pod}`)).toEqual([
      'keep web-0',
      'wait web-1',
      'not looked at web-2',
    ])
    expect(decisions.awaited).toBe('web-1')
    expect(decisions.waiters).toEqual(['web-2'])
    expect(decisions.summary).toBe('web-2 waits for web-1: web-1 is Running but not Ready')
    expect(decisions.verdicts[1]?.evidence).toContainEqual({
      resource: 'pods',
      name: 'web-1',
      field: 'status.conditions[Ready].status',
      value: 'False',
    })
  })

  it.each([
    { name: 'an update', pods: 'RRu', spec: {}, awaited: 'web-2', waiters: ['web-0', 'web-1'] },
    { name: 'a deletion', pods: 'RRR', spec: {}, awaited: 'web-2', waiters: ['web-1', 'web-0'] },
    { name: 'a creation', pods: 'r--', spec: {}, awaited: 'web-1', waiters: ['web-2'] },
    {
      name: 'a partition',
      pods: 'RRu',
      spec: { updateStrategy: { rollingUpdate: { partition: 1 } } },
      awaited: 'web-2',
      waiters: ['web-1'],
    },
    {
      name: 'two sick condemned ones',
      pods: 'rruu',
      spec: { replicas: 2 },
      awaited: 'web-2',
      waiters: ['web-3'],
    },
    {
      name: 'OnDelete',
      pods: 'RRu',
      spec: { updateStrategy: { type: 'OnDelete' } },
      awaited: 'web-2',
      waiters: [],
    },
  ])('name who waits because of $name', ({ pods, spec, awaited, waiters }) => {
    const decisions = explained(observe(pods, { replicas: 3, ...spec }))
    expect(decisions.awaited).toBe(awaited)
    expect(decisions.waiters).toEqual(waiters)
  })

  it('name the Pods an update still has to reach under Parallel', () => {
    const decisions = explained(observe('RRu', { replicas: 3, podManagementPolicy: 'Parallel' }))
    expect(decisions.awaited).toBe('web-2')
    expect(decisions.waiters).toEqual(['web-1', 'web-0'])
    expect(decisions.summary).toBe('web-1, web-0 wait for web-2: web-2 is Running but not Ready')
  })

  it('give a verdict on every ordinal and every condemned Pod, whatever the state', () => {
    fc.assert(
      fc.property(arbitraryState(), ({ pods, replicas, policy }) => {
        const spec = { replicas, podManagementPolicy: policy }
        const { verdicts } = explained(observe(pods, spec))
        const names = new Set(verdicts.map(({ pod }) => pod))
        for (let ordinal = 0; ordinal < replicas; ordinal++) {
          expect(names.has(`web-${ordinal}`)).toBe(true)
        }
        for (const [ordinal, letter] of pods.split('').entries()) {
          if (letter !== '-') expect(names.has(`web-${ordinal}`)).toBe(true)
        }
      }),
    )
  })
})

describe('under OrderedReady', () => {
  it('a pass creates or deletes one Pod at most, and only beyond healthy ones', () => {
    fc.assert(
      fc.property(arbitraryState(), ({ pods, replicas }) => {
        const plan = planSync(observe(pods, { replicas }))
        const actions = [...plan.replicas, ...plan.condemned, ...plan.update].filter(
          ({ action }) => action.type === 'create' || action.type === 'delete',
        )
        expect(actions.length).toBeLessThanOrEqual(1)
        const [first] = plan.replicas
        if (first?.action.type === 'create') {
          expect(pods.slice(0, first.action.ordinal)).toMatch(/^[rR]*$/)
        }
        if (plan.condemned.length + plan.update.length > 0) {
          expect(pods.slice(0, replicas).padEnd(replicas, '-')).toMatch(/^[rR]*$/)
        }
      }),
    )
  })
})

it('a pass over kept places decides and counts as one that starts anew', () => {
  fc.assert(
    fc.property(fc.array(arbitraryState(), { minLength: 2 }), ([first, ...later]) => {
      const spec = { replicas: first?.replicas ?? 0, podManagementPolicy: first?.policy ?? '' }
      const { set } = observe('', spec)
      const places = new Places(set)
      const present = new Map<number, { letter: string; pod: PodState }>()
      for (const { pods } of [first, ...later].filter((state) => state !== undefined)) {
        for (const [ordinal, letter] of pods.padEnd(7, '-').split('').entries()) {
          const before = present.get(ordinal)
          if (before?.letter === letter) continue
          if (before !== undefined) places.take(before.pod)
          present.delete(ordinal)
          if (letter === '-') continue
          const pod = readPod(newPod(set, ordinal, letter))
          places.put(pod)
          present.set(ordinal, { letter, pod })
        }
        const observed = {
          ...observe('', spec),
          set,
          updateSet: set,
          pods: [...present.values()].map(({ pod }) => pod),
        }
        const anew = planSync(observed)
        const kept = planSync({ ...observed, places })
        expect(told(kept)).toBe(told(anew))
        expect(counts(kept)).toEqual(counts(anew))
      }
    }),
  )
})

function counts({ counted }: Plan) {
  const basis = {
    observedGeneration: 1,
    currentRevision: CURRENT,
    updateRevision: UPDATE,
    collisionCount: 0,
  }
  return computeStatus(basis, counted, { minReadySeconds: 0, nowMs: NOW_MS })
}

function arbitraryState() {
  return fc.record({
    pods: fc.string({ unit: fc.constantFrom(...'-purtfsxPURTFSX'.split('')), maxLength: 7 }),
    replicas: fc.nat(6),
    policy: fc.constantFrom('OrderedReady', 'Parallel'),
  })
}

/** The Pods a plan creates and deletes, in order. */
function told(plan: Plan): string {
  const words: string[] = []
  let verb = ''
  for (const { action } of [...plan.replicas, ...plan.condemned, ...plan.update]) {
    if (action.type !== 'create' && action.type !== 'delete') continue
    const ordinal = action.type === 'create' ? action.ordinal : action.name.slice('web-'.length)
    words.push(
      action.type === verb ? ` ${ordinal}` : `${verb === '' ? '' : ', '}${action.type} ${ordinal}`,
    )
    verb = action.type
  }
  return words.join('')
}

function explained(observed: ObservedSet) {
  const facts = { number: 1, time: 0, namespace: 'default', set: 'web', uid: 'set', cause: '' }
  const log = new DecisionLog(facts)
  planSync({ ...observed, log })
  return log.finish()
}

function observe(
  letters: string,
  spec: Partial<StatefulSetSpec>,
  status: { currentReplicas?: number } = {},
): ObservedSet {
  const set = newSet(spec, status)
  const pods = letters
    .split('')
    .flatMap((letter, ordinal) => (letter === '-' ? [] : [readPod(newPod(set, ordinal, letter))]))
  return {
    set,
    updateSet: set,
    currentRevision: CURRENT,
    updateRevision: UPDATE,
    pods,
    claim: (name) => newClaim(name),
    claimsVersion: '1',
    nowMs: NOW_MS,
    allowsMaxUnavailable: false,
  }
}

const STORED = {
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  namespace: 'default',
}

function newSet(spec: Partial<StatefulSetSpec>, status: { currentReplicas?: number }): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...STORED, name: 'web', uid: 'set', generation: 1 },
    spec: {
      serviceName: 'nginx',
      selector: { matchLabels: { app: 'nginx' } },
      template: { metadata: { labels: { app: 'nginx' } }, spec: { containers: [] } },
      volumeClaimTemplates: [{ metadata: { name: 'www' } }],
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status: { replicas: 0, ...status },
  }
}

const PHASES: Readonly<Record<string, string>> = {
  p: 'Pending',
  f: 'Failed',
  s: 'Succeeded',
  x: 'Failed',
}

function newPod(set: StatefulSet, ordinal: number, letter: string): Pod {
  const state = letter.toLowerCase()
  const unstored = newStatefulSetPod(set, ordinal, letter === state ? UPDATE : CURRENT)
  const isReady = state === 'r' || state === 't'
  return {
    ...unstored,
    metadata: {
      ...STORED,
      uid: `pod-${ordinal}`,
      name: '',
      ...unstored.metadata,
      ...(state === 't' || state === 'x' ? { deletionTimestamp: STORED.creationTimestamp } : {}),
    },
    status: {
      phase: PHASES[state] ?? 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  }
}

function newClaim(name: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...STORED, name, uid: name },
  }
}
