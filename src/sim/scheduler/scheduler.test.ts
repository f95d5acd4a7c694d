import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Event, Pod } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { createTimings } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { Scheduler } from './scheduler.ts'

type Spec = NonNullable<Pod['spec']>

/** A scheduler alone with the server: what it decides only depends on what the test puts there. */
class World {
  readonly simulation: Simulation
  readonly client: Client
  readonly #scheduler: Scheduler

  constructor(seed = 5) {
    this.simulation = new Simulation({ seed })
    const { simulation } = this
    const { call } = new ApiServer({ simulation, resources: resourceDefinitions })
    this.client = new Client({ call, user: 'kubernetes-admin', userAgent: 'test' })
    const timings = createTimings('instant', simulation.random.fork('timings'))
    this.#scheduler = new Scheduler({ simulation, call, timings })
    this.client
      .resource('namespaces')
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
    this.client.resource('serviceaccounts').create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'default' },
    })
    this.#scheduler.start()
  }

  addNode(
    name: string,
    options: { cpu?: string; pods?: string; labels?: object; taints?: object[] } = {},
  ): void {
    const nodes = this.client.resource('nodes')
    const labels = { 'kubernetes.io/hostname': name, ...options.labels }
    nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } })
    const allocatable = { cpu: options.cpu ?? '2', memory: '4Gi', pods: options.pods ?? '10' }
    const status = { capacity: allocatable, allocatable }
    nodes.patch(name, undefined, { status }, { type: 'strategic', subresource: 'status' })
    nodes.patch(name, undefined, { spec: { taints: options.taints ?? null } }, { type: 'merge' })
    this.simulation.runUntilRest()
  }

  addPod(
    name: string,
    spec: Partial<Spec> = {},
    labels: Record<string, string> = { app: 'a' },
  ): Pod {
    this.client.resource('pods').create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels },
      spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...spec },
    })
    this.simulation.runUntilRest()
    return this.pod(name)
  }

  pod(name: string): Pod {
    return this.client.resource('pods').get(name, 'default')
  }

  nodeOf(name: string): string | undefined {
    return this.pod(name).spec?.nodeName
  }

  message(name: string): string | undefined {
    return this.pod(name).status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message
  }

  events(object: string): readonly Event[] {
    return this.client
      .resource('events')
      .list()
      .items.filter((event) => event.involvedObject.name === object)
  }
}

const NOT_HELPFUL = (count: number): string =>
  `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`

function requesting(cpu: string): Partial<Spec> {
  return { containers: [{ name: 'c', image: 'nginx:1', resources: { requests: { cpu } } }] }
}

const ZONE = 'topology.kubernetes.io/zone'

describe('a Pod that fits nowhere', () => {
  it.each([
    {
      name: 'an untolerated taint',
      node: { taints: [{ key: 'k', effect: 'NoSchedule' }] },
      pod: {},
      reason: '1 node(s) had untolerated taint(s)',
    },
    {
      name: 'a node selector',
      node: {},
      pod: { nodeSelector: { disk: 'ssd' } },
      reason: "1 node(s) didn't match Pod's node affinity/selector",
    },
    {
      name: 'a required affinity without anyone to join',
      node: {},
      pod: {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: { app: 'b' } }, topologyKey: ZONE },
            ],
          },
        },
      },
      reason: "1 node(s) didn't match pod affinity rules",
    },
    {
      name: 'a spread over a label that no node has',
      node: {},
      pod: {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: ZONE,
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'a' } },
          },
        ],
      },
      reason: "1 node(s) didn't match pod topology spread constraints (missing required label)",
    },
    {
      name: 'a request beyond the node',
      node: {},
      pod: requesting('3'),
      reason: '1 Insufficient cpu',
    },
  ])('says so for $name', ({ node, pod, reason }) => {
    const world = new World()
    world.addNode('a', node)
    world.addPod('p', pod as Partial<Spec>)
    expect(world.nodeOf('p')).toBeUndefined()
    expect(world.message('p')).toBe(`0/1 nodes are available: ${reason}. ${NOT_HELPFUL(1)}`)
    const [event] = world.events('p')
    expect(event).toMatchObject({
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      reportingComponent: 'default-scheduler',
      message: world.message('p'),
    })
  })

  it('is tried again when a Pod goes, and only then', () => {
    const world = new World()
    world.addNode('a')
    world.addPod('first', requesting('1500m'))
    world.addPod('second', requesting('1'))
    expect(world.message('second')).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    )
    world.addPod('other', requesting('100m'))
    world.simulation.runFor(60_000)
    expect(world.events('second')).toHaveLength(1)
    world.client.resource('pods').delete('first', 'default', { gracePeriodSeconds: 0 })
    world.simulation.runUntilRest()
    expect(world.nodeOf('second')).toBe('a')
  })

  it('makes a series of its repeated events', () => {
    const world = new World()
    world.addNode('a', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
    world.addPod('p', { tolerations: [{ key: 'x', operator: 'Exists' }] })
    // The safety net tries again every five minutes.
    world.simulation.runFor(700_000)
    expect(world.events('p').map(({ message }) => message)).toContain(world.message('p'))
    const counts = world.events('p').map(({ series }) => series?.count)
    expect(counts.some((count) => count === 2)).toBe(true)
  })
})

describe('preemption', () => {
  function priorities(world: World): void {
    for (const [name, value] of [
      ['low', 1],
      ['high', 1000],
    ] as const) {
      world.client.resource('priorityclasses').create({
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name },
        value,
      })
    }
  }

  it('evicts as few as it must and goes where they were', () => {
    const world = new World()
    priorities(world)
    world.addNode('a')
    world.addNode('b')
    world.addPod('big', { ...requesting('1500m'), priorityClassName: 'low' })
    world.addPod('small', { ...requesting('500m'), priorityClassName: 'low' })
    world.addPod('other', { ...requesting('1500m'), priorityClassName: 'high' })
    world.addPod('vip', { ...requesting('1500m'), priorityClassName: 'high' })

    const victim = world.pod('big')
    expect(victim.metadata.deletionTimestamp).toBeDefined()
    expect(victim.status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'DisruptionTarget',
        reason: 'PreemptionByScheduler',
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }),
    )
    const { uid } = world.pod('vip').metadata
    expect(world.events('big').at(-1)).toMatchObject({
      reason: 'Preempted',
      message: `Preempted by pod ${uid} on node a`,
    })
    expect(world.pod('vip').status?.nominatedNodeName).toBe('a')
    expect(world.message('vip')).toBe('0/2 nodes are available: 2 Insufficient cpu.')
    expect(world.pod('small').metadata.deletionTimestamp).toBeUndefined()
    expect(world.pod('other').metadata.deletionTimestamp).toBeUndefined()

    world.client.resource('pods').delete('big', 'default', { gracePeriodSeconds: 0 })
    world.simulation.runUntilRest()
    expect(world.nodeOf('vip')).toBe('a')
  })

  it('keeps the room it made from others', () => {
    const world = new World()
    priorities(world)
    world.addNode('a')
    world.addPod('big', { ...requesting('2'), priorityClassName: 'low' })
    world.addPod('vip', { ...requesting('1500m'), priorityClassName: 'high' })
    world.addPod('late', { ...requesting('1'), priorityClassName: 'low' })
    world.client.resource('pods').delete('big', 'default', { gracePeriodSeconds: 0 })
    world.simulation.runUntilRest()
    expect(world.nodeOf('vip')).toBe('a')
    expect(world.nodeOf('late')).toBeUndefined()
  })
})

// What every placement must keep to, whatever comes and goes and in which order.
type Step = { kind: 'add' | 'anti' | 'delete' | 'cordon' | 'uncordon'; at: number; cpu: number }

it('never puts more on a node than fits, nor two that exclude each other', () => {
  const step = fc.record({
    kind: fc.constantFrom<Step['kind']>('add', 'add', 'anti', 'delete', 'cordon', 'uncordon'),
    at: fc.nat(2),
    cpu: fc.integer({ min: 1, max: 12 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.nat(1000), (steps, seed) => {
      const world = new World(seed)
      const names = ['a', 'b', 'c']
      for (const name of names) world.addNode(name, { pods: '4' })
      let serial = 0
      for (const { kind, at, cpu } of steps) {
        const node = names[at] ?? 'a'
        if (kind === 'cordon' || kind === 'uncordon') {
          const body = { spec: { unschedulable: kind === 'cordon' } }
          world.client.resource('nodes').patch(node, undefined, body, { type: 'merge' })
        } else if (kind === 'delete') {
          const [pod] = world.client.resource('pods').list({ namespace: 'default' }).items
          const options = { gracePeriodSeconds: 0 }
          if (pod) world.client.resource('pods').delete(pod.metadata.name, 'default', options)
        } else {
          const exclusive = {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { app: 'x' } },
                  topologyKey: 'kubernetes.io/hostname',
                },
              ],
            },
          }
          const isAnti = kind === 'anti'
          world.addPod(
            `p${serial++}`,
            { ...requesting(`${cpu}00m`), ...(isAnti ? { affinity: exclusive } : {}) },
            { app: isAnti ? 'x' : 'y' },
          )
        }
        world.simulation.runUntilRest()
        checkPlacement(world, names)
      }
    }),
    { numRuns: 40 },
  )
})

function checkPlacement(world: World, names: readonly string[]): void {
  const { items } = world.client.resource('pods').list({ namespace: 'default' })
  for (const name of names) {
    const placed = items.filter((pod) => pod.spec?.nodeName === name)
    const cpu = placed.reduce((sum, pod) => {
      const request = pod.spec?.containers[0]?.resources?.requests?.['cpu'] ?? '0'
      return sum + (request.endsWith('m') ? Number.parseInt(request, 10) : 1000 * Number(request))
    }, 0)
    expect(cpu).toBeLessThanOrEqual(2000)
    expect(placed.length).toBeLessThanOrEqual(4)
    expect(placed.filter((pod) => pod.metadata.labels?.['app'] === 'x').length).toBeLessThanOrEqual(
      1,
    )
  }
}

it('decides alike with the same seed', () => {
  const run = (): readonly (string | undefined)[] => {
    const world = new World(11)
    for (const name of ['a', 'b', 'c']) world.addNode(name)
    for (let i = 0; i < 12; i++) world.addPod(`p${i}`, requesting('100m'))
    return Array.from({ length: 12 }, (_, i) => world.nodeOf(`p${i}`))
  }
  expect(run()).toEqual(run())
})
