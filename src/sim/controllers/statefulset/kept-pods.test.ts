import type { PersistentVolumeClaim, Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { InformerHandlers } from '#sim/client/informer.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { controllerOf } from '../controller-ref.ts'
import { ordinalsOfClaim } from './claims.ts'
import { PodKeeper } from './kept-pods.ts'
import { Places } from './places.ts'
import { belongsTo, readPod } from './pod-state.ts'

const META = {
  namespace: 'default',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
}

it('keeps what the cache shows, whatever comes, changes and goes', () => {
  fc.assert(
    fc.property(fc.array(arbitraryChange(), { maxLength: 40 }), (changes) => {
      const cache = new Cache()
      const keeper = new PodKeeper(cache, readPod)
      let set = newSet({ replicas: 3 })
      for (const change of changes) {
        if (change.type === 'spec') set = newSet(change.spec)
        else if (change.type === 'gone') cache.remove(`default/${change.name}`)
        else cache.put(newPod(change))
        if (change.isUnseen) continue
        const own = cache.byIndex('', 'set').map(readPod)
        const claimed = own.filter((pod) => belongsTo(set, pod))
        const anew = new Places(set, claimed)
        const kept = keeper.of(set)
        expect(new Set([...kept.claimed.values()].map(({ pod }) => pod))).toEqual(
          new Set(claimed.map(({ pod }) => pod)),
        )
        expect([...kept.misfits].map(({ name }) => name).sort()).toEqual(
          own
            .filter((pod) => !belongsTo(set, pod))
            .map(({ name }) => name)
            .sort(),
        )
        for (let index = 0; index < anew.replicas; index++) {
          expect(kept.places.slots[index]?.pod).toBe(anew.slots[index]?.pod)
        }
        const condemned = (places: Places) => places.condemned.map(({ name }) => name)
        expect(condemned(kept.places)).toEqual(condemned(anew))
        expect(kept.places.tally.created).toBe(anew.tally.created)
        expect(kept.places.tally.ready).toBe(anew.tally.ready)
        expect(kept.places.tally.atRevision('a')).toBe(anew.tally.atRevision('a'))
      }
    }),
  )
})

it('looks again at a settled Pod when it, its claim or the spec changes', () => {
  const cache = new Cache()
  const keeper = new PodKeeper(cache, readPod)
  const set = newSet({ replicas: 3 })
  for (const name of ['web-0', 'web-1', 'web-2']) cache.put(newPod({ name, phase: 'Running' }))
  const settleAll = (): void => {
    const { places } = keeper.of(set)
    for (const index of [0, 1, 2]) places.settle(index)
    expect(places.nextOpen(0)).toBe(3)
  }
  settleAll()
  cache.put(newPod({ name: 'web-1', phase: 'Failed' }))
  expect(keeper.of(set).places.nextOpen(0)).toBe(1)
  settleAll()
  keeper.claimChanged(newClaim('www-web-2'))
  expect(keeper.of(set).places.nextOpen(0)).toBe(2)
  settleAll()
  expect(keeper.of(newSet({ replicas: 3 })).places.nextOpen(0)).toBe(0)
})

it.each([
  { claim: 'www-web-2', sets: ['web'] },
  { claim: 'data-my-web-10', sets: ['my-web', 'web'] },
  { claim: 'web-2', sets: [] },
  { claim: 'scratch', sets: [] },
])('the claim $claim may be one of $sets', ({ claim, sets }) => {
  expect(ordinalsOfClaim(claim).map(({ setName }) => setName)).toEqual(sets)
})

type PodFacts = {
  readonly name: string
  readonly phase: string
  readonly owner?: string
  readonly app?: string
  readonly revision?: string
}

function arbitraryChange() {
  // Twins of one ordinal come by leading zeros.
  const name = fc.constantFrom('web-0', 'web-1', 'web-2', 'web-4', 'web-01', 'web', 'other-1')
  const isUnseen = fc.boolean()
  return fc.oneof(
    fc.record({ type: fc.constant('gone' as const), name, isUnseen }),
    fc.record({
      type: fc.constant('spec' as const),
      spec: fc.record({ replicas: fc.nat(5), ordinals: fc.record({ start: fc.nat(2) }) }),
      isUnseen,
    }),
    fc.record({
      type: fc.constant('pod' as const),
      name,
      phase: fc.constantFrom('', 'Pending', 'Running'),
      owner: fc.constantFrom('set', 'set', 'set', 'stranger', ''),
      app: fc.constantFrom('nginx', 'nginx', 'other'),
      revision: fc.constantFrom('a', 'b'),
      isUnseen,
    }),
  )
}

class Cache {
  readonly #pods = new Map<string, Pod>()
  readonly #handlers: InformerHandlers<Pod>[] = []

  onChange(handlers: InformerHandlers<Pod>): void {
    this.#handlers.push(handlers)
  }

  getByKey(key: string): Pod | undefined {
    return this.#pods.get(key)
  }

  byIndex(_index: string, uid: string): readonly Pod[] {
    return [...this.#pods.values()].filter((pod) => controllerOf(pod)?.uid === uid)
  }

  put(pod: Pod): void {
    const old = this.#pods.get(objectKey(pod))
    this.#pods.set(objectKey(pod), pod)
    for (const { added, updated } of this.#handlers) {
      if (old === undefined) added?.(pod)
      else updated?.(old, pod)
    }
  }

  remove(key: string): void {
    const pod = this.#pods.get(key)
    this.#pods.delete(key)
    if (pod !== undefined) for (const { deleted } of this.#handlers) deleted?.(pod)
  }
}

function newSet(spec: { replicas: number; ordinals?: { start: number } }): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...META, name: 'web', uid: 'set' },
    spec: {
      serviceName: 'nginx',
      selector: { matchLabels: { app: 'nginx' } },
      template: { metadata: { labels: { app: 'nginx' } }, spec: { containers: [] } },
      ...spec,
    },
  }
}

function newPod({ name, phase, owner = 'set', app = 'nginx', revision = 'a' }: PodFacts): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...META,
      name,
      uid: name,
      labels: { app, 'controller-revision-hash': revision },
      ...(owner === ''
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: 'StatefulSet',
                name: 'web',
                uid: owner,
                controller: true,
              },
            ],
          }),
    },
    status: { phase, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function newClaim(name: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...META, name, uid: name },
  }
}
