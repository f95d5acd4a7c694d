import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import type { OwnerReference } from 'kubernetes-types/meta/v1'
import { describe, expect, it } from 'vitest'
import { isStaleForPod, ownersByPolicy, ownersMatchPolicy } from './claim-retention.ts'

const STORED = {
  namespace: 'default',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

type Policy = 'Retain' | 'Delete'

function owners(whenDeleted: Policy, whenScaled: Policy, ordinal: number) {
  const set: StatefulSet = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...STORED, name: 'web', uid: 'set-uid' },
    spec: {
      replicas: 3,
      selector: {},
      template: {},
      serviceName: '',
      persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
    },
  }
  const metadata = { ...STORED, name: `web-${ordinal}`, uid: 'pod-uid' }
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata }
  return { set, pod, ordinal }
}

function claimOf(refs: readonly OwnerReference[]): PersistentVolumeClaim {
  const metadata = { ...STORED, name: 'www-web-1', uid: 'claim-uid', ownerReferences: refs }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }
}

const MANAGED = { controller: true, blockOwnerDeletion: true }
const SET: OwnerReference = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  name: 'web',
  uid: 'set-uid',
  ...MANAGED,
}
const podRef = (ordinal: number): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: `web-${ordinal}`,
  uid: 'pod-uid',
  ...MANAGED,
})
const FOREIGN: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'other' }

describe('[SS-153] [SS-T14] the table of owners', () => {
  const table = [
    { whenDeleted: 'Retain', whenScaled: 'Retain', inRange: 'none', condemned: 'none' },
    { whenDeleted: 'Delete', whenScaled: 'Retain', inRange: 'set', condemned: 'set' },
    { whenDeleted: 'Retain', whenScaled: 'Delete', inRange: 'none', condemned: 'pod' },
    { whenDeleted: 'Delete', whenScaled: 'Delete', inRange: 'set', condemned: 'pod' },
  ] as const

  const cases = table.flatMap(({ whenDeleted, whenScaled, inRange, condemned }) => [
    { whenDeleted, whenScaled, ordinal: 1, wanted: inRange },
    { whenDeleted, whenScaled, ordinal: 4, wanted: condemned },
  ])

  it.each(cases)(
    'whenDeleted $whenDeleted, whenScaled $whenScaled, ordinal $ordinal: $wanted',
    ({ whenDeleted, whenScaled, ordinal, wanted }) => {
      const target = owners(whenDeleted, whenScaled, ordinal)
      const states = { none: [], set: [SET], pod: [podRef(ordinal)], both: [SET, podRef(ordinal)] }
      for (const [state, refs] of Object.entries(states)) {
        for (const others of [[], [FOREIGN]]) {
          const claim = claimOf([...others, ...refs])
          expect(ownersMatchPolicy(claim, target), state).toBe(state === wanted)
          const after = ownersByPolicy(claim, target)
          expect(after).toEqual([...others, ...states[wanted]])
          expect(ownersMatchPolicy(claimOf(after), target)).toBe(true)
        }
      }
    },
  )
})

describe('owners of a claim', () => {
  const target = owners('Delete', 'Retain', 1)
  const { controller: _flag, ...unflagged } = SET

  const cases: readonly {
    readonly name: string
    readonly refs: readonly OwnerReference[]
    readonly matches: boolean
    readonly after?: readonly OwnerReference[]
  }[] = [
    {
      name: '[SS-154] without the controller flag get it',
      refs: [unflagged],
      matches: false,
      after: [SET],
    },
    {
      name: '[SS-155] from an earlier set are left alone',
      refs: [{ ...SET, uid: 'old' }],
      matches: true,
    },
    {
      name: '[SS-155a] from an earlier Pod are left alone',
      refs: [{ ...podRef(1), uid: 'old' }],
      matches: true,
    },
    {
      name: '[SS-156] give way to a foreign controller',
      refs: [SET, { ...FOREIGN, controller: true }],
      matches: false,
      after: [{ ...FOREIGN, controller: true }],
    },
    {
      name: '[SS-156a] stay out where another controls',
      refs: [{ ...FOREIGN, controller: true }],
      matches: true,
      after: [{ ...FOREIGN, controller: true }],
    },
    {
      name: '[SS-158] without a uid are removed, and none is added',
      refs: [{ ...SET, uid: '' }],
      matches: true,
      after: [],
    },
    {
      name: '[SS-159] of the same name but another kind are others',
      refs: [{ ...FOREIGN, name: 'web' }],
      matches: false,
      after: [{ ...FOREIGN, name: 'web' }, SET],
    },
  ]

  it.each(cases)('$name', ({ refs, matches, after }) => {
    expect(ownersMatchPolicy(claimOf(refs), target)).toBe(matches)
    if (after !== undefined) expect(ownersByPolicy(claimOf(refs), target)).toEqual(after)
  })

  it('[SS-157] of a foreign controller do not matter where everything is retained', () => {
    const retained = owners('Retain', 'Retain', 1)
    expect(ownersMatchPolicy(claimOf([{ ...FOREIGN, controller: true }]), retained)).toBe(true)
    expect(ownersMatchPolicy(claimOf([SET]), retained)).toBe(false)
  })
})

it.each([
  { name: 'no reference', refs: [], uid: 'pod-uid', want: false },
  { name: 'its own reference', refs: [podRef(1)], uid: 'pod-uid', want: false },
  { name: 'an earlier Pod', refs: [{ ...podRef(1), uid: 'old' }], uid: 'pod-uid', want: true },
  { name: 'any Pod, for one without a uid', refs: [podRef(1)], uid: '', want: true },
  { name: 'another ordinal', refs: [podRef(2)], uid: 'pod-uid', want: false },
])('[SS-163] a claim is stale: $name', ({ refs, uid, want }) => {
  expect(isStaleForPod(claimOf(refs), 'web-1', uid)).toBe(want)
})
