import type * as core from 'kubernetes-types/core/v1'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import type { Lease, Node } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation, Timer } from '#sim/kernel/simulation.ts'
import type { NodeNetwork } from '#sim/network/network.ts'
import type { KubeletDialect } from './dialect.ts'
import { seconds } from './pod-status.ts'

/** Amounts by resource: `cpu`, `memory`, `pods`, and what else a node may have. */
export type NodeCapacity = Readonly<Record<string, string>>

export type NodePressure = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure'

export type NodeAgentOptions = {
  readonly simulation: Simulation
  readonly client: Client
  readonly events: EventRecorder
  readonly nodeName: string
  readonly nodeNetwork: NodeNetwork
  readonly capacity: NodeCapacity
  readonly labels: Readonly<Record<string, string>>
  readonly dialect: KubeletDialect
  readonly random: Random
  /** Attachable disks that are mounted. */
  readonly volumesInUse: () => readonly string[]
  readonly images: () => readonly { names: readonly string[]; sizeBytes: number }[]
}

const LEASE_PERIOD_MS = 10_000
const LEASE_DURATION_SECONDS = 40
const STATUS_PERIOD_MS = 10_000
const UNCHANGED_REPORT_MS = 300_000
const LEASE_NAMESPACE = 'kube-node-lease'
const IMAGES_MAX = 50

const HEALTHY: readonly (readonly [type: NodePressure, reason: string, message: string])[] = [
  ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
]

const PRESSED: Readonly<Record<NodePressure, readonly [reason: string, message: string]>> = {
  MemoryPressure: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
  DiskPressure: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
  PIDPressure: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
}

/**
 * What a kubelet says about its node: the Node object, its heartbeats and its status.
 * Upstream: pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go.
 */
export class NodeAgent {
  readonly #options: NodeAgentOptions
  readonly #pressures = new Set<NodePressure>()
  #notReady: string | undefined
  #bootId: string
  #lastReportAtMs = -Infinity
  #nextReportMs = UNCHANGED_REPORT_MS
  #leaseTimer: Timer | undefined
  #statusTimer: Timer | undefined
  #nextStatusAtMs = 0
  #isDirty = false
  #isStopped = false
  #isRegistered = false

  constructor(options: NodeAgentOptions) {
    this.#options = options
    this.#bootId = this.#newBootId()
  }

  /** Registers the node, or finds it registered after a restart. */
  start(): void {
    this.#isStopped = false
    this.#tryRegister()
    this.#renewLease()
    this.#scheduleLease()
    this.#scheduleStatus(STATUS_PERIOD_MS)
  }

  stop(): void {
    this.#isStopped = true
    this.#isRegistered = false
    this.#leaseTimer?.cancel()
    this.#statusTimer?.cancel()
  }

  rebooted(): void {
    this.#bootId = this.#newBootId()
  }

  setPressure(type: NodePressure, isPressed: boolean): void {
    if (isPressed) this.#pressures.add(type)
    else this.#pressures.delete(type)
    this.statusChanged()
  }

  /** The node says itself that it is not ready, such as for want of a network; undefined heals it. */
  setNotReady(message: string | undefined): void {
    this.#notReady = message
    this.statusChanged()
  }

  /** Something that status tells has changed: it goes out with the next tick, at the latest. */
  statusChanged(): void {
    if (this.#isDirty || this.#isStopped) return
    this.#isDirty = true
    const { simulation } = this.#options
    const leftMs = Math.max(0, this.#nextStatusAtMs - simulation.now)
    // The world is not at rest while somebody waits to hear of it.
    simulation.after(leftMs, () => this.#reportIfChanged(), {
      label: `kubelet/${this.#options.nodeName}/status`,
    })
  }

  #newBootId(): string {
    const { random } = this.#options
    const digits = (count: number) =>
      Array.from({ length: count }, () => random.int(0, 15).toString(16)).join('')
    return `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`
  }

  // A server that cannot be reached yet is asked again with each tick.
  #tryRegister(): void {
    try {
      this.#register()
      this.#isRegistered = true
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  }

  #register(): void {
    const { client, nodeName, labels, nodeNetwork, events, simulation } = this.#options
    const known = this.#find()
    if (known !== undefined) {
      const old = known.status?.nodeInfo?.bootID
      if (old !== undefined && old !== this.#bootId) {
        const message = `Node ${nodeName} has been rebooted, boot id: ${this.#bootId}`
        events.record(known, { type: 'Warning', reason: 'Rebooted', message })
      }
      this.#isDirty = true
      this.#reportIfChanged()
      return
    }
    const host = { 'kubernetes.io/hostname': nodeName }
    const platform = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' }
    const created = client.resource('nodes').create({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: nodeName,
        labels: {
          'beta.kubernetes.io/arch': 'amd64',
          'beta.kubernetes.io/os': 'linux',
          ...platform,
          ...host,
          ...labels,
        },
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      },
      // Simplified: the address range is the kubelet's own, not a controller's to hand out.
      spec: { podCIDR: nodeNetwork.podCidr, podCIDRs: [nodeNetwork.podCidr] },
    })
    events.record(created, { type: 'Normal', reason: 'Starting', message: 'Starting kubelet.' })
    this.#write(this.#status(created))
    for (const reason of [
      'NodeHasSufficientMemory',
      'NodeHasNoDiskPressure',
      'NodeHasSufficientPID',
    ]) {
      const message = `Node ${nodeName} status is now: ${reason}`
      events.record(created, { type: 'Normal', reason, message })
    }
    events.record(created, {
      type: 'Normal',
      reason: 'NodeAllocatableEnforced',
      message: 'Updated Node Allocatable limit across pods',
    })
    const message = `Node ${nodeName} status is now: NodeReady`
    events.record(created, { type: 'Normal', reason: 'NodeReady', message })
    this.#lastReportAtMs = simulation.now
  }

  #find(): Node | undefined {
    return this.#options.client.resource('nodes').find(this.#options.nodeName)
  }

  #scheduleStatus(delayMs: number): void {
    const { simulation, nodeName } = this.#options
    this.#nextStatusAtMs = simulation.now + delayMs
    this.#statusTimer?.cancel()
    this.#statusTimer = simulation.after(
      delayMs,
      () => {
        if (this.#isRegistered) this.#reportIfChanged()
        else this.#tryRegister()
        this.#scheduleStatus(STATUS_PERIOD_MS)
      },
      { label: `kubelet/${nodeName}/status`, periodic: true },
    )
  }

  #reportIfChanged(): void {
    if (this.#isStopped) return
    this.#isDirty = false
    const { simulation, random } = this.#options
    try {
      const stored = this.#find()
      // A Node that somebody deleted is registered again only by a restart.
      if (stored === undefined) return
      const status = this.#status(stored)
      const isDue = simulation.now - this.#lastReportAtMs >= this.#nextReportMs
      if (!isDue && !differs(stored.status ?? {}, status)) return
      this.#tellScheduling(stored)
      this.#write(status)
      this.#lastReportAtMs = simulation.now
      this.#nextReportMs = UNCHANGED_REPORT_MS * random.uniform(0.5, 1.5)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  }

  #wasUnschedulable = false

  #tellScheduling(node: Node): void {
    const isUnschedulable = node.spec?.unschedulable === true
    if (isUnschedulable === this.#wasUnschedulable) return
    this.#wasUnschedulable = isUnschedulable
    const reason = isUnschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable'
    const message = `Node ${this.#options.nodeName} status is now: ${reason}`
    this.#options.events.record(node, { type: 'Normal', reason, message })
  }

  /** The Node object has changed: a cordon is told as an event. */
  nodeChanged(node: Node): void {
    this.#tellScheduling(node)
  }

  #write(status: core.NodeStatus): void {
    const { client, nodeName } = this.#options
    client
      .resource('nodes')
      .patch(nodeName, undefined, { status }, { type: 'strategic', subresource: 'status' })
  }

  #status(stored: Node): core.NodeStatus {
    const { capacity, nodeNetwork, nodeName, dialect, images, volumesInUse } = this.#options
    const full = { 'ephemeral-storage': '100Gi', ...capacity }
    const inUse = [...volumesInUse()].sort()
    const hadVolumes = stored.status?.volumesInUse !== undefined
    return {
      capacity: full,
      allocatable: full,
      conditions: this.#conditions(stored),
      addresses: [
        { type: 'InternalIP', address: nodeNetwork.ip },
        { type: 'Hostname', address: nodeName },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: machineId(nodeName),
        systemUUID: machineId(nodeName),
        bootID: this.#bootId,
        kernelVersion: dialect.name === '1.10' ? '4.4.121-k8s' : '6.12.48+deb13-amd64',
        osImage:
          dialect.name === '1.10'
            ? 'Debian GNU/Linux 8 (jessie)'
            : 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion:
          dialect.runtimeScheme === 'docker' ? 'docker://17.3.2' : 'containerd://2.2.0',
        kubeletVersion: dialect.version,
        kubeProxyVersion: dialect.name === '1.10' ? dialect.version : '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
      images: images()
        .slice(0, IMAGES_MAX)
        .map(({ names, sizeBytes }) => ({ names: [...names], sizeBytes })),
      // Gone altogether when nothing is in use, which a patch says with null.
      ...(inUse.length > 0
        ? { volumesInUse: inUse }
        : hadVolumes
          ? { volumesInUse: null as never }
          : {}),
    }
  }

  #conditions(stored: Node): core.NodeCondition[] {
    const now = seconds(this.#options.simulation.unixMs)
    const conditions: core.NodeCondition[] = []
    const put = (type: string, status: string, reason: string, message: string) => {
      const old = stored.status?.conditions?.find((one) => one.type === type)
      const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now
      conditions.push({
        type,
        status,
        lastHeartbeatTime: now,
        lastTransitionTime,
        reason,
        message,
      })
    }
    for (const [type, reason, message] of HEALTHY) {
      const isPressed = this.#pressures.has(type)
      const [pressedReason, pressedMessage] = PRESSED[type]
      if (isPressed) put(type, 'True', pressedReason, pressedMessage)
      else put(type, 'False', reason, message)
    }
    if (this.#notReady === undefined) {
      put('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
    } else put('Ready', 'False', 'KubeletNotReady', this.#notReady)
    return conditions
  }

  #scheduleLease(): void {
    const { simulation, nodeName } = this.#options
    this.#leaseTimer = simulation.after(
      LEASE_PERIOD_MS,
      () => {
        this.#renewLease()
        this.#scheduleLease()
      },
      { label: `kubelet/${nodeName}/lease`, periodic: true },
    )
  }

  #renewLease(): void {
    const { client, nodeName, simulation } = this.#options
    const leases = client.resource('leases')
    const renewTime = `${new Date(simulation.unixMs).toISOString().slice(0, 23)}000Z`
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: LEASE_DURATION_SECONDS,
      renewTime,
    }
    try {
      const known = leases.find(nodeName, LEASE_NAMESPACE)
      if (known !== undefined) {
        leases.update({ ...known, spec: { ...known.spec, ...spec } })
        return
      }
      const owner = this.#find()
      const ownerReferences =
        owner === undefined
          ? []
          : [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: owner.metadata.uid }]
      const lease: Omit<Lease, 'metadata'> & { metadata: Partial<Lease['metadata']> } = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: nodeName, namespace: LEASE_NAMESPACE, ownerReferences },
        spec,
      }
      leases.create(lease)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  }
}

/** Whether anything but heartbeat times differs from what is stored. */
function differs(stored: core.NodeStatus, wanted: core.NodeStatus): boolean {
  const plain = (conditions: readonly core.NodeCondition[] = []) =>
    new Map(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]))
  const before = plain(stored.conditions)
  for (const [type, text] of plain(wanted.conditions)) if (before.get(type) !== text) return true
  return (
    !semanticallyEqual(stored.volumesInUse, wanted.volumesInUse) ||
    (stored.images ?? []).length !== (wanted.images ?? []).length ||
    !semanticallyEqual(stored.nodeInfo, wanted.nodeInfo)
  )
}

function machineId(nodeName: string): string {
  let hash = 0x811c9dc5
  let id = ''
  for (let lane = 0; lane < 4; lane++) {
    for (let i = 0; i < nodeName.length; i++) {
      hash = Math.imul(hash ^ (nodeName.charCodeAt(i) + lane), 0x01000193)
    }
    id += (hash >>> 0).toString(16).padStart(8, '0')
  }
  return id
}
