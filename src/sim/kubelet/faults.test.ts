import { expect, it } from 'vitest'
import fc from 'fast-check'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { createTestNode, type TestNode } from './test-node.ts'

const PODS = ['web-0', 'web-1', 'web-2']
const NODES = ['node-a', 'node-b']

function newNode(seed: number): TestNode {
  const podRow = resourceDefinitions.find((one) => one.kind === 'Pod')?.row ?? (() => [])
  const newServer = (simulation: Simulation) =>
    new ApiServer({ simulation, resources: resourceDefinitions })
  return createTestNode({ newServer, podRow }, { nodes: NODES.length, seed })
}

const pod = fc.constantFrom(...PODS)
const place = fc.nat({ max: NODES.length - 1 })
const step = fc.oneof(
  fc.record({ do: fc.constant('run' as const), pod, place, image: fc.nat({ max: 4 }) }),
  fc.record({ do: fc.constant('delete' as const), pod, isForced: fc.boolean() }),
  fc.record({ do: fc.constant('kill' as const), pod, place }),
  fc.record({ do: fc.constant('crash' as const), place }),
  fc.record({ do: fc.constant('boot' as const), place }),
  fc.record({ do: fc.constant('partition' as const), place }),
  fc.record({ do: fc.constant('heal' as const), place }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function containerOf(image: number): object {
  if (image === 0) return { image: 'nobody/nothing' }
  if (image === 1) return { image: 'busybox:1.28', command: ['exit', '1', '2'] }
  const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 2 }
  return {
    image: 'registry.k8s.io/nginx-slim:0.24',
    ...(image === 2 ? { readinessProbe: probe, livenessProbe: probe } : {}),
  }
}

function take(node: TestNode, one: Step): void {
  const kubelet = 'place' in one ? node.kubelets[one.place] : undefined
  const nodeName = 'place' in one ? (NODES[one.place] ?? '') : ''
  switch (one.do) {
    case 'run':
      if (node.getPod(one.pod) === undefined) {
        const spec = {
          terminationGracePeriodSeconds: 5,
          containers: [{ name: 'main', ...containerOf(one.image) }],
        }
        node.run(one.pod, spec, { node: nodeName })
      }
      break
    case 'delete':
      node.remove(one.pod, one.isForced ? 0 : undefined)
      break
    case 'kill':
      kubelet?.killContainer({ namespace: 'default', name: one.pod }, 'main')
      break
    case 'crash':
      kubelet?.crash()
      break
    case 'boot':
      kubelet?.restart()
      break
    case 'partition':
      node.network.partition(nodeName)
      break
    case 'heal':
      node.network.heal(nodeName)
      break
    case 'pass':
      node.simulation.runFor(one.ms)
      break
  }
}

function checkAddresses(node: TestNode): void {
  const taken = new Map<string, string>()
  for (const name of PODS) {
    const { status, metadata } = node.getPod(name) ?? {}
    const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
    const ip = status?.podIP
    if (ip === undefined || isOver || metadata?.deletionTimestamp !== undefined) continue
    expect(taken.get(ip), `${name} and another Pod both have ${ip}`).toBeUndefined()
    taken.set(ip, name)
  }
}

it('comes back to nothing, whatever fails in between', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), fc.array(step, { maxLength: 25 }), (seed, steps) => {
      const node = newNode(seed)
      for (const one of steps) {
        take(node, one)
        node.simulation.runFor(1)
        checkAddresses(node)
      }
      for (const [index, name] of NODES.entries()) {
        node.network.heal(name)
        node.kubelets[index]?.restart()
      }
      for (const name of PODS) node.remove(name)
      node.simulation.runFor(120_000)
      expect(PODS.filter((name) => node.getPod(name) !== undefined)).toEqual([])
      for (const [index, name] of NODES.entries()) {
        expect(node.kubelets[index]?.pods).toEqual([])
        expect(node.network.node(name)?.pods.size, `addresses of ${name}`).toBe(0)
      }
    }),
    { numRuns: 60 },
  )
})

it('ends with every container running, once faults have passed', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), fc.array(step, { maxLength: 15 }), (seed, steps) => {
      const node = newNode(seed)
      const faults = steps.filter((one) => !['run', 'delete'].includes(one.do))
      for (const [index, name] of PODS.entries()) {
        take(node, { do: 'run', pod: name, place: index % 2, image: 3 })
      }
      node.simulation.runFor(20_000)
      for (const one of faults) take(node, one)
      for (const [index, name] of NODES.entries()) {
        node.network.heal(name)
        node.kubelets[index]?.restart()
      }
      // Longer than the longest back-off that so few kills can lead to.
      node.simulation.runFor(900_000)
      for (const name of PODS) {
        const [status] = node.getPod(name)?.status?.containerStatuses ?? []
        expect(status?.ready, `${name} ${JSON.stringify(status)}`).toBe(true)
      }
    }),
    { numRuns: 30 },
  )
})
