import { describe, expect, it } from 'vitest'
import {
  controlledBy,
  createRevision,
  createSet,
  otherOwner,
  ownersOf,
  worldOf,
} from './claiming.test-kit.ts'

// Section 10.2 of the specification: which revisions are a set's.

describe('the revisions of a set', () => {
  it('[SS-51] are its own and matching orphans, which it adopts', () => {
    const scenario = worldOf(['foo', 'bar'])
    const bar = controlledBy(scenario.get('statefulsets', 'bar'))
    createRevision(scenario, 'orphan')
    createRevision(scenario, 'unlike', { labels: { app: 'other' } })
    createRevision(scenario, 'owned', { owners: [bar] })
    scenario.touch()
    const revision = (name: string) => scenario.get('controllerrevisions', name)
    expect(revision('orphan').metadata.ownerReferences).toEqual([
      controlledBy(scenario.get('statefulsets', 'foo')),
    ])
    expect(ownersOf(revision('owned'))).toEqual(['bar'])
    expect(ownersOf(revision('unlike'))).toEqual([])
  })

  it('[SS-55] are never those of another, which do not count in the numbers either', () => {
    const scenario = worldOf(['bar'])
    const [first] = scenario.revisions()
    scenario.world.patch('controllerrevisions', first.metadata.name, { revision: 7 })
    createSet(scenario, 'foo', { replicas: 0, revisionHistoryLimit: 0 })
    scenario.settle()
    const mine = () => scenario.revisions().filter((one) => ownersOf(one)[0] === 'foo')
    expect(mine().map(({ revision }) => revision)).toEqual([1])
    createRevision(scenario, 'orphan', {}, 4)
    scenario.patch({ template: { metadata: { annotations: { a: 'b' } } } })
    expect(scenario.set.status.updateRevision).toMatch(/^foo-/)
    expect(mine().at(-1)?.revision).toBe(5)
    // With no history to keep, its own go, never the other's.
    scenario.touch()
    expect(mine()).toHaveLength(1)
    expect(ownersOf(scenario.get('controllerrevisions', first.metadata.name))).toEqual(['bar'])
  })

  it('[SS-56] an orphan that somebody else takes, or that goes, fails the pass', () => {
    const scenario = worldOf(['foo', 'bar'])
    const bar = controlledBy(scenario.get('statefulsets', 'bar'))
    scenario.world.patch('statefulsets', 'bar', { metadata: { finalizers: ['test/keep'] } })
    scenario.world.delete('statefulsets', 'bar')
    scenario.settle()
    createRevision(scenario, 'orphan')
    scenario.settle()
    scenario.holdCache('controllerrevisions')
    scenario.world.patch('controllerrevisions', 'orphan', { metadata: { ownerReferences: [bar] } })
    scenario.decisions.length = 0
    scenario.touch()
    const failed = scenario.decisions.find(({ set }) => set === 'foo')?.error
    expect(failed).toContain('Only one reference can have Controller set to true.')
    scenario.world.delete('controllerrevisions', 'orphan')
    scenario.decisions.length = 0
    scenario.touch()
    expect(scenario.decisions.find(({ set }) => set === 'foo')?.error).toBe(
      'controllerrevisions.apps "orphan" not found',
    )
  })

  it('[SS-57] are released with the set, each by its own uid, and nobody else’s are', () => {
    const scenario = worldOf(['foo', 'bar'])
    const other = otherOwner(scenario)
    const [foo, bar] = ['foo', 'bar'].map((name) =>
      controlledBy(scenario.get('statefulsets', name)),
    )
    if (foo === undefined || bar === undefined) throw new Error('two sets were made')
    createRevision(scenario, 'owned', { owners: [foo, other] })
    createRevision(scenario, 'foreign', { owners: [bar] })
    createRevision(scenario, 'orphan', { labels: {} })
    const { resourceVersion } = scenario.get('controllerrevisions', 'foreign').metadata
    scenario.settle()
    scenario.world.delete('statefulsets', 'foo', { propagationPolicy: 'Orphan' })
    scenario.settle(2000)
    expect(scenario.get('statefulsets', 'foo').kind).toBe('Status')
    expect(ownersOf(scenario.get('controllerrevisions', 'owned'))).toEqual(['other'])
    const foreign = scenario.get('controllerrevisions', 'foreign')
    expect(foreign.metadata.resourceVersion).toBe(resourceVersion)
    expect(ownersOf(scenario.get('controllerrevisions', 'orphan'))).toEqual([])
  })
})
