import type { ContainerStatus } from 'kubernetes-types/core/v1'
import { expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import { createTestNode, type TestNode } from './test-node.ts'

const IMAGE = 'busybox:1.36'
const NGINX = { name: 'nginx', image: 'registry.k8s.io/nginx-slim:0.24' }
const SLEEP = { name: 'debug', image: IMAGE, command: ['sleep', '100000'] }

function newNode(): TestNode {
  const podRow = resourceDefinitions.find((one) => one.kind === 'Pod')?.row ?? (() => [])
  const newServer = (simulation: Simulation) =>
    new ApiServer({ simulation, resources: resourceDefinitions })
  return createTestNode({ newServer, podRow })
}

/** A node where `web-0` has run for a while. */
function newNodeWithPod(spec: object = {}): TestNode {
  const node = newNode()
  node.run('web-0', { containers: [NGINX], ...spec })
  node.simulation.runFor(20_000)
  return node
}

function addEphemeral(node: TestNode, ...ephemeralContainers: readonly object[]): void {
  const path = '/api/v1/namespaces/default/pods/web-0/ephemeralcontainers'
  const reply = node.call('PATCH', path, { spec: { ephemeralContainers } })
  expect(reply).toMatchObject({ code: 200 })
}

function statusOf(node: TestNode, name = 'debug'): ContainerStatus | undefined {
  const statuses = node.getPod('web-0')?.status?.ephemeralContainerStatuses
  return statuses?.find((one) => one.name === name)
}

it('starts an ephemeral container in a running Pod, and tells its status', () => {
  const node = newNodeWithPod()
  const before = node.getPod('web-0')?.status
  addEphemeral(node, SLEEP)
  node.simulation.runFor(10_000)
  const status = statusOf(node)
  expect(status).toMatchObject({
    name: 'debug',
    ready: false,
    restartCount: 0,
    image: 'docker.io/library/busybox:1.36',
    imageID: expect.stringMatching(/^docker\.io\/library\/busybox@sha256:/) as unknown,
    containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) as unknown,
    state: { running: { startedAt: expect.any(String) as unknown } },
    lastState: {},
  })
  // Only probers tell this, and an ephemeral container has none.
  expect(status).not.toHaveProperty('started')
  expect(node.getPod('web-0')?.status).toMatchObject({
    phase: 'Running',
    observedGeneration: 2,
    containerStatuses: before?.containerStatuses,
  })
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
  expect(node.events('web-0').slice(-4)).toEqual([
    `Normal Pulling Pulling image "${IMAGE}"`,
    expect.stringMatching(/^Normal Pulled Successfully pulled image "busybox:1\.36"/),
    'Normal Created Container created',
    'Normal Started Container started',
  ])
})

it('names the list of ephemeral containers in its events', () => {
  const node = newNodeWithPod()
  addEphemeral(node, SLEEP)
  node.simulation.runFor(10_000)
  const events = node.call('GET', '/api/v1/namespaces/default/events')
  expect(JSON.stringify(events)).toContain('"fieldPath":"spec.ephemeralContainers{debug}"')
})

it.each(['0', '3'])('never starts it again once it exited with %s', (code) => {
  const node = newNodeWithPod()
  addEphemeral(node, { ...SLEEP, command: ['exit', code, '1'] })
  node.simulation.runFor(10_000)
  const first = statusOf(node)
  expect(first?.state?.terminated).toMatchObject({ exitCode: Number(code) })
  // A later sync has no reason to start it either.
  addEphemeral(node, { ...SLEEP, command: ['exit', code, '1'] }, { ...SLEEP, name: 'another' })
  node.simulation.runFor(600_000)
  expect(statusOf(node)).toEqual(first)
  expect(statusOf(node, 'another')?.state?.running).toBeDefined()
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
})

it('tries only once to start a program that is not there', () => {
  const node = newNodeWithPod()
  addEphemeral(node, { ...SLEEP, command: ['nosuch'] })
  node.simulation.runFor(600_000)
  const failures = node.events('web-0').filter((event) => event.startsWith('Warning'))
  expect(failures).toEqual([expect.stringContaining('exec: "nosuch": executable file not found')])
  expect(statusOf(node)?.restartCount).toBe(0)
})

it('starts it although an init container goes on failing', () => {
  const init = { name: 'init', image: IMAGE, command: ['exit', '1', '1'] }
  const node = newNodeWithPod({ initContainers: [init] })
  addEphemeral(node, SLEEP)
  node.simulation.runFor(60_000)
  expect(statusOf(node)?.state?.running).toBeDefined()
  expect(node.getPod('web-0')?.status?.phase).toBe('Pending')
})

it('tells why its image cannot be pulled, while the Pod stays ready', () => {
  const node = newNodeWithPod()
  addEphemeral(node, { ...SLEEP, image: 'nobody/nothing' })
  const reasons = new Set<string | undefined>()
  for (let second = 0; second < 60; second++) {
    node.simulation.runFor(1000)
    reasons.add(statusOf(node)?.state?.waiting?.reason)
  }
  expect([...reasons]).toEqual(expect.arrayContaining(['ErrImagePull', 'ImagePullBackOff']))
  expect(statusOf(node)).toMatchObject({ image: 'nobody/nothing', imageID: '', ready: false })
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 0')
})

it('lets exec, logs and the network of the Pod reach it', () => {
  const node = newNodeWithPod()
  const talk = { ...SLEEP, name: 'talk', command: ['echo', 'hi'] }
  addEphemeral(node, SLEEP, talk)
  node.simulation.runFor(10_000)
  expect(node.logs('web-0', [['container', 'talk']])).toBe('hi\n')
  expect(node.exec('web-0', ['echo', 'in'], undefined, 'debug')).toMatchObject({
    code: 0,
    stdout: 'in\n',
  })
  expect(node.exec('web-0', ['cat', '/etc/hosts'], undefined, 'debug').stdout).toContain(
    `${node.getPod('web-0')?.status?.podIP}\tweb-0`,
  )
  expect(node.exec('web-0', ['echo'], undefined, 'talk').status).toMatchObject({
    message: 'container not found ("talk")',
  })
})

it('lists their statuses by name', () => {
  const node = newNodeWithPod()
  addEphemeral(node, { ...SLEEP, name: 'b' }, { ...SLEEP, name: 'a' })
  node.simulation.runFor(10_000)
  const statuses = node.getPod('web-0')?.status?.ephemeralContainerStatuses ?? []
  expect(statuses.map(({ name }) => name)).toEqual(['a', 'b'])
})

it('stops it with the Pod', () => {
  const node = newNodeWithPod()
  addEphemeral(node, SLEEP)
  node.simulation.runFor(10_000)
  node.remove('web-0', 5)
  node.rest()
  expect(node.getPod('web-0')).toBeUndefined()
  expect(node.events('web-0').filter((event) => event.includes('Killing'))).toEqual([
    'Normal Killing Stopping container nginx',
    'Normal Killing Stopping container debug',
  ])
})

it('does not keep a Pod whose containers have ended', () => {
  const main = { name: 'main', image: IMAGE, command: ['exit', '0', '60'] }
  const node = newNodeWithPod({ containers: [main], restartPolicy: 'Never' })
  addEphemeral(node, SLEEP)
  node.simulation.runFor(10_000)
  expect(node.getPod('web-0')?.status?.phase).toBe('Running')
  node.simulation.runFor(120_000)
  expect(node.getPod('web-0')?.status?.phase).toBe('Succeeded')
  expect(statusOf(node)?.state?.terminated).toMatchObject({ exitCode: 137 })
})

it('does not come back after its node went down', () => {
  const node = newNodeWithPod()
  addEphemeral(node, SLEEP)
  node.simulation.runFor(10_000)
  node.kubelets[0]?.crash()
  node.simulation.runFor(5000)
  node.kubelets[0]?.restart()
  node.simulation.runFor(60_000)
  expect(node.rows.at(-1)).toBe('web-0 1/1 Running 1')
  expect(statusOf(node)).toMatchObject({
    restartCount: 0,
    state: { terminated: { exitCode: 255, reason: 'Unknown' } },
  })
})
