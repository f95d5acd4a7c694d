import { describe, expect, it } from 'vitest'
import type { Answer } from './test-world.ts'
import {
  controlledBy,
  createPod,
  createRevision,
  createSet,
  emptyWorld,
  otherOwner,
  ownersOf,
  worldOf,
} from './claiming.test-kit.ts'
import { POLICIES, ScenarioWorld } from './scenario-world.test-kit.ts'

// Section 10.2 of the specification: whom an event wakes, and which Pods and revisions are a
// set's. A key that was queued shows in a pass over its set.

/** The sets that are looked at because of a deed. */
function queued(scenario: ScenarioWorld, deed: () => void, forMs = 3): string[] {
  scenario.decisions.length = 0
  deed()
  scenario.settle(forMs)
  return [...new Set(scenario.decisions.map(({ set }) => set))].toSorted()
}

describe('an event of a Pod', () => {
  it('[SS-39] that is owned wakes its set', () => {
    const scenario = worldOf(['foo', 'foo2'])
    const owners = [controlledBy(scenario.get('statefulsets', 'foo'))]
    expect(queued(scenario, () => createPod(scenario, 'foo-0', { owners }))).toEqual(['foo'])
  })

  it('[SS-40] that nobody owns wakes every set that selects it', () => {
    const scenario = worldOf(['foo', 'foo2'])
    createSet(scenario, 'foo3', {
      replicas: 0,
      selector: { matchLabels: { app: 'other' } },
      template: {
        metadata: { labels: { app: 'other' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    })
    scenario.settle()
    expect(queued(scenario, () => createPod(scenario, 'stray'))).toEqual(['foo', 'foo2'])
    expect(queued(scenario, () => createPod(scenario, 'bare', { labels: {} }))).toEqual([])
  })

  it('[SS-41] of a set that the cache does not know wakes nobody', () => {
    const scenario = emptyWorld()
    scenario.holdCache('statefulsets')
    const owners = [controlledBy(createSet(scenario, 'foo', { replicas: 0 }))]
    const added = () => createPod(scenario, 'foo-0', { owners })
    expect(queued(scenario, added)).toEqual([])
    const updated = () =>
      scenario.world.patch('pods', 'foo-0', { metadata: { labels: { a: 'b' } } })
    expect(queued(scenario, updated)).toEqual([])
    expect(scenario.requests).toEqual([])
  })

  it('[SS-41a] of a set that was made anew under the name wakes nobody', () => {
    const scenario = worldOf(['foo'])
    const stale = { ...controlledBy(scenario.get('statefulsets', 'foo')), uid: 'earlier' }
    expect(queued(scenario, () => createPod(scenario, 'foo-0', { owners: [stale] }))).toEqual([])
  })

  it('[SS-42] wakes nobody where the cache lists again what it has', () => {
    const scenario = worldOf(['foo'], { replicas: 1 })
    expect(scenario.pods()).toEqual(['foo-0'])
    expect(queued(scenario, () => scenario.missEvents(() => {}))).toEqual([])
  })

  it('[SS-43] that nobody owns wakes all that select it when its labels change, and only then', () => {
    const scenario = worldOf(['foo', 'foo2'])
    createPod(scenario, 'stray')
    scenario.settle()
    const annotate = () =>
      scenario.world.patch('pods', 'stray', { metadata: { annotations: { a: 'b' } } })
    expect(queued(scenario, annotate)).toEqual([])
    const label = () => scenario.world.patch('pods', 'stray', { metadata: { labels: { a: 'b' } } })
    expect(queued(scenario, label)).toEqual(['foo', 'foo2'])
  })

  it('[SS-44] that goes to another owner wakes both', () => {
    const scenario = worldOf(['foo', 'foo2'], { replicas: 1 })
    const owner = controlledBy(scenario.get('statefulsets', 'foo'))
    const reown = () =>
      scenario.world.patch('pods', 'foo2-0', { metadata: { ownerReferences: [owner] } })
    expect(queued(scenario, reown)).toEqual(['foo', 'foo2'])
  })

  it('[SS-45] that loses its owner wakes all that select it', () => {
    const scenario = worldOf(['foo', 'foo2'], { replicas: 1 })
    const disown = () =>
      scenario.world.patch('pods', 'foo-0', { metadata: { ownerReferences: null } })
    expect(queued(scenario, disown)).toEqual(['foo', 'foo2'])
  })

  it('[SS-46] that is gone wakes its owner, were it only found missing, and nobody else', () => {
    const scenario = worldOf(['foo', 'foo2'], { replicas: 1 })
    createPod(scenario, 'stray')
    scenario.settle()
    const remove = (name: string) => () => {
      scenario.world.delete('pods', name, { gracePeriodSeconds: 0 })
    }
    expect(queued(scenario, remove('foo-0'), 300)).toEqual(['foo'])
    expect(queued(scenario, remove('stray'), 300)).toEqual([])
    expect(scenario.pods()).toEqual(['foo-0', 'foo2-0'])
    expect(queued(scenario, () => scenario.missEvents(remove('foo2-0')))).toEqual(['foo2'])
  })

  it('[SS-47] that becomes Ready wakes its set now and when it has been so for long enough', () => {
    const scenario = new ScenarioWorld({ replicas: 1, minReadySeconds: 5 })
    // The condition's time is of whole seconds.
    scenario.settle(1000 - (scenario.simulation.now % 1000))
    scenario.decisions.length = 0
    const readyAt = scenario.simulation.now
    scenario.world.setPodState('web-0', 'ready')
    scenario.settle(20)
    expect(scenario.decisions.length).toBeGreaterThan(0)
    expect(scenario.set.status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 })
    scenario.decisions.length = 0
    scenario.settle(10_000)
    const after = (scenario.decisions[0]?.time ?? 0) - readyAt
    expect(after).toBeGreaterThanOrEqual(5000)
    expect(after).toBeLessThan(5010)
    expect(scenario.set.status.availableReplicas).toBe(1)
  })

  it('[SS-48] that is new and on its way out wakes nobody, if nobody owns it', () => {
    const scenario = worldOf(['foo'])
    const appearDying = () => {
      createPod(scenario, 'stray', { finalizers: ['test/keep'] })
      scenario.world.delete('pods', 'stray')
    }
    expect(queued(scenario, () => scenario.missEvents(appearDying))).toEqual([])
    expect(scenario.pod('stray').metadata.deletionTimestamp).toBeDefined()
  })
})

/** A set whose cache learns of it only once the ground is prepared. */
function prepared(
  policy: (typeof POLICIES)[number],
  prepare: (scenario: ScenarioWorld, set: Answer['body']) => void,
): ScenarioWorld {
  const scenario = emptyWorld()
  scenario.holdCache('statefulsets')
  const set = createSet(scenario, 'foo', {
    replicas: 5,
    podManagementPolicy: policy,
    volumeClaimTemplates: [],
  })
  prepare(scenario, set)
  scenario.settle()
  scenario.releaseCache('statefulsets')
  scenario.simulation.runFor(1)
  return scenario
}

/** What the first passes write: who was adopted or released, and how many Pods were counted. */
function firstWrites(scenario: ScenarioWorld) {
  // Long enough for a repair that meets a Pod as it was before its adoption.
  scenario.settle(100)
  const entries = scenario.audit()
  const patched = entries.filter(({ verb }) => verb === 'patch')
  const status = entries.find(({ objectRef }) => objectRef.subresource === 'status')
  const written = status?.requestObject as Answer['body']
  return {
    patched: patched.map(({ objectRef }) => objectRef.name ?? '').toSorted(),
    counted: written.status.replicas,
  }
}

describe.each(POLICIES)('the Pods of a %s set', (policy) => {
  it('[SS-49] are its own and orphans by labels and name', () => {
    const scenario = prepared(policy, (world, set) => {
      createPod(world, 'foo-1', { owners: [controlledBy(set)] })
      createPod(world, 'foo-2')
      createPod(world, 'foo-3', { labels: {} })
      createPod(world, 'xfoo-4')
    })
    expect(firstWrites(scenario)).toEqual({ patched: ['foo-2'], counted: 2 })
    expect(ownersOf(scenario.pod('foo-2'))).toEqual(['foo'])
    expect(ownersOf(scenario.pod('foo-3'))).toEqual([])
    expect(ownersOf(scenario.pod('xfoo-4'))).toEqual([])
  })

  it('[SS-49a] an orphan that is on its way out is not adopted', () => {
    const scenario = prepared(policy, (world) => {
      createPod(world, 'foo-2', { finalizers: ['test/keep'] })
      world.world.delete('pods', 'foo-2')
    })
    expect(firstWrites(scenario)).toEqual({ patched: [], counted: 0 })
    expect(ownersOf(scenario.pod('foo-2'))).toEqual([])
  })

  it('[SS-50] are released where labels or name no longer match', () => {
    const scenario = prepared(policy, (world, set) => {
      const owners = [controlledBy(set)]
      const other = otherOwner(world)
      createPod(world, 'foo-1', { owners })
      createPod(world, 'xfoo-2', { owners: [other, ...owners] })
      createPod(world, 'foo-3', { owners, labels: {} })
      createPod(world, 'foo-4', { labels: {} })
    })
    expect(firstWrites(scenario)).toEqual({ patched: ['foo-3', 'xfoo-2'], counted: 1 })
    expect(ownersOf(scenario.pod('foo-1'))).toEqual(['foo'])
    expect(ownersOf(scenario.pod('xfoo-2'))).toEqual(['other'])
    expect(ownersOf(scenario.pod('foo-3'))).toEqual([])
    // Nobody is told of a release.
    expect(scenario.events().filter((event) => /xfoo-2|foo-3/.test(event))).toEqual([])
  })

  it('[SS-50a] a refused adoption fails the pass before anything else is done', () => {
    const scenario = emptyWorld()
    scenario.inject({ method: 'PATCH', path: /pods\/foo-1$/, times: 3 })
    scenario.holdCache('statefulsets')
    createSet(scenario, 'foo', { replicas: 3, podManagementPolicy: policy })
    createPod(scenario, 'foo-1')
    scenario.settle()
    scenario.releaseCache('statefulsets')
    scenario.simulation.runFor(5)
    expect(scenario.writes()).toEqual([])
    expect(scenario.decisions[0]?.error).toBe('injected')
    scenario.settle()
    expect(ownersOf(scenario.pod('foo-1'))).toEqual(['foo'])
    expect(scenario.pods()).toContain('foo-0')
  })
})

describe.each(POLICIES)('a Pod of a %s set', (podManagementPolicy) => {
  it('[SS-54] is adopted, released and adopted again as its owners and labels change', () => {
    const scenario = new ScenarioWorld({ replicas: 1, podManagementPolicy })
    scenario.makeReady()
    const { uid } = scenario.pod('web-0').metadata
    scenario.world.patch('pods', 'web-0', { metadata: { ownerReferences: null } })
    scenario.settle()
    expect(ownersOf(scenario.pod('web-0'))).toEqual(['web'])
    scenario.world.patch('pods', 'web-0', { metadata: { labels: { app: 'other' } } })
    scenario.settle(20)
    expect(ownersOf(scenario.pod('web-0'))).toEqual([])
    scenario.world.patch('pods', 'web-0', { metadata: { labels: { app: 'nginx' } } })
    scenario.settle()
    expect(ownersOf(scenario.pod('web-0'))).toEqual(['web'])
    expect(scenario.pods()).toEqual(['web-0'])
    expect(scenario.pod('web-0').metadata.uid).toBe(uid)
  })
})

describe.each(POLICIES)('a %s set that is being deleted', (podManagementPolicy) => {
  it('[SS-52] [SS-T17] adopts and creates nothing, though its cache knows nothing of it yet', () => {
    const scenario = new ScenarioWorld({ replicas: 2, podManagementPolicy })
    scenario.makeReady()
    scenario.world.patch('statefulsets', 'web', { metadata: { finalizers: ['test/keep'] } })
    scenario.settle()
    scenario.holdCache('statefulsets')
    scenario.world.delete('statefulsets', 'web')
    scenario.decisions.length = 0
    scenario.writes()
    const orphaned = { metadata: { ownerReferences: null } }
    scenario.world.patch('pods', 'web-0', orphaned)
    scenario.settle()
    expect(scenario.writes()).toEqual([])
    const { uid } = scenario.pod('web-0').metadata
    const refusal =
      /default\/web has just been deleted at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/
    expect(scenario.decisions[0]?.error).toMatch(refusal)
    expect(scenario.decisions[0]?.error).toContain(`can't adopt Pod default/web-0 (${uid}): `)
    createRevision(scenario, 'stray')
    scenario.remove('web-1')
    expect(scenario.decisions.at(-1)?.error).toMatch(
      /^can't adopt ControllerRevisions: default\/web has just been deleted at /,
    )
    expect(scenario.writes()).toEqual([])
    scenario.releaseCache('statefulsets')
    scenario.settle(2000)
    expect(ownersOf(scenario.pod('web-0'))).toEqual([])
    expect(scenario.pods()).toEqual(['web-0'])
  })

  it('[SS-53] creates no Pods', () => {
    const scenario = emptyWorld()
    scenario.missEvents(() => {
      scenario.create({ replicas: 3, podManagementPolicy }, { finalizers: ['test/keep'] })
      scenario.world.delete('statefulsets', 'foo')
    })
    scenario.settle()
    expect(scenario.pods()).toEqual([])
    expect(scenario.claims()).toEqual([])
    // Its status is still kept: deleting raised the generation.
    const { metadata, status } = scenario.set
    expect(metadata.generation).toBe(2)
    expect(status).toMatchObject({ observedGeneration: 2, replicas: 0 })
  })
})
