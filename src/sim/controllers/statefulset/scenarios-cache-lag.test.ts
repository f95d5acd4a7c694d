import { describe, expect, it } from 'vitest'
import { type Fault, POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'
import type { WorldResource } from './test-world.ts'

// Section 10.7 of the specification: caches that lag behind the controller's own writes, and
// rivals that write before it.

const STATUS = { method: 'PUT', path: /statefulsets\/web\/status$/ } as const

/** When the controller sent its status, from the deed on, and what came of the pass. */
function statusWrites(scenario: ScenarioWorld, deed: () => void) {
  const { simulation } = scenario
  const startAt = simulation.now
  scenario.decisions.length = 0
  scenario.writes()
  const sentAt: number[] = []
  scenario.onRequest((request) => {
    if (request === 'PUT /apis/apps/v1/namespaces/default/statefulsets/web/status') {
      sentAt.push(simulation.now - startAt)
    }
  })
  deed()
  return { sentAt, first: () => scenario.decisions[0] }
}

describe.each(POLICIES)('the status of a %s set', (podManagementPolicy) => {
  const ready = () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.makeReady()
    return scenario
  }
  const scaleUp = (scenario: ScenarioWorld) => () => {
    scenario.world.patch('statefulsets', 'web', { spec: { replicas: 2 } })
    scenario.settle(60)
  }

  it('[SS-173] is written once where nothing is in the way', () => {
    const scenario = ready()
    const { sentAt, first } = statusWrites(scenario, scaleUp(scenario))
    expect(first()?.error).toBeUndefined()
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
    // One for the generation, one for the Pod once the cache has it.
    expect(sentAt).toHaveLength(2)
  })

  it('[SS-173a] is not tried again within the pass after any error but a conflict', () => {
    const scenario = ready()
    scenario.inject({ ...STATUS, message: 'no' })
    const { sentAt, first } = statusWrites(scenario, scaleUp(scenario))
    expect(first()?.error).toBe('no')
    // The pass is tried again after 5 ms.
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeLessThan(9)
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
  })

  it('[SS-173b] is sent again 10 ms after a conflict, in the same pass', () => {
    const scenario = ready()
    scenario.inject({ ...STATUS, reason: 'Conflict' })
    const { sentAt, first } = statusWrites(scenario, scaleUp(scenario))
    expect(first()?.error).toBeUndefined()
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeCloseTo(10, 1)
    expect(scenario.decisions.some(({ error }) => error !== undefined)).toBe(false)
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
  })

  it('[SS-173c] stands on the set as the cache has it after somebody else wrote the set', () => {
    const scenario = ready()
    const rival = () =>
      scenario.world.patch('statefulsets', 'web', { metadata: { labels: { rival: 'yes' } } })
    scenario.inject({ ...STATUS, meanwhile: rival })
    const { first } = statusWrites(scenario, scaleUp(scenario))
    expect(first()?.error).toBeUndefined()
    const written = scenario.writes().filter((write) => write.includes('status'))
    expect(written.slice(0, 2)).toEqual([
      'update statefulsets/status web 409',
      'update statefulsets/status web',
    ])
    expect(scenario.set.metadata.labels).toEqual({ rival: 'yes' })
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
  })

  it('[SS-173d] is given up after five conflicts, and the pass is tried again', () => {
    const scenario = ready()
    scenario.inject({ ...STATUS, reason: 'Conflict', times: 5, message: 'rival' })
    const { sentAt, first } = statusWrites(scenario, scaleUp(scenario))
    expect(first()?.error).toBe('rival')
    const apart = sentAt.slice(1, 5).map((at, index) => Math.round(at - (sentAt[index] ?? 0)))
    expect(apart).toEqual([10, 10, 10, 10])
    scenario.settle()
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, replicas: 2 })
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
  })

  it('[SS-173e] changes of the set that come while a pass waits are met by another pass', () => {
    const scenario = ready()
    scenario.inject({ ...STATUS, reason: 'Conflict', times: 3 })
    statusWrites(scenario, () => {
      scenario.world.patch('statefulsets', 'web', { spec: { replicas: 2 } })
      scenario.settle(15)
      scenario.world.patch('statefulsets', 'web', { spec: { replicas: 0 } })
      scenario.settle()
    })
    scenario.converge()
    expect(scenario.pods()).toEqual([])
    expect(scenario.set.status).toMatchObject({ observedGeneration: 3, replicas: 0 })
  })
})

type Lag = {
  readonly write: string
  readonly fault: Pick<Fault, 'method' | 'path'>
  readonly resource: WorldResource
  /** What makes the controller write. */
  readonly deed: (scenario: ScenarioWorld) => void
}

const LAGS: readonly Lag[] = [
  {
    write: 'the creation of a Pod',
    fault: { method: 'POST', path: /\/pods$/ },
    resource: 'pods',
    deed: ({ world }) => world.patch('statefulsets', 'web', { spec: { replicas: 2 } }),
  },
  {
    write: 'the repair of a Pod',
    fault: { method: 'PUT', path: /\/pods\/web-0$/ },
    resource: 'pods',
    deed: ({ world }) =>
      world.patch('pods', 'web-0', {
        metadata: { labels: { 'statefulset.kubernetes.io/pod-name': null } },
      }),
  },
  {
    write: 'the adoption of a Pod',
    fault: { method: 'PATCH', path: /\/pods\/web-0$/ },
    resource: 'pods',
    deed: ({ world }) => world.patch('pods', 'web-0', { metadata: { ownerReferences: null } }),
  },
  {
    write: 'the creation of a claim',
    fault: { method: 'POST', path: /\/persistentvolumeclaims$/ },
    resource: 'persistentvolumeclaims',
    deed: ({ world }) => world.patch('statefulsets', 'web', { spec: { replicas: 2 } }),
  },
  {
    write: 'the owners of a claim',
    fault: { method: 'PUT', path: /\/persistentvolumeclaims\/www-web-0$/ },
    resource: 'persistentvolumeclaims',
    deed: ({ world }) =>
      world.patch('statefulsets', 'web', {
        spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } },
      }),
  },
  {
    write: 'the status',
    fault: STATUS,
    resource: 'statefulsets',
    deed: ({ world }) => world.setPodState('web-0', 'unready'),
  },
]

describe.each(POLICIES)('a %s set whose cache has not heard of', (podManagementPolicy) => {
  it.each(LAGS)('[SS-171] [SS-172] $write is left alone until it has', (lag) => {
    const { fault, resource, deed } = lag
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.makeReady()
    scenario.inject({ ...fault, meanwhile: () => scenario.holdCache(resource) })
    deed(scenario)
    scenario.settle(1.5)
    scenario.requests.length = 0
    scenario.decisions.length = 0
    // Whatever happens, the controller does not even look at its Pods.
    scenario.world.patch('pods', 'web-0', { metadata: { annotations: { a: 'b' } } })
    scenario.touch()
    expect(scenario.requests).toEqual([])
    expect(scenario.decisions).toEqual([])
    scenario.releaseCache(resource)
    // No event tells of a claim: it is the back-off that comes back to the set.
    scenario.settle(1000)
    expect(scenario.decisions.length).toBeGreaterThan(0)
    expect(scenario.decisions.every(({ error }) => error === undefined)).toBe(true)
    scenario.converge(10)
    const { replicas } = scenario.set.spec
    expect(scenario.set.status).toMatchObject({ replicas, readyReplicas: replicas })
    expect(scenario.claims()).toHaveLength(replicas)
  })

  it('[SS-172a] a write that a lagging cache would repeat is not: nothing is created twice', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.makeReady()
    for (const resource of ['pods', 'persistentvolumeclaims'] as const) {
      scenario.holdCache(resource)
    }
    scenario.writes()
    scenario.patch({ replicas: 2 })
    for (let round = 0; round < 5; round++) scenario.touch()
    const creations = scenario.writes().filter((write) => write.startsWith('create'))
    expect(creations).toEqual(['create persistentvolumeclaims www-web-1', 'create pods web-1'])
  })
})
