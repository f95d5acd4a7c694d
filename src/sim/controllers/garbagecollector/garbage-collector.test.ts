import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { ConfigMap } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createControllerContext } from '../context.ts'
import { startGarbageCollectorController } from './garbage-collector.ts'

type Policy = 'Background' | 'Foreground' | 'Orphan'

class World {
  readonly simulation: Simulation
  readonly client: Client

  constructor(seed = 1) {
    this.simulation = new Simulation({ seed })
    const { simulation } = this
    const { call } = new ApiServer({ simulation, resources: resourceDefinitions })
    this.client = new Client({ call, user: 'kubernetes-admin', userAgent: 'test' })
    const timings = createTimings('kind', simulation.random.fork('timings'))
    const context = createControllerContext({ simulation, call, timings })
    startGarbageCollectorController(context)
    context.informers.start()
    for (const name of ['default', 'other'])
      this.client
        .resource('namespaces')
        .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  }

  create(name: string, owners: readonly ConfigMap[], blocks = false): ConfigMap {
    return this.client.resource('configmaps').create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: 'default',
        ownerReferences: owners.map(({ metadata }) => ({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: metadata.name,
          uid: metadata.uid,
          blockOwnerDeletion: blocks,
        })),
      },
    })
  }

  delete(name: string, propagationPolicy: Policy): void {
    this.client.resource('configmaps').delete(name, 'default', { propagationPolicy })
  }

  /** Names, each with those of its owners. */
  graph(): Readonly<Record<string, readonly string[]>> {
    const { items } = this.client.resource('configmaps').list({ namespace: 'default' })
    return Object.fromEntries(
      items.map(({ metadata }) => [
        metadata.name,
        (metadata.ownerReferences ?? []).map((owner) => owner.name).toSorted(),
      ]),
    )
  }
}

/** What the documentation of owner references promises, on a plain graph. */
function afterDeletion(
  graph: Readonly<Record<string, readonly string[]>>,
  name: string,
  policy: Policy,
): Readonly<Record<string, readonly string[]>> {
  const left = new Map(Object.entries(graph))
  left.delete(name)
  if (policy === 'Orphan') {
    for (const [one, owners] of left)
      left.set(
        one,
        owners.filter((owner) => owner !== name),
      )
    return Object.fromEntries(left)
  }
  for (;;) {
    const lost = [...left].find(
      ([, owners]) => owners.length > 0 && owners.every((owner) => !left.has(owner)),
    )
    if (lost === undefined) break
    left.delete(lost[0])
  }
  for (const [one, owners] of left)
    left.set(
      one,
      owners.filter((owner) => left.has(owner)),
    )
  return Object.fromEntries(left)
}

describe('garbage collection', () => {
  it('leaves what it should of any family, whatever is deleted and how', () => {
    const member = fc.record({
      owners: fc.uniqueArray(fc.nat(20), { maxLength: 2 }),
      blocks: fc.boolean(),
    })
    const deletion = fc.record({
      at: fc.nat(20),
      policy: fc.constantFrom<Policy>('Background', 'Foreground', 'Orphan'),
    })
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 9 }),
        fc.array(deletion, { minLength: 1, maxLength: 4 }),
        fc.nat(1000),
        (members, deletions, seed) => {
          const world = new World(seed)
          const created: ConfigMap[] = []
          for (const [at, { owners, blocks }] of members.entries()) {
            const parents = [...new Set(owners.map((owner) => created[owner % (at || 1)]))]
            const present = parents.filter((parent) => parent !== undefined)
            created.push(world.create(`m${at}`, present, blocks))
          }
          world.simulation.runUntilRest()
          for (const { at, policy } of deletions) {
            const before = world.graph()
            const names = Object.keys(before)
            const name = names[at % names.length]
            if (name === undefined) return
            world.delete(name, policy)
            world.simulation.runUntilRest()
            expect(world.graph()).toEqual(afterDeletion(before, name, policy))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('lets an owner go in the foreground once its last dependent refers to it no more', () => {
    const world = new World()
    const owner = world.create('owner', [])
    world.create('dependent', [owner], true)
    const dependents = world.client.resource('configmaps')
    const change = (metadata: object): void => {
      dependents.patch('dependent', 'default', { metadata }, { type: 'merge' })
    }
    change({ finalizers: ['example.com/held'] })
    world.simulation.runUntilRest()
    world.delete('owner', 'Foreground')
    world.simulation.runUntilRest()
    expect(Object.keys(world.graph())).toEqual(['dependent', 'owner'])
    change({ ownerReferences: null })
    world.simulation.runUntilRest()
    expect(Object.keys(world.graph())).toEqual(['dependent'])
  })

  it('takes an owner that was recreated for another', () => {
    const world = new World()
    const owner = world.create('owner', [])
    world.create('dependent', [owner])
    world.simulation.runUntilRest()
    world.delete('owner', 'Background')
    world.create('owner', [])
    world.simulation.runUntilRest()
    expect(world.graph()).toEqual({ owner: [] })
  })

  it('treats an owner in another namespace as absent, and says so', () => {
    const world = new World()
    const elsewhere = world.client.resource('configmaps').create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'owner', namespace: 'other' },
    })
    world.simulation.runUntilRest()
    world.create('dependent', [elsewhere])
    world.simulation.runUntilRest()
    expect(world.graph()).toEqual({})
    const [event] = world.client.resource('events').list({ namespace: 'default' }).items
    expect(event).toMatchObject({
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: `ownerRef [v1/ConfigMap, namespace: default, name: owner, uid: ${elsewhere.metadata.uid}] does not exist in namespace "default"`,
    })
  })
})
