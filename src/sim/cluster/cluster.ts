import type { TellDecision } from '#sim/apimachinery/decision.ts'
import type { ApiReply, Call, RemoteCall } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import type { ProtobufFormat } from '#sim/apiserver/protobuf-format.ts'
import { ApiServer } from '#sim/apiserver/api-server.ts'
import { resourceDefinitions } from '#sim/apiserver/resources/registry.ts'
import type { InformerFactory } from '#sim/client/informer.ts'
import { createTimings, type TimingProfile, type Timings } from '#sim/client/timings.ts'
import { controllers } from '#sim/controllers/all.ts'
import { createControllerContext } from '#sim/controllers/context.ts'
import type { SyncDecisions } from '#sim/controllers/statefulset/decisions.ts'
import { startProvisioner } from '#sim/controllers/volume/provisioner.ts'
import { InvariantError } from '#sim/kernel/invariant.ts'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createKubectlComplete } from '#sim/kubectl/complete.ts'
import { createKubectl } from '#sim/kubectl/kubectl.ts'
import {
  type ContainerChange,
  createImageCatalog,
  type Kubelet,
  type NodeCapacity,
  startKubelet,
} from '#sim/kubelet/kubelet.ts'
import { createVolumeStore, type VolumeStore } from '#sim/kubelet/volumes.ts'
import { NETWORK_PLANS } from '#sim/network/addresses.ts'
import { createNetwork, type Network } from '#sim/network/network.ts'
import { startScheduler } from '#sim/scheduler/scheduler.ts'
import { createWorkstation, type Workstation } from '#sim/shell/workstation.ts'
import { busyboxCommands, coreCommands } from '#sim/shell/utilities/commands.ts'
import { workstationCommands } from './commands.ts'
import { createFaultCommand } from './faults/command.ts'
import { createFaultComplete } from './faults/complete.ts'
import { Faults } from './faults/faults.ts'
import { registerIdleNode } from './idle-node.ts'
import { Invariants } from './invariants/invariants.ts'
import { initialObjects, type StorageClassPlan } from './initial-objects.ts'
import { nodeName } from './node-names.ts'

export type Dialect = '1.36' | '1.10'

export type ClusterOptions = {
  readonly seed: number
  readonly nodes: number
  readonly nodeCapacity?: NodeCapacity
  readonly dialect: Dialect
  readonly featureGates: Readonly<Record<string, boolean>>
  readonly timings: TimingProfile
  /** The instant, in Unix milliseconds, that virtual time 0 stands for. */
  readonly epochMs?: number
  /** Where the counter of revisions begins: a store may have had an earlier life. */
  readonly firstRevision?: number
  /** For clients that speak protobuf; none of those inside does. */
  readonly protobuf?: ProtobufFormat
  /** `scheduler`, `kubelet`, `provisioner`, or a controller by its name in the real manager. */
  readonly without?: readonly string[]
  readonly onDecision?: (pass: SyncDecisions) => void
  /** Hears what scheduler, garbage collector, binder, budgets and evictions concluded. */
  readonly onComponentDecision?: TellDecision
}

export type Cluster = {
  readonly simulation: Simulation
  readonly server: ApiServer
  readonly network: Network
  readonly volumes: VolumeStore
  readonly kubelets: ReadonlyMap<string, Kubelet>
  readonly invariants: Invariants
  /** What is broken on purpose. */
  readonly faults: Faults
  /** Where a person sits: a shell with kubectl, and a home directory. */
  readonly workstation: Workstation
  /** What it took to grow up, before time 0. */
  readonly bootSeconds: number
  readonly bootWrites: number
}

/** The world is this old at time 0: its nodes are Ready, its namespaces have their accounts. */
const BOOT_MS = 60_000
const ADMIN = 'kubernetes-admin'

const DEFAULT_CAPACITY: NodeCapacity = { cpu: '8', memory: '32Gi', pods: '110' }

/** What provisions volumes by default, as the clusters of each time and kind do. */
function defaultStorageClass(dialect: Dialect, timings: TimingProfile): StorageClassPlan {
  if (dialect === '1.10') {
    return {
      name: 'gp2',
      provisioner: 'kubernetes.io/aws-ebs',
      volumeBindingMode: 'Immediate',
      parameters: { type: 'gp2' },
    }
  }
  return {
    name: 'standard',
    provisioner: timings === 'cloud' ? 'ebs.csi.aws.com' : 'rancher.io/local-path',
    volumeBindingMode: 'WaitForFirstConsumer',
  }
}

/**
 * Gates that are off unless asked for. ServiceCABundle is none of Kubernetes: it adds what the
 * distribution adds that the recordings were made on.
 */
const OFF_BY_DEFAULT: ReadonlySet<string> = new Set([
  'MaxUnavailableStatefulSet',
  'ServiceCABundle',
])

/** Names that `without` may hold, beside those of controllers. */
const COMPONENTS: readonly string[] = ['scheduler', 'kubelet', 'provisioner']

/**
 * One cluster, grown up: everything below this layer, from one options object. Throws RangeError
 * for a component that does not exist.
 */
export function createCluster(options: ClusterOptions): Cluster {
  const without = checkedWithout(options.without ?? [])
  const { onComponentDecision } = options
  const simulation = new Simulation({
    seed: options.seed,
    startAt: -BOOT_MS,
    ...(options.epochMs === undefined ? {} : { epochMs: options.epochMs }),
  })
  const plan = NETWORK_PLANS[options.dialect]
  const server = new ApiServer({
    simulation,
    resources: resourceDefinitions,
    featureGates: options.featureGates,
    serviceNetwork: plan.dnsServiceIp.replace(/\d+$/, '0'),
    uids: options.dialect === '1.10' ? 'timeBased' : 'random',
    ...(onComponentDecision === undefined ? {} : { onDecision: onComponentDecision }),
    ...(options.protobuf === undefined ? {} : { protobuf: options.protobuf }),
    ...(options.firstRevision === undefined ? {} : { firstRevision: options.firstRevision }),
  })
  traceWrites(simulation, server)
  let bootWrites = 0
  const stopCounting = server.onWrite(() => bootWrites++)
  const timings = createTimings(options.timings, simulation.random.fork('timings'))
  const network = createNetwork({ simulation, call: server.call, timings, plan })
  const controlPlane = network.addNode('control-plane', { isControlPlane: true })
  const storageClass = without.has('provisioner')
    ? undefined
    : defaultStorageClass(options.dialect, options.timings)
  create(server.call, {
    dnsServiceIp: plan.dnsServiceIp,
    kubernetesServiceIp: plan.dnsServiceIp.replace(/\d+$/, '1'),
    controlPlaneIp: controlPlane.ip,
    storageClass,
  })
  network.start()
  const volumes = createVolumeStore(simulation)
  const kubelets = new Map<string, Kubelet>()
  const faults = new Faults({ simulation, call: server.call, kubelets, network, volumes })
  const invariants = new Invariants({
    simulation,
    server,
    seen: without.has('statefulset')
      ? undefined
      : (resource) => Number(informers.for(resource).resourceVersion),
    allowsMaxUnavailable: options.featureGates['MaxUnavailableStatefulSet'] === true,
    ...(onComponentDecision === undefined ? {} : { onDecision: onComponentDecision }),
  })
  const informers: InformerFactory = startControllers(options, {
    simulation,
    call: invariants.hearing(server.call),
    timings,
    without,
    storageClass,
    volumes,
    faults,
  })
  if (!without.has('scheduler')) {
    startScheduler({
      simulation,
      call: server.call,
      timings,
      dialect: options.dialect,
      ...(onComponentDecision === undefined ? {} : { onDecision: onComponentDecision }),
    })
  }
  startNodes(options, {
    simulation,
    server,
    timings,
    without,
    network,
    volumes,
    kubelets,
    faults,
    onContainer: invariants.containerChanged,
  })
  simulation.runUntilRest()
  const bootSeconds = (simulation.now + BOOT_MS) / 1000
  simulation.run({ until: 0 })
  stopCounting()
  return {
    simulation,
    server,
    network,
    volumes,
    kubelets,
    invariants,
    faults,
    workstation: newWorkstation(options, simulation, server, faults),
    bootSeconds,
    bootWrites,
  }
}

type Parts = {
  readonly simulation: Simulation
  readonly server: ApiServer
  readonly timings: Timings
  readonly without: ReadonlySet<string>
}

function checkedWithout(names: readonly string[]): ReadonlySet<string> {
  const known = [...COMPONENTS, ...controllers.map(({ name }) => name)]
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new RangeError(`there is no component "${unknown[0]}"; there are: ${known.join(', ')}`)
  }
  return new Set(names)
}

/** The digest of a run covers every write that happened, and when. */
function traceWrites(simulation: Simulation, server: ApiServer): void {
  server.onChange(({ type, resource, object, user }) => {
    const { namespace, name, uid, resourceVersion } = object.metadata
    simulation.trace.record(
      simulation.now,
      type,
      `${resource}/${namespace ?? ''}/${name}/${uid}/${resourceVersion} by ${user}`,
    )
  })
}

function create(call: Call, options: Parameters<typeof initialObjects>[0]): void {
  for (const { path, body } of initialObjects(options)) {
    const reply = call({ method: 'POST', path, body, user: 'system:apiserver' })
    if (isRefusal(reply)) throw new InvariantError(`boot: ${path}: ${reply.body.message}`)
  }
}

function isRefusal(reply: ApiReply): reply is ApiReply & { body: Status } {
  return reply.type === 'object' && reply.code >= 400
}

function startControllers(
  options: ClusterOptions,
  parts: Omit<Parts, 'server'> & {
    readonly call: Call
    readonly storageClass: StorageClassPlan | undefined
    readonly volumes: VolumeStore
    readonly faults: Faults
  },
): InformerFactory {
  const { simulation, call, timings, without, storageClass, volumes, faults } = parts
  const context = createControllerContext({
    simulation,
    call,
    timings,
    dialect: options.dialect,
    featureEnabled: (gate) => options.featureGates[gate] ?? !OFF_BY_DEFAULT.has(gate),
    ...(options.onDecision === undefined ? {} : { onDecision: options.onDecision }),
    ...(options.onComponentDecision === undefined
      ? {}
      : { onComponentDecision: options.onComponentDecision }),
  })
  for (const { name, start } of controllers) if (!without.has(name)) start(context)
  if (storageClass !== undefined) {
    startProvisioner(context, {
      provisioner: storageClass.provisioner,
      refuse: () => faults.provisionerRefusal(),
      onDeleted: (volume) => {
        volumes.delete(volume)
        faults.volumeDeleted(volume)
      },
    })
  }
  context.informers.start()
  return context.informers
}

function startNodes(
  options: ClusterOptions,
  parts: Parts & {
    readonly network: Network
    readonly volumes: VolumeStore
    readonly kubelets: Map<string, Kubelet>
    readonly faults: Faults
    readonly onContainer: (change: ContainerChange) => void
  },
): void {
  const { simulation, server, timings, without, network, volumes, faults, onContainer } = parts
  const capacity = { ...DEFAULT_CAPACITY, ...options.nodeCapacity }
  const { dialect } = options
  // One registry for all nodes: an image is made once, whoever pulls it.
  const images = createImageCatalog({
    commands: coreCommands,
    busyboxCommands,
    timings,
    dialect,
    trouble: (image) => faults.registryTrouble(image),
  })
  for (let index = 0; index < options.nodes; index++) {
    const name = nodeName(index)
    if (without.has('kubelet')) {
      registerIdleNode(simulation, server.call, { name, capacity })
      continue
    }
    const kubelet = startKubelet({
      simulation,
      call: server.call,
      nodeName: name,
      capacity,
      network,
      timings,
      commands: coreCommands,
      images,
      dialect,
      volumes,
      onContainer,
      connect: (endpoint) => server.connectKubelet(name, endpoint),
    })
    parts.kubelets.set(name, kubelet)
  }
}

/** Bold and blue: among what commands print, where they begin is found at a glance. */
const PROMPT = '\\[\\e[1;34m\\]$\\[\\e[0m\\] '

function newWorkstation(
  options: ClusterOptions,
  simulation: Simulation,
  server: ApiServer,
  faults: Faults,
): Workstation {
  // In process a request is answered at once; over a network it would wait.
  // eslint-disable-next-line require-yield -- the shape of a call that may wait
  const call: RemoteCall = function* (request) {
    return server.call(request)
  }
  const kubectl = createKubectl({
    call,
    dialect: () => options.dialect,
    user: ADMIN,
    unixMs: () => simulation.unixMs,
  })
  const completeKubectl = createKubectlComplete({
    call,
    user: ADMIN,
    dialect: () => options.dialect,
  })
  const completeFault = createFaultComplete({ faults, call: server.call, user: ADMIN })
  return createWorkstation({
    simulation,
    commands: workstationCommands({ kubectl, fault: createFaultCommand(faults) }),
    complete: function* (request) {
      return request.words[0] === 'fault'
        ? completeFault(request.words)
        : yield* completeKubectl(request)
    },
    env: new Map([['PS1', PROMPT]]),
  })
}
