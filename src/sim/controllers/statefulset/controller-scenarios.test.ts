import { describe, expect, it } from 'vitest'
import { image, PARALLEL, ScenarioWorld } from './scenario-world.test-kit.ts'

// Rows of the specification's list of scenarios that the recordings do not show.

describe('creation', () => {
  it('[SS-A] writes revision, claims, Pod and status in this order', () => {
    const scenario = new ScenarioWorld({ replicas: 1 })
    expect(scenario.writes().map((write) => write.replace(/web-[0-9a-z]{6,}/, 'web-H'))).toEqual([
      'create controllerrevisions web-H',
      'create persistentvolumeclaims www-web-0',
      'create pods web-0',
      'update statefulsets/status web',
      'update statefulsets/status web',
    ])
  })

  it('[SS-88] ends a burst with the batch that fails, and writes the status all the same', () => {
    const scenario = new ScenarioWorld({ ...PARALLEL, replicas: 0 })
    scenario.writes()
    // The third creation of seven: {0}, {1, 2}, {3 … 6}.
    scenario.inject({ method: 'POST', path: /\/pods$/, nth: 3 })
    scenario.world.patch('statefulsets', 'web', { spec: { replicas: 7 } })
    scenario.simulation.runFor(1)
    expect(scenario.pods()).toEqual(['web-0', 'web-1'])
    expect(scenario.writes().at(-1)).toBe('update statefulsets/status web')
    scenario.settle()
    expect(scenario.pods()).toHaveLength(7)
  })

  it('[SS-64] [SS-66] reports the creation that failed, not the status', () => {
    const scenario = new ScenarioWorld({ replicas: 0 })
    scenario.inject({ method: 'POST', path: /\/pods$/, message: 'no Pod' })
    scenario.inject({ method: 'PUT', path: /\/status$/, message: 'no status' })
    scenario.patch({ replicas: 1 })
    expect(scenario.decisions.find(({ error }) => error !== undefined)?.error).toBe('no Pod')
    expect(scenario.events()).toContain(
      'FailedCreate: Create Pod web-0 in StatefulSet web failed error: no Pod',
    )
    expect(scenario.pods()).toEqual(['web-0'])
  })
})

describe('ordinals', () => {
  it('[SS-75] moves up: new ones first, then the condemned', () => {
    const scenario = new ScenarioWorld({ replicas: 2 })
    scenario.makeReady()
    scenario.patch({ replicas: 3, ordinals: { start: 2 } })
    scenario.makeReady()
    expect(scenario.pods()).toEqual(['web-0', 'web-1', 'web-2', 'web-3', 'web-4'])
    scenario.remove('web-1')
    scenario.remove('web-0')
    expect(scenario.pods()).toEqual(['web-2', 'web-3', 'web-4'])
  })
})

describe('revisions', () => {
  it('[SS-127] a lost Pod stays old in the middle of a rollout without a rollingUpdate block', () => {
    for (const [updateStrategy, isOld] of [
      [{ type: 'RollingUpdate' }, true],
      [{ type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, false],
    ] as const) {
      const scenario = new ScenarioWorld({ updateStrategy })
      scenario.makeReady()
      const old = scenario.set.status.currentRevision
      scenario.patch(image('nginx:1.28'))
      scenario.remove('web-2')
      scenario.settle()
      scenario.remove('web-0')
      const { labels } = scenario.pod('web-0').metadata
      expect(labels['controller-revision-hash'] === old).toBe(isOld)
    }
  })

  it('[SS-110] [SS-122] renumbers on the way back and keeps the history limit', () => {
    const scenario = new ScenarioWorld({ replicas: 1, revisionHistoryLimit: 2 })
    const first = scenario.set.status.updateRevision
    for (const version of [1, 2, 1]) {
      scenario.makeReady()
      if (version === 1) scenario.patch(image('nginx:1.28'))
      else scenario.patch(image('nginx:1.27'))
      scenario.remove('web-0')
    }
    scenario.patch(image('nginx:1.27'))
    expect(scenario.set.status.updateRevision).toBe(first)
    expect(scenario.world.list('controllerrevisions').map(({ revision }) => revision)).toEqual(
      expect.arrayContaining([4, 5]),
    )
    for (let version = 30; version < 40; version++) {
      scenario.patch(image(`nginx:1.${version}`))
      const { currentRevision, updateRevision } = scenario.set.status
      const { labels } = scenario.pod('web-0').metadata
      const live = [currentRevision, updateRevision, labels['controller-revision-hash']]
      const names = scenario.world.list('controllerrevisions').map(({ metadata }) => metadata.name)
      expect(names).toEqual(expect.arrayContaining(live))
      // The list that is cut is the one from before the newest was made.
      expect(names.filter((name) => !live.includes(name)).length).toBeLessThanOrEqual(3)
    }
  })

  it('[SS-116] counts a collision and leaves the hash label as it was', () => {
    const scenario = new ScenarioWorld({ replicas: 1 })
    const { metadata } = scenario.world.list('controllerrevisions')[0]
    scenario.world.delete('statefulsets', 'web', { propagationPolicy: 'Background' })
    scenario.settle(1000)
    scenario.world.create('controllerrevisions', {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: metadata.name },
      data: { other: true },
      revision: 1,
    })
    const again = new ScenarioWorld({ replicas: 0 })
    const taken = again.world.list('controllerrevisions')[0].metadata.name
    expect(taken).toBe(metadata.name)
    const { body } = scenario.world.create('statefulsets', {
      ...again.set,
      metadata: { name: 'web' },
      status: undefined,
    })
    scenario.settle()
    expect(body.kind).toBe('StatefulSet')
    expect(scenario.set.status.collisionCount).toBe(1)
    const revision = scenario.set.status.updateRevision
    expect(revision).not.toBe(metadata.name)
    const created = scenario.world
      .list('controllerrevisions')
      .find((one) => one.metadata.name === revision)
    expect(`web-${created?.metadata.labels['controller.kubernetes.io/hash']}`).toBe(metadata.name)
  })
})

describe('availability', () => {
  it('[SS-139] [SS-141] looks again when a Pod has been Ready for long enough', () => {
    const scenario = new ScenarioWorld({ ...PARALLEL, minReadySeconds: 30 })
    for (const name of scenario.pods()) scenario.world.setPodState(name, 'ready')
    scenario.settle()
    expect(scenario.set.status).toMatchObject({ readyReplicas: 3, availableReplicas: 0 })
    scenario.settle(31_000)
    expect(scenario.set.status.availableReplicas).toBe(3)
    scenario.patch({ minReadySeconds: 3600 })
    expect(scenario.set.status.availableReplicas).toBe(0)
    scenario.patch({ minReadySeconds: 0 })
    expect(scenario.set.status.availableReplicas).toBe(3)
  })
})

describe('owners of claims', () => {
  it('are put right when somebody took them away, at the next occasion', () => {
    const scenario = new ScenarioWorld({
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    })
    scenario.makeReady()
    scenario.world.patch('persistentvolumeclaims', 'www-web-1', {
      metadata: { ownerReferences: null },
    })
    scenario.settle()
    // A change of a claim wakes nobody.
    expect(scenario.owners('www-web-1')).toEqual([])
    scenario.world.patch('statefulsets', 'web', { metadata: { annotations: { touched: 'yes' } } })
    scenario.settle()
    expect(scenario.owners('www-web-1')).toEqual(['StatefulSet/web'])
  })
})
