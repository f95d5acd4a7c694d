import { describe, expect, it } from 'vitest'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { Event, PersistentVolumeClaim, Pod } from '#sim/apimachinery/kinds.ts'
import { Client } from '#sim/client/client.ts'
import { createTimings, type TimingProfile } from '#sim/client/timings.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { startScheduler } from '#sim/scheduler/scheduler.ts'
import { controllers } from '../all.ts'
import { createControllerContext } from '../context.ts'
import { type ProvisionerOptions, startProvisioner } from './provisioner.ts'

const LEFT_OUT = new Set(['node-lifecycle', 'taint-eviction'])

type Options = {
  readonly profile: TimingProfile
  readonly provisioner: string
  readonly mode: 'Immediate' | 'WaitForFirstConsumer'
  readonly refuse?: ProvisionerOptions['refuse']
}

/** Scheduler, controllers and one provisioner; the kubelets' part is done by the test. */
class World {
  readonly simulation = new Simulation({ seed: 3 })
  readonly client: Client
  readonly deleted: string[] = []

  constructor({ profile, provisioner, mode, refuse }: Options) {
    const { simulation } = this
    const { call } = new ApiServer({ simulation, resources: resourceDefinitions })
    this.client = new Client({ call, user: 'kubernetes-admin', userAgent: 'test' })
    const timings = createTimings(profile, simulation.random.fork('timings'))
    const context = createControllerContext({ simulation, call, timings })
    for (const { name, start } of controllers) if (!LEFT_OUT.has(name)) start(context)
    startProvisioner(context, {
      provisioner,
      onDeleted: (name) => this.deleted.push(name),
      ...(refuse === undefined ? {} : { refuse }),
    })
    context.informers.start()
    startScheduler({ simulation, call, timings })
    this.client
      .resource('namespaces')
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
    this.client.resource('storageclasses').create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'standard' },
      provisioner,
      volumeBindingMode: mode,
    })
    for (const name of ['a', 'b']) this.#join(name)
    simulation.runFor(1000)
  }

  #join(name: string): void {
    const nodes = this.client.resource('nodes')
    nodes.create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    })
    const allocatable = { cpu: '2', memory: '4Gi', pods: '10' }
    const conditions = [{ type: 'Ready', status: 'True' }]
    const status = { capacity: allocatable, allocatable, conditions }
    nodes.patch(name, undefined, { status }, { type: 'strategic', subresource: 'status' })
    nodes.patch(name, undefined, { spec: { taints: null } }, { type: 'merge' })
  }

  claim(): PersistentVolumeClaim | undefined {
    return this.client.resource('persistentvolumeclaims').find('data', 'default')
  }

  createClaim(): void {
    this.client.resource('persistentvolumeclaims').create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'default' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'standard',
      },
    })
  }

  createPod(name: string, node?: string): void {
    this.client.resource('pods').create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: {
        ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
        containers: [{ name: 'c', image: 'nginx:1' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
      },
    })
  }

  pod(name: string): Pod {
    return this.client.resource('pods').get(name, 'default')
  }

  deletePod(name: string): void {
    this.client.resource('pods').delete(name, 'default', { gracePeriodSeconds: 0 })
  }

  events(object: string): readonly Event[] {
    return this.client
      .resource('events')
      .list()
      .items.filter((event) => event.involvedObject.name === object)
  }

  reasons(object: string): readonly (string | undefined)[] {
    return this.events(object).map(({ reason }) => reason)
  }

  setInUse(node: string, names: readonly string[] | null): void {
    const status = { volumesInUse: names }
    this.client
      .resource('nodes')
      .patch(node, undefined, { status }, { type: 'merge', subresource: 'status' })
  }

  attached(node: string): readonly string[] {
    const { volumesAttached = [] } = this.client.resource('nodes').get(node).status ?? {}
    return volumesAttached.map(({ name }) => name)
  }
}

describe('a local class that waits for the first consumer', () => {
  const options = {
    profile: 'kind',
    provisioner: 'rancher.io/local-path',
    mode: 'WaitForFirstConsumer',
  } as const

  it('makes the volume on the chosen node, binds the claim and then the Pod', () => {
    const world = new World(options)
    world.createClaim()
    world.simulation.runFor(2000)
    expect(world.claim()?.status?.phase).toBe('Pending')
    world.createPod('p')
    world.simulation.runFor(500)
    expect(world.pod('p').spec?.nodeName).toBeUndefined()
    expect(world.pod('p').status?.nominatedNodeName).toBe('a')
    world.simulation.runFor(6000)

    expect(world.pod('p').spec?.nodeName).toBe('a')
    const claim = world.claim()
    expect(claim?.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' } })
    expect(claim?.spec?.volumeName).toBe(`pvc-${claim?.metadata.uid}`)
    const volume = world.client.resource('persistentvolumes').get(claim?.spec?.volumeName ?? '')
    expect(volume.status?.phase).toBe('Bound')
    expect(volume.metadata.annotations).toMatchObject({
      'pv.kubernetes.io/provisioned-by': 'rancher.io/local-path',
    })
    expect(volume.metadata.annotations).not.toHaveProperty('pv.kubernetes.io/bound-by-controller')
    expect(world.reasons('data')).toEqual([
      'WaitForFirstConsumer',
      'ExternalProvisioning',
      'Provisioning',
      'ProvisioningSucceeded',
    ])
    expect(world.events('data')[2]?.message).toBe(
      'External provisioner is provisioning volume for claim "default/data"',
    )
    expect(world.reasons('p')).toEqual(['Scheduled'])
  })

  it('ties the next Pod of the claim to the node', () => {
    const world = new World(options)
    world.createClaim()
    world.createPod('p')
    world.simulation.runFor(8000)
    world.deletePod('p')
    world.client
      .resource('nodes')
      .patch('a', undefined, { spec: { unschedulable: true } }, { type: 'merge' })
    world.simulation.runFor(1000)
    world.createPod('q')
    world.simulation.runFor(2000)
    expect(world.events('q').map(({ message }) => message)).toEqual([
      "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    ])
    world.client
      .resource('nodes')
      .patch('a', undefined, { spec: { unschedulable: false } }, { type: 'merge' })
    world.simulation.runFor(1000)
    expect(world.pod('q').spec?.nodeName).toBe('a')
  })

  it('deletes volume and data with the claim, but not under a Pod', () => {
    const world = new World(options)
    world.createClaim()
    world.createPod('p')
    world.simulation.runFor(8000)
    const volumeName = world.claim()?.spec?.volumeName ?? ''
    world.client.resource('persistentvolumeclaims').delete('data', 'default')
    world.simulation.runFor(20_000)
    expect(world.claim()?.metadata.deletionTimestamp).toBeDefined()
    expect(world.claim()?.status?.phase).toBe('Bound')
    world.deletePod('p')
    world.simulation.runFor(20_000)
    expect(world.claim()).toBeUndefined()
    expect(world.client.resource('persistentvolumes').find(volumeName)).toBeUndefined()
    expect(world.deleted).toEqual([volumeName])
  })

  it('asks the scheduler anew when the volume cannot be made', () => {
    let failures = 2
    const world = new World({
      ...options,
      refuse: () => (failures-- > 0 ? 'no space left' : undefined),
    })
    world.createClaim()
    world.createPod('p')
    world.simulation.runFor(60_000)
    const failed = world.events('data').find(({ reason }) => reason === 'ProvisioningFailed')
    expect(failed?.message).toBe(
      'failed to provision volume with StorageClass "standard": no space left',
    )
    const scheduling = world.events('p').find(({ reason }) => reason === 'FailedScheduling')
    expect(scheduling?.message).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"',
    )
    expect(world.pod('p').spec?.nodeName).toBeDefined()
  })
})

it('makes the claim of an ephemeral volume, which goes with its Pod', () => {
  const world = new World({
    profile: 'kind',
    provisioner: 'rancher.io/local-path',
    mode: 'WaitForFirstConsumer',
  })
  const { client, simulation } = world
  const spec = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'standard',
  }
  client.resource('pods').create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      containers: [{ name: 'c', image: 'nginx:1' }],
      volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } }],
    },
  })
  simulation.runFor(10_000)
  expect(world.pod('p').spec?.nodeName).toBeDefined()
  const claims = client.resource('persistentvolumeclaims')
  expect(claims.get('p-scratch', 'default').status?.phase).toBe('Bound')
  world.deletePod('p')
  simulation.runFor(10_000)
  expect(claims.find('p-scratch', 'default')).toBeUndefined()
  expect(world.deleted).toHaveLength(1)
})

it('grows a volume whose class allows it, and its file system under a running Pod', () => {
  const world = new World({ profile: 'kind', provisioner: 'ebs.csi.aws.com', mode: 'Immediate' })
  const { client, simulation } = world
  const allow = { allowVolumeExpansion: true }
  client.resource('storageclasses').patch('standard', undefined, allow, { type: 'merge' })
  world.createClaim()
  simulation.runFor(5000)
  world.createPod('p')
  simulation.runFor(5000)
  const spec = { resources: { requests: { storage: '2Gi' } } }
  client.resource('persistentvolumeclaims').patch('data', 'default', { spec }, { type: 'merge' })
  simulation.runFor(10_000)
  const volumeName = world.claim()?.spec?.volumeName ?? ''
  const volume = client.resource('persistentvolumes').get(volumeName)
  expect(volume.spec?.capacity).toEqual({ storage: '2Gi' })
  expect(world.claim()?.status?.capacity).toEqual({ storage: '1Gi' })
  expect(world.claim()?.status?.conditions).toEqual([
    expect.objectContaining({
      type: 'FileSystemResizePending',
      status: 'True',
      message:
        'Waiting for user to (re-)start a pod to finish file system resize of volume on node.',
    }),
  ])
  const status = { phase: 'Running' }
  client
    .resource('pods')
    .patch('p', 'default', { status }, { type: 'strategic', subresource: 'status' })
  simulation.runFor(2000)
  expect(world.claim()?.status?.capacity).toEqual({ storage: '2Gi' })
  expect(world.claim()?.status?.conditions ?? []).toEqual([])
  const nodeName = world.pod('p').spec?.nodeName
  // Two components speak, and neither waits for the other.
  const messages = world.events('data').map(({ message = '' }) => message)
  expect(messages.slice(-3).toSorted()).toEqual([
    `External resizer is resizing volume ${volumeName}`,
    'Require file system resize of volume on node',
    'waiting for an external controller to expand this PVC',
  ])
  expect(world.events('p').at(-1)?.message).toBe(
    `MountVolume.NodeExpandVolume succeeded for volume "${volumeName}" ${nodeName}`,
  )
})

describe('a network class', () => {
  const options = {
    profile: 'cloud',
    provisioner: 'ebs.csi.aws.com',
    mode: 'Immediate',
  } as const

  function attachedWorld(): { world: World; disk: string } {
    const world = new World(options)
    world.createClaim()
    world.createPod('p', 'a')
    world.simulation.runFor(30_000)
    const [disk = ''] = world.attached('a')
    world.setInUse('a', [disk])
    world.simulation.runFor(1000)
    return { world, disk }
  }

  it('first fails to schedule, then binds, then attaches', () => {
    const { world, disk } = attachedWorld()
    expect(disk).toMatch(/^kubernetes\.io\/csi\/ebs\.csi\.aws\.com\^vol-/)
    const volumeName = world.claim()?.spec?.volumeName ?? ''
    expect(world.reasons('p')).toEqual(['FailedScheduling', 'Scheduled', 'SuccessfulAttachVolume'])
    expect(world.events('p').map(({ message }) => message)).toEqual([
      '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
      'Successfully assigned default/p to a',
      `AttachVolume.Attach succeeded for volume "${volumeName}" `,
    ])
  })

  it('moves in order: refused once, attached when the kubelet has let go', () => {
    const { world, disk } = attachedWorld()
    world.deletePod('p')
    world.createPod('q', 'b')
    world.simulation.runFor(5000)
    expect(world.reasons('q')).toEqual(['Scheduled', 'FailedAttachVolume'])
    expect(world.events('q')[1]?.message).toMatch(
      /^Multi-Attach error for volume "pvc-.*" Volume is already exclusively attached to one node and can't be attached to another$/,
    )
    world.setInUse('a', null)
    world.simulation.runFor(40_000)
    expect(world.attached('a')).toEqual([])
    expect(world.attached('b')).toEqual([disk])
    expect(world.reasons('q')).toEqual([
      'Scheduled',
      'FailedAttachVolume',
      'SuccessfulAttachVolume',
    ])
  })

  it('is never taken from a healthy node, and from a dead one after six minutes', () => {
    const { world, disk } = attachedWorld()
    world.deletePod('p')
    world.createPod('q', 'b')
    world.simulation.runFor(400_000)
    expect(world.attached('a')).toEqual([disk])
    const conditions = [{ type: 'Ready', status: 'Unknown' }]
    world.client
      .resource('nodes')
      .patch(
        'a',
        undefined,
        { status: { conditions } },
        { type: 'strategic', subresource: 'status' },
      )
    world.simulation.runFor(40_000)
    expect(world.attached('b')).toEqual([disk])
  })

  it('names the Pod that holds the disk', () => {
    const { world } = attachedWorld()
    world.createPod('q', 'b')
    world.simulation.runFor(5000)
    expect(world.events('q').at(-1)?.message).toMatch(/Volume is already used by pod\(s\) p$/)
  })
})
