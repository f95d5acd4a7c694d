import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BareWorld, type Kind } from './bare-world.test-kit.ts'
import { expectConverged, nameOf, played } from './convergence.test-kit.ts'
import { propertyChecks } from './check.test-kit.ts'
import { PEACEFUL, type TimedStep, TROUBLED } from './steps.test-kit.ts'

const { check, timeout } = propertyChecks(process.env['PROPERTY_RUNS_FACTOR'])

const KINDS = (['OrderedReady', 'Parallel'] as const).flatMap((policy) =>
  [false, true].map((allowsMaxUnavailable): Kind => ({ policy, allowsMaxUnavailable })),
)
const anyKind = fc.constantFrom(...KINDS)

/** No rule is broken on the way: a broken one stops the run, whatever is expected of its end. */
describe('whatever happens to a set', { timeout }, () => {
  it('ends as asked', () => {
    check(2000, [anyKind, PEACEFUL], (kind, steps) => {
      const world = played(kind, steps)
      expectConverged(world)
      // Else it would have acted on a cache that is older than its own last write.
      expect(world.createdTwice).toEqual([])
    })
  })

  it('ends as asked whatever is refused, lost, late or restarted', () => {
    check(2000, [anyKind, TROUBLED], (kind, steps) => expectConverged(played(kind, steps)))
  })

  it('tells every watcher what a list tells', () => {
    check(150, [anyKind, TROUBLED, TROUBLED], (kind, before, after) => {
      const world = played(kind, before)
      const kinds = ['pods', 'claims', 'sets', 'revisions'] as const
      const followed = kinds.map((one) => [one, world.follow(one)] as const)
      world.play(after)
      world.settle()
      for (const [one, objects] of followed) {
        expect(objects().map(versionOf)).toEqual(world.list(one).map(versionOf))
      }
    })
  })

  it('happens again for the same seed', () => {
    check(100, [anyKind, TROUBLED, fc.integer()], (kind, steps, seed) => {
      const digest = (): string => {
        const world = played({ ...kind, seed }, steps)
        world.settle()
        return world.simulation.trace.digest()
      }
      expect(digest()).toBe(digest())
    })
  })
})

describe('where the specification says that a set does not get on', { timeout }, () => {
  it('creates nothing beyond a Pod that does not get Ready', () => {
    check(100, [fc.boolean(), fc.nat(4), fc.nat(5), fc.nat(5)], (gate, sick, first, then) => {
      const world = new BareWorld({ policy: 'OrderedReady', allowsMaxUnavailable: gate })
      world.isSick = ({ metadata }) => metadata.name === `web-${sick}`
      let there = 0
      for (const replicas of [first, then]) {
        world.patchSet({ replicas })
        world.settle()
        there = Math.min(replicas, Math.max(there, sick + 1))
        expect(podNames(world)).toEqual(names(replicas <= sick ? replicas : there))
        if (replicas > sick) expect(world.set.status.readyReplicas ?? 0).toBe(sick)
      }
      world.isSick = () => false
      expectConverged(world)
    })
  })

  it.each([
    { policy: 'OrderedReady', gate: false, isStuck: () => true },
    { policy: 'OrderedReady', gate: true, isStuck: () => true },
    { policy: 'Parallel', gate: false, isStuck: () => false },
    { policy: 'Parallel', gate: true, isStuck: (pods: number, max: number) => pods >= max },
  ] as const)(
    'keeps a broken Pod after its template was taken back: $policy, gate $gate',
    ({ policy, gate, isStuck }) => {
      check(
        60,
        [fc.integer({ min: 1, max: 5 }), fc.nat(4), fc.constantFrom(1, 2, 3)],
        (...args) => {
          const [replicas, partition, maxUnavailable] = args
          fc.pre(partition < replicas)
          const world = new BareWorld({ policy, allowsMaxUnavailable: gate })
          const rollingUpdate = { partition, maxUnavailable }
          world.patchSet({ replicas, updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
          world.settle()
          world.isSick = ({ metadata }) => metadata.annotations?.['version'] === 'broken'
          world.annotateTemplate('broken')
          world.settle()
          world.annotateTemplate('mended')
          world.settle()
          const broken = world.list('pods').filter((pod) => world.isSick(pod))
          const hasStuck = isStuck(replicas - partition, maxUnavailable)
          expect(broken.length > 0).toBe(hasStuck)
          if (hasStuck) expect(world.set.status.readyReplicas ?? 0).toBeLessThan(replicas)
          for (const { metadata } of broken) world.deletePod(metadata.name, 'graceful')
          expectConverged(world)
        },
      )
    },
  )

  it('does not scale down past two condemned Pods of which neither is Ready', () => {
    check(100, [fc.boolean(), fc.nat(3), fc.nat(4), fc.nat(4)], (gate, replicas, one, other) => {
      const [lower, higher] = [Math.min(one, other), Math.max(one, other)]
      fc.pre(lower >= replicas && lower < higher)
      const world = new BareWorld({ policy: 'OrderedReady', allowsMaxUnavailable: gate })
      world.patchSet({ replicas: 5 })
      world.settle()
      const sick = new Set([`web-${lower}`, `web-${higher}`])
      world.isSick = ({ metadata }) => sick.has(metadata.name)
      world.settle()
      world.patchSet({ replicas })
      world.settle()
      expect(podNames(world)).toEqual(names(higher + 1))
      sick.delete(`web-${lower}`)
      world.settle()
      expect(podNames(world)).toEqual(names(replicas))
    })
  })

  it('waits for a foreign Pod that has the name of one of its own', () => {
    check(100, [anyKind, fc.constantFrom(3, 4), fc.constantFrom(5, 6)], (kind, at, replicas) => {
      const world = new BareWorld(kind)
      world.createForeignPod(at)
      world.patchSet({ replicas })
      world.settle()
      const owned = names(replicas).filter((_, ordinal) =>
        kind.policy === 'OrderedReady' ? ordinal < at : ordinal !== at,
      )
      expect(ownedNames(world)).toEqual(owned)
      expectConverged(world)
    })
  })

  it('waits for the claim of an earlier Pod to go', () => {
    check(60, [anyKind, fc.integer({ min: 2, max: 5 })], (kind, replicas) => {
      const world = new BareWorld(kind)
      const whenScaled = 'Delete'
      world.patchSet({ replicas, persistentVolumeClaimRetentionPolicy: { whenScaled } })
      world.settle()
      const last = `www-web-${replicas - 1}`
      world.holdClaim(last, true)
      world.patchSet({ replicas: replicas - 1 })
      world.settle()
      world.patchSet({ replicas })
      world.settle()
      expect(podNames(world)).toEqual(names(replicas - 1))
      expect(world.list('claims').map(nameOf)).toContain(last)
      world.holdClaim(last, false)
      world.settle()
      // Nobody tells the controller that a claim is gone.
      expect(podNames(world)).toEqual(names(replicas - 1))
      world.clearTheWay()
      world.settle()
      expect(podNames(world)).toEqual(names(replicas))
    })
  })
})

/** What once broke a rule, or did not end as asked. */
describe('ends as asked', () => {
  const block = (maxUnavailable: number) =>
    ({ type: 'strategy', strategy: { type: 'block', partition: 0, maxUnavailable } }) as const
  const cases: readonly { name: string; kind: Kind | undefined; steps: readonly TimedStep[] }[] = [
    {
      name: 'with a claim deleted while its Pod has no node yet',
      kind: { policy: 'OrderedReady', allowsMaxUnavailable: false },
      steps: [
        [{ type: 'kubelets' }, 100],
        [{ type: 'pod', ordinal: 0, to: 'ready' }, 2000],
        [{ type: 'deleteClaim', ordinal: 1 }, 0],
      ],
    },
    {
      name: 'with a Pod scaled away and back before its claim was collected',
      kind: { policy: 'OrderedReady', allowsMaxUnavailable: true },
      steps: [
        [{ type: 'retention', whenDeleted: 'Retain', whenScaled: 'Delete' }, 0],
        [{ type: 'deletePod', ordinal: 0, removal: 'graceful' }, 3],
        [{ type: 'scale', replicas: 0 }, 10],
        [{ type: 'scale', replicas: 1 }, 0],
      ],
    },
    {
      name: 'with an update that deletes a Pod twice before the cache knows of it',
      kind: { policy: 'Parallel', allowsMaxUnavailable: false },
      steps: [
        [{ type: 'kubelets' }, 100],
        [{ type: 'template', version: 0 }, 0],
        [{ type: 'template', version: 1 }, 0],
      ],
    },
    {
      name: 'with a budget raised before the cache knows of the first deletion',
      kind: { policy: 'Parallel', allowsMaxUnavailable: true },
      steps: [
        [{ type: 'pod', ordinal: 0, to: 'ready' }, 100],
        [{ type: 'kubelets' }, 10],
        [{ type: 'template', version: 0 }, 0],
        [block(2), 0],
      ],
    },
    {
      name: 'with a Pod that is gone before it can be released',
      kind: { policy: 'OrderedReady', allowsMaxUnavailable: false },
      steps: [
        [{ type: 'lag', ms: 5 }, 3],
        [{ type: 'kubelets' }, 0],
        [{ type: 'refuse', refusal: { resource: 'pods', nth: 0, how: 'conflict' } }, 100],
        [{ type: 'label', ordinal: 1, change: 'released' }, 0],
        [{ type: 'kubelets' }, 0],
        [{ type: 'scale', replicas: 0 }, 0],
      ],
    },
    {
      name: 'with a set deleted in the foreground, one of whose Pods loses its owner',
      kind: undefined,
      steps: [
        [{ type: 'createSet' }, 100],
        [{ type: 'kubelets' }, 0],
        [{ type: 'deleteSet', propagation: 'Foreground' }, 2000],
        [{ type: 'label', ordinal: 0, change: 'orphaned' }, 0],
      ],
    },
    {
      name: 'with two condemned Pods that have ended',
      kind: { policy: 'OrderedReady', allowsMaxUnavailable: false },
      steps: [
        [{ type: 'start', ordinal: 1 }, 0],
        [{ type: 'refuse', refusal: { resource: 'pods', nth: 0, how: 'answerLost' } }, 3],
        [{ type: 'pod', ordinal: 0, to: 'failed' }, 0],
        [{ type: 'kubelets' }, 2000],
        [{ type: 'scale', replicas: 0 }, 0],
        [{ type: 'pod', ordinal: 1, to: 'succeeded' }, 0],
      ],
    },
    {
      name: 'with caches so late that a pass is put off for minutes',
      kind: { policy: 'Parallel', allowsMaxUnavailable: false },
      steps: [
        [{ type: 'lag', ms: 5 }, 30],
        [{ type: 'scale', replicas: 0 }, 100],
        [{ type: 'lag', ms: 1000 }, 0],
        [{ type: 'retention', whenDeleted: 'Delete', whenScaled: 'Retain' }, 0],
        [{ type: 'scale', replicas: 4 }, 2000],
        [{ type: 'pod', ordinal: 0, to: 'ready' }, 0],
        [{ type: 'template', version: 0 }, 2000],
      ],
    },
    {
      name: 'with a claim that goes only after a Pod was released',
      kind: undefined,
      steps: [
        [{ type: 'createSet' }, 3],
        [{ type: 'kubelets' }, 0],
        [{ type: 'deleteClaim', ordinal: 0 }, 0],
        [{ type: 'label', ordinal: 0, change: 'released' }, 0],
      ],
    },
  ]
  it.each(cases)('$name', ({ kind, steps }) => {
    for (const one of kind === undefined ? KINDS : [kind]) expectConverged(played(one, steps))
  })
})

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, ordinal) => `web-${ordinal}`)
}

function podNames(world: BareWorld): readonly string[] {
  return world.list('pods').map(nameOf)
}

function ownedNames(world: BareWorld): readonly string[] {
  return world
    .list('pods')
    .filter(({ metadata }) => metadata.ownerReferences !== undefined)
    .map(nameOf)
}

function versionOf({ metadata }: { metadata: { name: string; resourceVersion: string } }): string {
  return `${metadata.name} ${metadata.resourceVersion}`
}
