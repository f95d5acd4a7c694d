import { describe, expect, it } from 'vitest'
import { POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'

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
    expect(
      scenario
        .writes()
        .filter((write) => write.includes('status'))
        .slice(0, 3),
    ).toEqual([
      'update statefulsets/status web 409',
      // The cache is read right after the conflict, and had not heard of the rival by then.
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
