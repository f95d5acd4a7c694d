import type { Random } from '#sim/kernel/random.ts'

export type TimingProfile = 'instant' | 'kind' | 'cloud'

/**
 * How long the steps of a cluster take, in virtual milliseconds. Each call draws anew, so two
 * Pods that start together do not finish in the same instant.
 */
export type Timings = {
  readonly profile: TimingProfile
  /** From the server to one watcher's cache. */
  readonly watchLatencyMs: () => number
  /** No change takes longer. */
  readonly watchLatencyMsMax: number
  readonly apiWriteMs: () => number
  /**
   * From a controller's waking to its look at the world, where the recordings show the write that
   * follows to come late: a volume is still Pending, and a Deployment without a ReplicaSet, for two
   * requests after they were made. The binder takes it before each pass, the Deployment controller
   * only for a new Deployment.
   */
  readonly leadMs: () => number
  /** One scheduling cycle. */
  readonly schedulingMs: () => number
  /** From the binding to the kubelet's first status. */
  readonly firstStatusMs: () => number
  readonly provisionMs: () => number
  readonly attachMs: () => number
  readonly detachMs: () => number
  readonly mountMs: () => number
  readonly sandboxMs: () => number
  /** An image that is not on the node yet. */
  readonly pullMs: (imageBytes: number) => number
  /** Policy Always, and the image is on the node: only the registry is asked. */
  readonly pullCachedMs: () => number
  readonly createAndStartMs: () => number
  /** From a server's start to its first answer. */
  readonly readyToServeMs: () => number
  /** From SIGTERM to the exit of a program that obeys it. */
  readonly sigtermExitMs: () => number
  readonly stopSandboxMs: () => number
  /** From the terminal status to the kubelet's last DELETE. */
  readonly terminalToDeleteMs: () => number
  readonly endpointsToDnsMs: () => number
  readonly garbageCollectorMs: () => number
}

type Span = readonly [minMs: number, maxMs: number]
type Spans = {
  readonly [K in Exclude<keyof Timings, 'profile' | 'pullMs' | 'watchLatencyMsMax'>]: Span
} & { readonly pull: { readonly baseMs: number; readonly bytesPerMs: number } }

const PROFILES = {
  instant: {
    watchLatencyMs: [1, 1],
    apiWriteMs: [0, 0],
    leadMs: [0, 0],
    schedulingMs: [1, 1],
    firstStatusMs: [1, 1],
    provisionMs: [1, 1],
    attachMs: [0, 0],
    detachMs: [0, 0],
    mountMs: [1, 1],
    sandboxMs: [1, 1],
    pull: { baseMs: 1, bytesPerMs: Infinity },
    pullCachedMs: [0, 0],
    createAndStartMs: [1, 1],
    readyToServeMs: [0, 0],
    sigtermExitMs: [0, 0],
    stopSandboxMs: [0, 0],
    terminalToDeleteMs: [1, 1],
    endpointsToDnsMs: [1, 1],
    garbageCollectorMs: [1, 1],
  },
  kind: {
    watchLatencyMs: [1, 4],
    apiWriteMs: [0, 2],
    leadMs: [10, 10],
    schedulingMs: [5, 15],
    firstStatusMs: [20, 60],
    provisionMs: [1500, 3000],
    attachMs: [0, 0],
    detachMs: [0, 0],
    mountMs: [80, 250],
    sandboxMs: [250, 500],
    pull: { baseMs: 800, bytesPerMs: 12_000 },
    pullCachedMs: [400, 900],
    createAndStartMs: [150, 300],
    readyToServeMs: [5, 20],
    sigtermExitMs: [20, 80],
    stopSandboxMs: [100, 300],
    terminalToDeleteMs: [300, 1200],
    endpointsToDnsMs: [20, 100],
    garbageCollectorMs: [20, 100],
  },
  // Calibrated on the tutorial: 18 or 19 s from creation to Running, also where the image is on
  // the node and the volume exists, so it is the attachment that takes the time.
  cloud: {
    watchLatencyMs: [5, 30],
    apiWriteMs: [2, 10],
    // Nobody sees it where a Pod takes many seconds.
    leadMs: [0, 0],
    schedulingMs: [10, 50],
    firstStatusMs: [50, 150],
    provisionMs: [200, 400],
    attachMs: [16_600, 16_750],
    detachMs: [5000, 10_000],
    mountMs: [550, 750],
    sandboxMs: [500, 650],
    pull: { baseMs: 100, bytesPerMs: 400_000 },
    pullCachedMs: [500, 1000],
    createAndStartMs: [250, 350],
    readyToServeMs: [10, 50],
    sigtermExitMs: [50, 150],
    stopSandboxMs: [200, 500],
    terminalToDeleteMs: [500, 1500],
    endpointsToDnsMs: [50, 500],
    garbageCollectorMs: [50, 500],
  },
} as const satisfies Record<TimingProfile, Spans>

export function createTimings(profile: TimingProfile, random: Random): Timings {
  const spans: Spans = PROFILES[profile]
  const draw = ([minMs, maxMs]: Span) =>
    minMs === maxMs ? () => minMs : () => random.uniform(minMs, maxMs)
  return {
    profile,
    watchLatencyMs: draw(spans.watchLatencyMs),
    watchLatencyMsMax: spans.watchLatencyMs[1],
    apiWriteMs: draw(spans.apiWriteMs),
    leadMs: draw(spans.leadMs),
    schedulingMs: draw(spans.schedulingMs),
    firstStatusMs: draw(spans.firstStatusMs),
    provisionMs: draw(spans.provisionMs),
    attachMs: draw(spans.attachMs),
    detachMs: draw(spans.detachMs),
    mountMs: draw(spans.mountMs),
    sandboxMs: draw(spans.sandboxMs),
    pullMs: (imageBytes) => spans.pull.baseMs + imageBytes / spans.pull.bytesPerMs,
    pullCachedMs: draw(spans.pullCachedMs),
    createAndStartMs: draw(spans.createAndStartMs),
    readyToServeMs: draw(spans.readyToServeMs),
    sigtermExitMs: draw(spans.sigtermExitMs),
    stopSandboxMs: draw(spans.stopSandboxMs),
    terminalToDeleteMs: draw(spans.terminalToDeleteMs),
    endpointsToDnsMs: draw(spans.endpointsToDnsMs),
    garbageCollectorMs: draw(spans.garbageCollectorMs),
  }
}
