import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import type { EventRecorder } from '#sim/client/event-recorder.ts'
import type { Timings } from '#sim/client/timings.ts'
import type { Random } from '#sim/kernel/random.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Network, NodeNetwork } from '#sim/network/network.ts'
import type { Backoff } from './backoff.ts'
import type { KubeletDialect } from './dialect.ts'
import type { ImagePuller } from './image-puller.ts'
import type { VolumeContext } from './pod-volumes.ts'

/** A container has begun to run, or has ended. */
export type ContainerChange = {
  readonly pod: Pod
  readonly node: string
  readonly container: string
  readonly isRunning: boolean
}

/** What the parts of one node's kubelet share. */
export type NodeContext = {
  readonly simulation: Simulation
  readonly client: Client
  readonly events: EventRecorder
  readonly nodeName: string
  readonly network: Network
  readonly nodeNetwork: NodeNetwork
  readonly timings: Timings
  readonly dialect: KubeletDialect
  readonly random: Random
  readonly puller: ImagePuller
  readonly crashBackoff: Backoff
  readonly volumes: VolumeContext
  readonly apiServiceIp: string
  /** Time between a start and its being seen. */
  readonly lookDelayMs: () => number
  /** Time until the next look at what containers do. */
  readonly relistDelayMs: () => number
  /** Calls back whenever the Node object has changed; returns how to stop. */
  readonly onNodeChange: (listener: () => void) => () => void
  /** A volume was mounted or unmounted: node status lists what is in use. */
  readonly volumesChanged: () => void
  readonly onContainer: (change: ContainerChange) => void
}

/** 64 hexadecimal digits, as runtimes name containers. */
export function containerId(random: Random): string {
  let id = ''
  for (let i = 0; i < 8; i++) {
    id += random.int(0, 0x7fffffff).toString(16).padStart(8, '0')
  }
  return id
}
