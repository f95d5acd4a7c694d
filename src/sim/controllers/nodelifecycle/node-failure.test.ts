import { describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Event, Node, Pod } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { controllers } from '../all.ts'
import { createControllerContext } from '../context.ts'

const HEARTBEAT_MS = 10_000

/** A control plane with nodes whose heartbeats can be stopped, one Pod on each. */
class World {
  readonly simulation = new Simulation({ seed: 7 })
  readonly client: Client
  readonly #silent = new Set<string>()

  constructor(nodeNames: readonly string[]) {
    const { simulation } = this
    const { call } = new ApiServer({ simulation, resources: resourceDefinitions })
    this.client = new Client({ call, user: 'kubernetes-admin', userAgent: 'test' })
    const timings = createTimings('kind', simulation.random.fork('timings'))
    const context = createControllerContext({ simulation, call, timings })
    for (const { start } of controllers) start(context)
    context.informers.start()
    for (const name of ['default', 'kube-node-lease'])
      this.client
        .resource('namespaces')
        .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    simulation.runFor(1000)
    for (const name of nodeNames) this.#join(name)
    simulation.runFor(12_000)
  }

  #join(name: string): void {
    this.client.resource('nodes').create({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
    this.client.resource('leases').create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    })
    this.#beat(name)
    this.#report(name)
    this.client.resource('pods').create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `on-${name}`, namespace: 'default' },
      spec: { nodeName: name, containers: [{ name: 'c', image: 'nginx:1' }] },
    })
    const ready = { type: 'Ready', status: 'True' }
    const status = { phase: 'Running', podIP: '10.1.0.1', conditions: [ready] }
    this.client
      .resource('pods')
      .patch(`on-${name}`, 'default', { status }, { type: 'strategic', subresource: 'status' })
  }

  #report(name: string): void {
    const conditions = [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'DiskPressure', status: 'False' },
      { type: 'PIDPressure', status: 'False' },
      { type: 'Ready', status: 'True', reason: 'KubeletReady' },
    ]
    this.client
      .resource('nodes')
      .patch(
        name,
        undefined,
        { status: { conditions } },
        { type: 'strategic', subresource: 'status' },
      )
  }

  #beat(name: string): void {
    if (!this.#silent.has(name)) {
      const renewTime = new Date(this.simulation.unixMs).toISOString().replace('Z', '000Z')
      this.client
        .resource('leases')
        .patch(name, 'kube-node-lease', { spec: { renewTime } }, { type: 'merge' })
    }
    this.simulation.after(HEARTBEAT_MS, () => this.#beat(name), { label: 'beat', periodic: true })
  }

  silence(...names: string[]): void {
    for (const name of names) this.#silent.add(name)
  }

  revive(...names: string[]): void {
    for (const name of names) {
      this.#silent.delete(name)
      this.#report(name)
    }
  }

  node(name: string): Node {
    return this.client.resource('nodes').get(name)
  }

  pod(name: string): Pod | undefined {
    return this.client.resource('pods').find(`on-${name}`, 'default')
  }

  taints(name: string): readonly string[] {
    return (this.node(name).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`)
  }

  events(reason: string): readonly Event[] {
    return this.client
      .resource('events')
      .list()
      .items.filter((event) => event.reason === reason)
  }

  ready(name: string): string | undefined {
    return this.node(name).status?.conditions?.find(({ type }) => type === 'Ready')?.status
  }
}

const UNREACHABLE = 'node.kubernetes.io/unreachable'

describe('a node that falls silent', () => {
  it('loses its taint of a newcomer once it is ready', () => {
    const world = new World(['a', 'b'])
    expect(world.taints('a')).toEqual([])
    expect(world.events('RegisteredNode').map(({ message }) => message)).toEqual([
      'Node a event: Registered Node a in Controller',
      'Node b event: Registered Node b in Controller',
    ])
  })

  it('is declared Unknown after 50 s, tainted at once, and its Pod deleted 300 s later', () => {
    const world = new World(['a', 'b', 'c'])
    world.silence('a')
    world.simulation.runFor(39_000)
    expect(world.ready('a')).toBe('True')
    // At most ten seconds have passed since the last heartbeat, five more until the next look.
    world.simulation.runFor(17_000)
    expect(world.ready('a')).toBe('Unknown')
    const { conditions } = world.node('a').status ?? {}
    expect(
      conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
    ).toEqual(
      ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => [
        type,
        'Unknown',
        'NodeStatusUnknown',
        'Kubelet stopped posting node status.',
      ]),
    )
    world.simulation.runFor(200)
    expect(world.taints('a').toSorted()).toEqual([
      `${UNREACHABLE}:NoExecute`,
      `${UNREACHABLE}:NoSchedule`,
    ])
    const pod = world.pod('a')
    expect(pod?.status?.phase).toBe('Running')
    expect(pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False')
    expect(pod?.metadata.deletionTimestamp).toBeUndefined()
    expect(world.events('NodeNotReady').map(({ type, message }) => [type, message])).toEqual([
      ['Normal', 'Node a status is now: NodeNotReady'],
      ['Warning', 'Node is not ready'],
    ])

    world.simulation.runFor(290_000)
    expect(world.pod('a')?.metadata.deletionTimestamp).toBeUndefined()
    world.simulation.runFor(20_000)
    expect(world.pod('a')?.metadata.deletionTimestamp).toBeDefined()
    expect(
      world.pod('a')?.status?.conditions?.find(({ type }) => type === 'DisruptionTarget'),
    ).toMatchObject({
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    })
    // Nobody confirms: it stays.
    world.simulation.runFor(600_000)
    expect(world.pod('a')).toBeDefined()
    expect(world.pod('b')?.metadata.deletionTimestamp).toBeUndefined()
  })

  it('keeps its Pod when it comes back in time', () => {
    const world = new World(['a', 'b', 'c'])
    world.silence('a')
    world.simulation.runFor(100_000)
    world.revive('a')
    world.simulation.runFor(10_000)
    expect(world.taints('a')).toEqual([])
    expect(world.events('TaintManagerEviction').map(({ message }) => message)).toEqual([
      'Cancelling deletion of Pod default/on-a',
    ])
    world.simulation.runFor(400_000)
    expect(world.pod('a')?.metadata.deletionTimestamp).toBeUndefined()
  })

  it.each([
    { nodes: ['a'], dead: ['a'], evicted: [] },
    { nodes: ['a', 'b'], dead: ['a', 'b'], evicted: [] },
    { nodes: ['a', 'b', 'c'], dead: ['a', 'b'], evicted: ['a', 'b'] },
    { nodes: ['a', 'b', 'c', 'd'], dead: ['a', 'b', 'c'], evicted: [] },
  ])('of $nodes with $dead silent, Pods of $evicted are evicted', ({ nodes, dead, evicted }) => {
    const world = new World(nodes)
    world.silence(...dead)
    world.simulation.runFor(500_000)
    const gone = nodes.filter((name) => world.pod(name)?.metadata.deletionTimestamp !== undefined)
    expect(gone).toEqual(evicted)
  })

  it('has its Pods cleared away 40 to 80 s after it is deleted', () => {
    const world = new World(['a', 'b'])
    world.client.resource('nodes').delete('a')
    world.simulation.runFor(39_000)
    expect(world.pod('a')).toBeDefined()
    world.simulation.runFor(42_000)
    expect(world.pod('a')).toBeUndefined()
    expect(world.pod('b')).toBeDefined()
  })

  it('is given up with the out-of-service taint', () => {
    const world = new World(['a', 'b', 'c'])
    world.silence('a')
    world.simulation.runFor(70_000)
    const { taints = [] } = world.node('a').spec ?? {}
    const taint = { key: 'node.kubernetes.io/out-of-service', value: 'x', effect: 'NoExecute' }
    world.client
      .resource('nodes')
      .patch('a', undefined, { spec: { taints: [...taints, taint] } }, { type: 'merge' })
    world.simulation.runFor(21_000)
    expect(world.pod('a')).toBeUndefined()
  })
})
