import { describe, expect, it } from 'vitest'
import type { DecisionPass } from '#worker/protocol.ts'
import { newPass } from './decision-pass.test-kit.ts'
import { addressesByName } from './dns-view.ts'
import type { KnownKinds } from './kube.ts'
import { slotsOf, type SlotInput } from './slots.ts'

const START = Date.parse('2026-01-01T00:00:00Z')

function metadata(name: string, extra: object = {}) {
  return {
    name,
    namespace: 'default',
    uid: `uid-of-${name}`,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...extra,
  }
}

type Made = {
  readonly replicas?: number
  readonly start?: number
  readonly pods?: readonly KnownKinds['Pod'][]
  readonly claims?: readonly number[]
  readonly pass?: Partial<DecisionPass>
  readonly policy?: 'Parallel'
}

const OWNED = {
  ownerReferences: [
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'web',
      uid: 'uid-of-web',
      controller: true,
    },
  ],
}

function pod(ordinal: number, extra: object = OWNED): KnownKinds['Pod'] {
  const name = `web-${ordinal}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, extra),
    spec: {
      nodeName: 'node-a',
      containers: [{ name: 'nginx' }],
      volumes: [{ name: 'www', persistentVolumeClaim: { claimName: `www-${name}` } }],
    },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'True' },
        { type: 'Ready', status: 'True' },
      ],
    },
  }
}

function slots({ replicas = 3, start = 0, pods = [], claims = [], pass, policy }: Made) {
  const set = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadata('web'),
    spec: {
      replicas,
      ...(policy === undefined ? {} : { podManagementPolicy: policy }),
      serviceName: 'nginx',
      selector: {},
      template: {},
      ordinals: { start },
      volumeClaimTemplates: [{ metadata: { name: 'www' } }],
    },
  } satisfies KnownKinds['StatefulSet'] & { spec: { ordinals: object } }
  const input: SlotInput = {
    set,
    pods: new Map(pods.map((one) => [one.metadata.uid, one])),
    claims: new Map(
      claims.map((ordinal) => [
        `c${ordinal}`,
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: metadata(`www-web-${ordinal}`),
          spec: { volumeName: `pv-${ordinal}` },
          status: { phase: 'Bound', capacity: { storage: '1Gi' } },
        },
      ]),
    ),
    volumes: new Map(),
    attachments: new Map(),
    eventsOfPod: () => [],
    addresses: addressesByName(
      [{ name: 'web-0.nginx.default.svc.cluster.local.', type: 'A', data: '10.244.1.3' }],
      'default',
    ),
    pass: pass && newPass(pass),
    clock: { time: 30_000, unixMs: START + 30_000 },
  }
  return slotsOf(input)
}

it('has a slot for every wanted ordinal, counted from where the ordinals start', () => {
  expect(slots({ replicas: 3, start: 5 }).map((slot) => slot.name)).toEqual([
    'web-5',
    'web-6',
    'web-7',
  ])
})

it('keeps the slot of a Pod that is no longer wanted, and says the Pod is condemned', () => {
  const all = slots({ replicas: 1, pods: [pod(0), pod(2)] })
  expect(all.map((slot) => [slot.ordinal, slot.isWanted, slot.pod?.flag])).toEqual([
    [0, true, undefined],
    [2, false, 'condemned'],
  ])
})

it('keeps the slot of a disk whose Pod is gone: the disk stays behind', () => {
  const [, last] = slots({ replicas: 1, claims: [0, 1] })
  expect(last).toMatchObject({ ordinal: 1, pod: undefined, isWanted: false })
  expect(last?.claims[0]).toMatchObject({ state: 'Bound', detail: '1 GiB, kept, no Pod uses it' })
})

describe('who holds the name', () => {
  const other = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'x', uid: 'x', controller: true }]
  it.each([
    { title: 'a Pod of the set is nothing special', extra: OWNED, flag: undefined },
    { title: 'a Pod without an owner is orphaned', extra: {}, flag: 'orphaned' },
    { title: "another's Pod is foreign", extra: { ownerReferences: other }, flag: 'foreign' },
  ])('$title', ({ extra, flag }) => {
    expect(slots({ pods: [pod(0, extra)] })[0]?.pod?.flag).toBe(flag)
  })
})

it('shows the record of the name, and nothing where there is none', () => {
  expect(slots({}).map((slot) => slot.record)).toEqual(['10.244.1.3', undefined, undefined])
})

it('says in the empty bay whom the controller waits for', () => {
  const all = slots({ pods: [pod(0)], pass: { awaited: 'web-0', waiters: ['web-1'] } })
  expect(all.map((slot) => slot.isAwaited)).toEqual([true, false, false])
  expect(all[1]?.emptyReason).toBe('The controller waits for web-0')
  expect(all[2]?.emptyReason).toBe('Not looked at while the controller waits for web-0')
})

it('has no eye on a Pod that holds nobody up', () => {
  const pass = { awaited: 'web-0' }
  const [first] = slots({ pods: [pod(0)], pass, policy: 'Parallel' })
  expect(first?.isAwaited).toBe(false)
  const [updated] = slots({
    pods: [pod(0)],
    pass: { ...pass, waiters: ['web-1'] },
    policy: 'Parallel',
  })
  expect(updated?.isAwaited).toBe(true)
})

it('tells who a Pod is before the address that it has not', () => {
  const { status, ...rest } = pod(0)
  const [first] = slots({
    pods: [
      {
        ...rest,
        status: {
          phase: 'Pending',
          containerStatuses: [
            {
              name: 'nginx',
              image: '',
              imageID: '',
              ready: false,
              restartCount: 0,
              state: { waiting: { reason: 'ContainerCreating' } },
            },
          ],
        },
      },
    ],
  })
  expect(first?.pod?.facts.map(({ term }) => term).slice(0, 3)).toEqual(['node', 'UID', 'IP'])
  const [ready] = slots({ pods: [{ ...rest, status: { ...status, podIP: '10.244.1.3' } }] })
  expect(ready?.pod?.facts.map(({ term }) => term).slice(0, 3)).toEqual(['node', 'IP', 'UID'])
})

it('tells where the disk is: mounted by the Pod that uses it', () => {
  const [first] = slots({ pods: [pod(0)], claims: [0] })
  expect(first?.claims[0]?.detail).toBe('1 GiB, mounted on node-a')
})

it('counts the age of a Pod in virtual time', () => {
  const [first] = slots({ pods: [pod(0)] })
  expect(first?.pod?.facts.find((fact) => fact.term === 'age')?.value).toBe('30 s')
})
