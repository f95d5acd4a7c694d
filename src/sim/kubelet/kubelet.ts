import type { KubeletEndpoint } from '#sim/apimachinery/kubelet-endpoint.ts'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { Call } from '#sim/apimachinery/request.ts'
import { Client } from '#sim/client/client.ts'
import { EventRecorder } from '#sim/client/event-recorder.ts'
import { Informer } from '#sim/client/informer.ts'
import type { Timings } from '#sim/client/timings.ts'
import type { Node } from '#sim/apimachinery/kinds.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Network, NodeNetwork } from '#sim/network/network.ts'
import { Backoff } from './backoff.ts'
import { KUBELET_DIALECTS, type KubeletDialect, type KubeletDialectName } from './dialect.ts'
import { createKubeletEndpoint } from './endpoint.ts'
import { ImagePuller } from './image-puller.ts'
import { ImageCatalog, type RegistryTrouble } from './images/catalog.ts'
import { NodeAgent, type NodeCapacity, type NodePressure } from './node-agent.ts'
import type { ContainerChange, NodeContext } from './node-context.ts'
import { NodeResources } from './node-resources.ts'
import { type PodMemory, type PodVerdict, PodWorker } from './pod-worker.ts'
import { seconds } from './pod-status.ts'
import { reachableCall } from './reachable-call.ts'
import type { VolumeStore } from './volumes.ts'

export type { NodeCapacity } from './node-agent.ts'
export type { ContainerChange } from './node-context.ts'

export type KubeletOptions = {
  readonly simulation: Simulation
  readonly call: Call
  readonly nodeName: string
  readonly capacity: NodeCapacity
  readonly labels?: Readonly<Record<string, string>>
  readonly network: Network
  readonly timings: Timings
  /** Core utilities and `sh`, for the images that have them. */
  readonly commands: ReadonlyMap<string, Program>
  /** The same in busybox's words. */
  readonly busyboxCommands?: ReadonlyMap<string, Program>
  /** Shared between nodes where given; else this node has a registry of its own. */
  readonly images?: ImageCatalog
  readonly dialect: KubeletDialectName
  readonly volumes: VolumeStore
  readonly random?: Random
  readonly onContainer?: (change: ContainerChange) => void
  /** Tells the API server where to send exec, attach, logs and port-forward; returns how to stop. */
  readonly connect: (endpoint: KubeletEndpoint) => (() => void) | void
}

const CRASH_BACKOFF_FIRST_MS = 10_000
const CRASH_BACKOFF_MAX_MS = 300_000
const RELIST_MS = 1000

/** Images that all nodes of a cluster pull from. */
export function createImageCatalog(
  options: Pick<KubeletOptions, 'commands' | 'busyboxCommands' | 'timings' | 'dialect'> & {
    readonly trouble?: (image: string) => RegistryTrouble
  },
): ImageCatalog {
  return new ImageCatalog(options)
}

/** One node's kubelet, its container runtime and the node itself, with what can go wrong there. */
export class Kubelet {
  readonly nodeName: string
  readonly catalog: ImageCatalog
  readonly #options: KubeletOptions
  readonly #dialect: KubeletDialect
  readonly #nodeNetwork: NodeNetwork
  readonly #client: Client
  readonly #random: Random
  readonly #context: NodeContext
  readonly #agent: NodeAgent
  readonly #puller: ImagePuller
  readonly #resources: NodeResources
  readonly #workers = new Map<string, PodWorker>()
  readonly #memories = new Map<string, PodMemory>()
  readonly #nodeListeners = new Set<() => void>()
  readonly #probeFailures = new Map<string, string>()
  #pods: Informer<Pod> | undefined
  #nodes: Informer<Node> | undefined
  #node: Node | undefined
  #isCrashed = false

  constructor(options: KubeletOptions) {
    const { simulation, nodeName, network, timings } = options
    this.#options = options
    this.nodeName = nodeName
    this.#dialect = KUBELET_DIALECTS[options.dialect]
    this.#random = (options.random ?? simulation.random).fork(`kubelet/${nodeName}`)
    this.#nodeNetwork = network.node(nodeName) ?? network.addNode(nodeName)
    this.catalog = options.images ?? createImageCatalog(options)
    this.#client = new Client({
      call: reachableCall(options.call, {
        isCutOff: () => !network.canReach(nodeName, undefined),
        onHeal: (listener) => network.onHeal(nodeName, listener),
      }),
      user: `system:node:${nodeName}`,
      userAgent: `kubelet/${this.#dialect.version}`,
    })
    const events = new EventRecorder(simulation, this.#client, {
      component: 'kubelet',
      host: nodeName,
    })
    this.#puller = new ImagePuller({
      simulation,
      catalog: this.catalog,
      timings,
      dialect: this.#dialect,
    })
    this.#resources = new NodeResources(options.capacity, () => this.#node?.metadata.labels ?? {})
    this.#agent = new NodeAgent({
      simulation,
      client: this.#client,
      events,
      nodeName,
      nodeNetwork: this.#nodeNetwork,
      capacity: options.capacity,
      labels: options.labels ?? {},
      dialect: this.#dialect,
      random: this.#random,
      volumesInUse: () => this.#volumesInUse(),
      images: () => this.#puller.list(),
    })
    this.#context = this.#newContext(events)
  }

  start(): void {
    this.#agent.start()
    this.#startInformers()
    this.#options.connect(
      createKubeletEndpoint({
        simulation: this.#options.simulation,
        dialect: this.#dialect,
        random: this.#random,
        worker: (uid) => this.#workers.get(uid),
        unreachable: () =>
          this.#options.network.canReach(this.nodeName, undefined)
            ? undefined
            : `dial tcp ${this.#nodeNetwork.ip}:10250: i/o timeout`,
      }),
    )
  }

  get isCrashed(): boolean {
    return this.#isCrashed
  }

  /** The machine loses power: no process survives, and nobody is told. */
  crash(): void {
    if (this.#isCrashed) return
    this.#isCrashed = true
    this.#agent.stop()
    this.#pods?.stop()
    this.#nodes?.stop()
    this.#options.network.powerOff(this.nodeName)
    for (const [uid, worker] of this.#workers) this.#memories.set(uid, worker.crash())
    this.#workers.clear()
    this.#resources.clear()
  }

  /** The machine boots again; its Pods get new sandboxes, and their containers start anew. */
  restart(): void {
    if (!this.#isCrashed) return
    this.#isCrashed = false
    this.#options.network.powerOn(this.nodeName)
    this.#agent.rebooted()
    this.#agent.start()
    if (this.#options.network.canReach(this.nodeName, undefined)) return this.#startInformers()
    // Booted behind a partition: it hears of its Pods when that is over.
    const stop = this.#options.network.onHeal(this.nodeName, () => {
      stop()
      if (!this.#isCrashed) this.#startInformers()
    })
  }

  /** Whether a container's process runs here. */
  isRunning(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
  ): boolean {
    return this.#workerOf(pod)?.isRunning(container) ?? false
  }

  /** Kills the processes of a container; false if it does not run here. */
  killContainer(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    reason: 'Error' | 'OOMKilled' = 'Error',
  ): boolean {
    return this.#workerOf(pod)?.killContainer(container, reason) ?? false
  }

  /** Makes a probe fail with this text, whatever the container answers; undefined takes it back. */
  setProbeFailure(
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    kind: 'Startup' | 'Readiness' | 'Liveness',
    message: string | undefined,
  ): void {
    const key = `${pod.namespace}/${pod.name}/${container}/${kind}`
    if (message === undefined) this.#probeFailures.delete(key)
    else this.#probeFailures.set(key, message)
  }

  setPressure(type: NodePressure, isPressed: boolean): void {
    this.#agent.setPressure(type, isPressed)
  }

  setNotReady(message: string | undefined): void {
    this.#agent.setNotReady(message)
  }

  /** Ends a Pod for want of memory or disk, as the kubelet's eviction manager does. */
  evict(pod: { readonly namespace: string; readonly name: string }, message: string): boolean {
    const worker = this.#workerOf(pod)
    if (worker === undefined) return false
    const now = seconds(this.#options.simulation.unixMs)
    const reason = 'Evicted'
    this.#context.events.record(worker.pod, { type: 'Warning', reason, message })
    worker.evict({
      reason,
      message,
      graceSeconds: 1,
      condition: {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
        message,
        lastTransitionTime: now,
      },
    })
    return true
  }

  /** The Pods that this node still has something to do for. */
  get pods(): readonly Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod)
  }

  #newContext(events: EventRecorder): NodeContext {
    const { simulation, network, timings, nodeName, volumes } = this.#options
    const client = this.#client
    const phaseMs = timings.profile === 'instant' ? 0 : this.#random.int(0, RELIST_MS - 1)
    return {
      simulation,
      client,
      events,
      nodeName,
      network,
      nodeNetwork: this.#nodeNetwork,
      timings,
      dialect: this.#dialect,
      random: this.#random,
      puller: this.#puller,
      crashBackoff: new Backoff(CRASH_BACKOFF_FIRST_MS, CRASH_BACKOFF_MAX_MS),
      apiServiceIp: network.plan.dnsServiceIp.replace(/\d+$/, '1'),
      volumes: {
        simulation,
        client,
        store: volumes,
        nodeName,
        attachedNames: () => this.#node?.status?.volumesAttached?.map((one) => one.name) ?? [],
      },
      lookDelayMs: () => (timings.profile === 'instant' ? 0 : this.#random.uniform(30, 60)),
      relistDelayMs: () => {
        if (timings.profile === 'instant') return 1
        const sinceMs = (((simulation.now - phaseMs) % RELIST_MS) + RELIST_MS) % RELIST_MS
        return RELIST_MS - sinceMs
      },
      onNodeChange: (listener) => {
        this.#nodeListeners.add(listener)
        return () => this.#nodeListeners.delete(listener)
      },
      volumesChanged: () => {
        const known = [...(this.#node?.status?.volumesInUse ?? [])].sort().join()
        if (known !== [...this.#volumesInUse()].sort().join()) this.#agent.statusChanged()
      },
      onContainer: this.#options.onContainer ?? (() => {}),
    }
  }

  #startInformers(): void {
    const { simulation, timings, nodeName } = this.#options
    const latencyMs = timings.watchLatencyMs
    this.#nodes = new Informer<Node>(simulation, this.#client, 'nodes', {
      fieldSelector: `metadata.name=${nodeName}`,
      latencyMs,
    })
    const onNode = (node: Node | undefined) => {
      this.#node = node
      if (node !== undefined) this.#agent.nodeChanged(node)
      for (const listener of [...this.#nodeListeners]) listener()
    }
    this.#nodes.onChange({
      added: onNode,
      updated: (_old, node) => onNode(node),
      deleted: () => onNode(undefined),
    })
    this.#nodes.start()
    this.#pods = new Informer<Pod>(simulation, this.#client, 'pods', {
      fieldSelector: `spec.nodeName=${nodeName}`,
      latencyMs,
    })
    this.#pods.onChange({
      added: (pod) => this.#add(pod),
      updated: (_old, pod) => this.#update(pod),
      deleted: (pod) => this.#workers.get(pod.metadata.uid)?.removed(),
    })
    this.#pods.start()
    this.#forgetGoneMemories()
  }

  // What was deleted by force while the machine was down is not there any more.
  #forgetGoneMemories(): void {
    const uids = new Set([...(this.#pods?.list() ?? [])].map((pod) => pod.metadata.uid))
    for (const uid of this.#memories.keys()) if (!uids.has(uid)) this.#memories.delete(uid)
  }

  #add(pod: Pod): void {
    const { uid } = pod.metadata
    if (this.#workers.has(uid)) return this.#update(pod)
    const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    const rejection = isOver ? undefined : this.#resources.admit(pod)
    if (rejection !== undefined) this.#tellRejection(pod, rejection)
    const worker = new PodWorker({
      context: this.#context,
      pod,
      rejection,
      survivors: this.#memories.get(uid),
      forcedProbeFailure: (container, kind) =>
        this.#probeFailures.get(`${objectKey(pod)}/${container}/${kind}`),
      onEnded: () => this.#workers.delete(uid),
      onStopped: () => this.#resources.release(uid),
    })
    this.#memories.delete(uid)
    this.#workers.set(uid, worker)
    worker.start()
  }

  #update(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid)
    if (worker !== undefined) return worker.update(pod)
    // A Pod that was replaced under its name while the watch was away.
    for (const other of this.#workers.values()) {
      if (other.key === objectKey(pod) && other.uid !== pod.metadata.uid) other.removed()
    }
    if (this.#memories.has(pod.metadata.uid) || !this.#hasSeen(pod)) this.#add(pod)
  }

  // An update of what this kubelet has already let go is the last echo of its own delete.
  #hasSeen(pod: Pod): boolean {
    return pod.metadata.deletionTimestamp !== undefined || (pod.status?.startTime ?? '') !== ''
  }

  #tellRejection(pod: Pod, rejection: PodVerdict): void {
    const message = rejection.message.replace(/^Pod was rejected: /, '')
    this.#context.events.record(pod, { type: 'Warning', reason: rejection.reason, message })
  }

  #workerOf(pod: { readonly namespace: string; readonly name: string }): PodWorker | undefined {
    const key = `${pod.namespace}/${pod.name}`
    for (const worker of this.#workers.values()) if (worker.key === key) return worker
    return undefined
  }

  #volumesInUse(): readonly string[] {
    const names = new Set<string>()
    for (const worker of this.#workers.values()) {
      for (const { attachedName } of worker.volumes) {
        if (attachedName !== undefined) names.add(attachedName)
      }
    }
    return [...names]
  }
}

export function startKubelet(options: KubeletOptions): Kubelet {
  const kubelet = new Kubelet(options)
  kubelet.start()
  return kubelet
}
