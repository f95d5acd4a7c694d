import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import fc from 'fast-check'
import type { OwnerReference } from 'kubernetes-types/meta/v1'
import { expect, it } from 'vitest'
import { planSync } from './decision.ts'
import { newStatefulSetPod } from './identity.ts'
import type { PodAction } from './pass.ts'
import { readPod } from './pod-state.ts'
import { statefulSet } from './scenario-world.test-kit.ts'
import { type Claim, type Occupant, specified, type State } from './specification-model.test-kit.ts'

// The specification told once more, held against what the controller decides in states that nobody
// would think of.

const NOW_MS = Date.UTC(2026, 0, 1)
const MIN_READY_SECONDS = 10

/** The same state as objects, and what the controller makes of it. */
function decided(state: State): string[] {
  const set = setOf(state)
  const pods = state.places.flatMap(({ occupant }, ordinal) =>
    occupant === undefined ? [] : [readPod(podOf(set, ordinal, occupant))],
  )
  const claims = new Map<string, PersistentVolumeClaim>(
    state.places.flatMap(({ claim }, ordinal) =>
      claim === 'missing' ? [] : [[`default/www-web-${ordinal}`, claimOf(ordinal, claim)] as const],
    ),
  )
  const plan = planSync({
    set,
    updateSet: set,
    currentRevision: 'current',
    updateRevision: 'update',
    pods,
    claim: (key) => claims.get(key),
    claimsVersion: '1',
    nowMs: NOW_MS,
    allowsMaxUnavailable: state.gate !== undefined,
  })
  const stages = [plan.replicas, plan.condemnedClaims, plan.condemned, plan.update]
  return stages.flat().map(({ action }) => told(action))
}

const VERBS = { ensureClaims: 'ensure', repair: 'repair', ownClaims: 'own' } as const

function told(action: PodAction): string {
  if (action.type === 'create') return `create ${action.ordinal} ${action.revision}`
  if (action.type === 'delete') return `delete ${action.name.slice('web-'.length)}`
  return `${VERBS[action.type]} ${action.pod.ordinal}`
}

const STORED = { resourceVersion: '1', creationTimestamp: '', namespace: 'default' }

function setOf(state: State): StatefulSet {
  const rollingUpdate = {
    partition: state.partition,
    ...(state.gate === undefined ? {} : { maxUnavailable: state.gate.maxUnavailable as never }),
  }
  const type = state.strategy === 'OnDelete' ? 'OnDelete' : 'RollingUpdate'
  const bare = statefulSet('web', {
    replicas: state.replicas,
    podManagementPolicy: state.monotonic ? 'OrderedReady' : 'Parallel',
    minReadySeconds: state.minReady ? MIN_READY_SECONDS : 0,
    ordinals: { start: state.start },
    updateStrategy: { type, ...(state.strategy === 'partitioned' ? { rollingUpdate } : {}) },
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: state.whenDeleted,
      whenScaled: state.whenScaled,
    },
  }) as StatefulSet
  return {
    ...bare,
    metadata: { ...STORED, name: 'web', uid: 'set', generation: 1 },
    status: { replicas: 0, currentReplicas: state.storedCurrentReplicas },
  }
}

const uidOf = (ordinal: number) => `pod-${ordinal}`
const timeAt = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

function podOf(set: StatefulSet, ordinal: number, occupant: Occupant): Pod {
  const { metadata, ...pod } = newStatefulSetPod(set, ordinal, occupant.revision)
  const nameLabel = 'statefulset.kubernetes.io/pod-name'
  const labels = { ...metadata.labels, ...(occupant.named ? {} : { [nameLabel]: 'other' }) }
  const since = occupant.ready === 'for long' ? NOW_MS - 3_600_000 : NOW_MS - 1000
  return {
    ...pod,
    metadata: {
      ...STORED,
      uid: uidOf(ordinal),
      name: '',
      ...metadata,
      labels,
      ...(occupant.terminating ? { deletionTimestamp: timeAt(NOW_MS) } : {}),
    },
    status: {
      phase: occupant.phase,
      conditions: [
        {
          type: 'Ready',
          status: occupant.ready === 'no' ? 'False' : 'True',
          lastTransitionTime: timeAt(since),
        },
      ],
    },
  }
}

function claimOf(ordinal: number, claim: Claim): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...STORED,
      name: `www-web-${ordinal}`,
      uid: `claim-${ordinal}`,
      ownerReferences: ownersOf(ordinal, claim),
      ...(claim === 'terminating' ? { deletionTimestamp: timeAt(NOW_MS) } : {}),
    },
  }
}

function ownersOf(ordinal: number, claim: Claim): OwnerReference[] {
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'set' }
  const pod = { apiVersion: 'v1', kind: 'Pod', name: `web-${ordinal}`, uid: uidOf(ordinal) }
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: 'other' }
  const controller = true
  switch (claim) {
    case 'of the set':
      return [{ ...set, controller }]
    case 'of the pod':
      return [{ ...pod, controller }]
    case 'of an earlier pod':
      return [{ ...pod, uid: 'earlier', controller }]
    case 'of an earlier set':
      return [{ ...set, uid: 'earlier', controller }]
    case 'managed by another':
      return [{ ...other, controller }]
    case 'of the set, managed by another':
      return [
        { ...set, controller },
        { ...other, controller },
      ]
    case 'of the set, without the flag':
      return [set]
    case 'missing':
    case 'terminating':
    case 'bare':
      return []
  }
}

const OCCUPANTS: fc.Arbitrary<Occupant> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      phase: fc.constant('Running' as const),
      ready: fc.constantFrom('for long', 'for long', 'just now', 'no'),
      terminating: fc.nat(5).map((drawn) => drawn === 0),
      revision: fc.constantFrom('current', 'update', 'update', 'none'),
      named: fc.nat(5).map((drawn) => drawn > 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      phase: fc.constantFrom('Pending', 'Failed', 'Succeeded'),
      ready: fc.constant('no' as const),
      terminating: fc.boolean(),
      revision: fc.constantFrom('current', 'update'),
      named: fc.boolean(),
    }),
  },
)

const STATES: fc.Arbitrary<State> = fc
  .record({
    places: fc.array(
      fc.record({
        occupant: fc.option(OCCUPANTS, { nil: undefined, freq: 5 }),
        claim: fc.constantFrom<Claim>(
          'missing',
          'terminating',
          'bare',
          'of the set',
          'of the pod',
          'of an earlier pod',
          'of an earlier set',
          'managed by another',
          'of the set, managed by another',
          'of the set, without the flag',
        ),
      }),
      { maxLength: 7 },
    ),
    start: fc.nat(3),
    replicas: fc.nat(6),
    monotonic: fc.boolean(),
    minReady: fc.boolean(),
    strategy: fc.constantFrom('OnDelete', 'bare', 'partitioned', 'partitioned'),
    partition: fc.nat(4),
    storedCurrentReplicas: fc.nat(4),
    whenDeleted: fc.constantFrom('Retain', 'Delete'),
    whenScaled: fc.constantFrom('Retain', 'Delete'),
    gate: fc.option(fc.record({ maxUnavailable: fc.integer({ min: 1, max: 4 }) }), {
      nil: undefined,
    }),
  })
  // A claim can be its Pod's only where there is one.
  .map((state) => ({
    ...state,
    places: state.places.map(({ occupant, claim }) => ({
      occupant,
      claim: occupant === undefined && claim === 'of the pod' ? 'of an earlier pod' : claim,
    })),
  }))

it('decides as the specification has it, in whatever state it finds a set', () => {
  fc.assert(
    fc.property(STATES, (state) => {
      expect(decided(state)).toEqual(specified(state))
    }),
    { numRuns: 3000 },
  )
})
