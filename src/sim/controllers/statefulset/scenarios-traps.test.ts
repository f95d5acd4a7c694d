import { describe, expect, it } from 'vitest'
import { image, POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'

// The checklist of traps that ends the specification, as far as no numbered scenario shows them.

const REVISION_LABEL = 'controller-revision-hash'
const HASH_LABEL = 'controller.kubernetes.io/hash'

/** Revisions by name, oldest number first, as `name:number`. */
const numbered = (scenario: ScenarioWorld): string[] =>
  scenario.revisions().map(({ metadata, revision }) => `${metadata.name}:${revision}`)

describe.each(POLICIES)('a %s set', (podManagementPolicy) => {
  const running = (spec: object = {}) => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1, ...spec })
    scenario.makeReady()
    scenario.writes()
    return scenario
  }
  /** Another template, and what became the update revision of it. */
  const update = (scenario: ScenarioWorld, version: number): string => {
    scenario.patch(image(`nginx:1.${version}`))
    return scenario.set.status.updateRevision
  }

  it('[SS-T2] labels Pods with the whole name of a revision, and the revision with its hash', () => {
    const scenario = running()
    const [revision] = scenario.revisions()
    const { name, labels } = revision.metadata
    expect(name).toMatch(/^web-[456789bcdf]{1,10}$/)
    expect(scenario.pod('web-0').metadata.labels[REVISION_LABEL]).toBe(name)
    expect(`web-${labels[HASH_LABEL]}`).toBe(name)
  })

  it('[SS-T7] makes the claim of a Pending Pod anew even while the Pod is on its way out', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.world.patch('pods', 'web-0', { metadata: { finalizers: ['test/keep'] } })
    scenario.world.delete('pods', 'web-0')
    scenario.settle()
    scenario.removeClaim('www-web-0')
    scenario.settle()
    expect(scenario.pod('web-0').metadata.deletionTimestamp).toBeDefined()
    scenario.touch()
    expect(scenario.claims()).toEqual(['www-web-0'])
  })

  it('[SS-T7a] asks first of all whether a Pod has failed, and makes no claim for it', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 1 })
    scenario.world.patch('pods', 'web-0', { metadata: { finalizers: ['test/keep'] } })
    scenario.removeClaim('www-web-0')
    scenario.settle()
    scenario.writes()
    scenario.world.setPodState('web-0', 'failed')
    scenario.settle()
    expect(scenario.claims()).toEqual([])
    // Once: a Pod that is going is only waited for.
    expect(scenario.writes().filter((write) => !write.includes('status'))).toEqual([
      'delete pods web-0',
    ])
  })

  it('[SS-T13] leaves a count of collisions that somebody wrote, and carries it on', () => {
    const scenario = running()
    scenario.world.patch('statefulsets', 'web', { status: { collisionCount: 5 } }, 'status')
    scenario.settle()
    expect(scenario.writes()).toEqual([])
    scenario.patch({ replicas: 2 })
    expect(scenario.set.status).toMatchObject({ observedGeneration: 2, collisionCount: 5 })
  })

  it('[SS-T17] counts waiting as success, and does not look again without an occasion', () => {
    const scenario = new ScenarioWorld({ podManagementPolicy, replicas: 2 })
    scenario.decisions.length = 0
    scenario.settle(3_600_000)
    expect(scenario.decisions).toEqual([])
    scenario.touch()
    expect(scenario.decisions.map(({ error }) => error)).toEqual([undefined])
    expect(scenario.writes().at(-1)).toBe('update statefulsets/status web')
  })

  it('[SS-T19] gives each new revision the annotations of the set and the labels of its template', () => {
    const scenario = new ScenarioWorld(
      { podManagementPolicy, replicas: 0 },
      { metadata: { annotations: { 'kubernetes.io/change-cause': 'first' }, labels: { a: 'b' } } },
    )
    const [first] = scenario.revisions()
    expect(first.metadata.annotations).toEqual({ 'kubernetes.io/change-cause': 'first' })
    expect(first.metadata.labels).toEqual({
      app: 'nginx',
      [HASH_LABEL]: first.metadata.labels[HASH_LABEL],
    })
    const annotations = { 'kubernetes.io/change-cause': 'second' }
    scenario.world.patch('statefulsets', 'web', {
      metadata: { annotations },
      spec: { template: { metadata: { labels: { version: '2' } } } },
    })
    scenario.settle()
    const [unchanged, second] = scenario.revisions()
    expect(unchanged.metadata.annotations).toEqual(first.metadata.annotations)
    expect(second.metadata.annotations).toEqual(annotations)
    expect(second.metadata.labels).toMatchObject({ app: 'nginx', version: '2' })
  })

  it('[SS-T20] keeps a revision as long as a Pod is of it, whatever the limit', () => {
    const scenario = running({
      replicas: 2,
      revisionHistoryLimit: 0,
      updateStrategy: { type: 'OnDelete' },
    })
    const first = scenario.set.status.currentRevision
    const second = update(scenario, 30)
    scenario.remove('web-1')
    scenario.makeReady()
    const third = update(scenario, 31)
    expect(numbered(scenario)).toEqual([`${first}:1`, `${second}:2`, `${third}:3`])
    scenario.remove('web-1')
    scenario.makeReady()
    expect(numbered(scenario)).toEqual([`${first}:1`, `${third}:3`])
  })

  it('[SS-T20a] cuts the history as it was before the pass, and even if the pass fails', () => {
    const scenario = running({ revisionHistoryLimit: 1, updateStrategy: { type: 'OnDelete' } })
    const first = scenario.set.status.currentRevision
    const [second, third] = [update(scenario, 30), update(scenario, 31)]
    scenario.writes()
    // One of history, beside those of the Pod and of the template.
    expect(numbered(scenario)).toEqual([`${first}:1`, `${second}:2`, `${third}:3`])
    scenario.inject({ method: 'PUT', path: /\/status$/ })
    scenario.decisions.length = 0
    scenario.world.patch('statefulsets', 'web', { spec: image('nginx:1.32') })
    scenario.simulation.runFor(1.5)
    expect(scenario.decisions.map(({ error }) => error)).toEqual(['injected'])
    const [made, cut] = scenario.writes()
    expect(made).toMatch(/^create controllerrevisions web-/)
    expect(cut).toBe(`delete controllerrevisions ${second}`)
  })

  it('[SS-T21] numbers an old revision anew on the way back, and makes none', () => {
    const scenario = running({ updateStrategy: { type: 'OnDelete' } })
    const first = scenario.set.status.currentRevision
    const [second, third] = [update(scenario, 30), update(scenario, 31)]
    scenario.writes()
    expect(update(scenario, 30)).toBe(second)
    expect(scenario.writes()[0]).toBe(`update controllerrevisions ${second}`)
    expect(numbered(scenario)).toEqual([`${first}:1`, `${third}:3`, `${second}:4`])
  })

  it('[SS-T23] replaces a Pod that lost the label of its revision', () => {
    const scenario = running()
    const { uid, labels } = scenario.pod('web-0').metadata
    scenario.world.patch('pods', 'web-0', { metadata: { labels: { [REVISION_LABEL]: null } } })
    scenario.settle()
    expect(scenario.writes()[0]).toBe('delete pods web-0')
    scenario.converge(5)
    const { metadata } = scenario.pod('web-0')
    expect(metadata.uid).not.toBe(uid)
    expect(metadata.labels).toEqual(labels)
  })
})

it('[SS-148c] a Pod of another spelling takes an ordinal, and cannot be given its name', () => {
  const scenario = new ScenarioWorld({}, { empty: true })
  scenario.createPod('web-01', { labels: { app: 'nginx' } })
  scenario.world.setPodState('web-01', 'ready')
  scenario.settle()
  scenario.create({ replicas: 2, podManagementPolicy: 'Parallel', volumeClaimTemplates: [] })
  scenario.simulation.runFor(3)
  expect(scenario.pods()).toEqual(['web-0', 'web-01'])
  expect(scenario.events()).toContain(
    'FailedUpdate: Update Pod web-1 in StatefulSet web failed error: pods "web-1" not found',
  )
})
