import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Timer } from '#sim/kernel/simulation.ts'
import type { NodeContext } from './node-context.ts'
import { type PodCondition, type PodStatus, seconds } from './pod-status.ts'
import { statusPatch } from './status-patch.ts'

const RECONCILE_MS = 10_000

/**
 * Sends one Pod's status to the server: only what differs from what is stored, and again when
 * somebody else has changed it.
 *
 * Upstream: pkg/kubelet/status/status_manager.go.
 */
export class PodStatusWriter {
  readonly #context: NodeContext
  readonly #key: string
  /** The newest state of the object that is known: from the watch or from an own write. */
  #stored: Pod
  #written: PodStatus | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(context: NodeContext, key: string, pod: Pod) {
    this.#context = context
    this.#key = key
    this.#stored = pod
  }

  /** Conditions as they were told last; a condition that keeps its status keeps its time. */
  get conditions(): readonly PodCondition[] {
    return this.#written?.conditions ?? this.#stored.status?.conditions ?? []
  }

  /** A new state of the object from the watch; what an own write brought about is known already. */
  observe(pod: Pod): void {
    const version = Number(pod.metadata.resourceVersion)
    if (version <= Number(this.#stored.metadata.resourceVersion)) return
    this.#stored = pod
    // The node controller may have taken Ready away while the node was out of sight.
    const written = this.#written
    if (written !== undefined && statusPatch(pod, written) !== undefined) this.#writeLater()
  }

  write(status: PodStatus): void {
    this.#written = status
    if (this.#isClosed) return
    const patch = statusPatch(this.#stored, status)
    if (patch === undefined) return
    const { name, namespace } = this.#stored.metadata
    try {
      this.#stored = this.#context.client
        .resource('pods')
        .patch(name, namespace, patch, { type: 'strategic', subresource: 'status' })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      // Not found, or another Pod by this name: the watch will tell. Everything else passes.
      if (error.code !== 404 && error.code !== 409) this.#writeLater()
    }
  }

  /** Tells this one condition; the Pod's address goes out with the next full status. */
  writeSandboxReady(): void {
    const written = this.#written
    if (written === undefined) return
    const now = seconds(this.#context.simulation.unixMs)
    const conditions = (written.conditions ?? []).map((one) =>
      one.type === 'PodReadyToStartContainers' && one.status !== 'True'
        ? { ...one, status: 'True', lastTransitionTime: now }
        : one,
    )
    this.write({ ...written, conditions })
  }

  /** The status as it was told last, with nothing but the readiness of its containers renewed. */
  writeReadiness(next: PodStatus): void {
    const written = this.#written
    if (written === undefined) return
    const status: PodStatus = { ...written }
    const containerStatuses = renewed(written.containerStatuses, next.containerStatuses)
    if (containerStatuses !== undefined) status.containerStatuses = containerStatuses
    const init = renewed(written.initContainerStatuses, next.initContainerStatuses)
    if (init !== undefined) status.initContainerStatuses = init
    status.conditions = (written.conditions ?? []).map((one) => {
      const isReadiness = one.type === 'Ready' || one.type === 'ContainersReady'
      return (isReadiness && next.conditions?.find((other) => other.type === one.type)) || one
    })
    this.write(status)
  }

  /** Nothing more is sent: the object is gone, or the kubelet has done with it. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #writeLater(): void {
    const { simulation, random } = this.#context
    this.#timer?.cancel()
    this.#timer = simulation.after(
      RECONCILE_MS * random.uniform(0.1, 1),
      () => {
        if (this.#written !== undefined) this.write(this.#written)
      },
      { label: `pod/${this.#key}/reconcile` },
    )
  }
}

function renewed(
  told: readonly core.ContainerStatus[] | undefined,
  next: readonly core.ContainerStatus[] = [],
): core.ContainerStatus[] | undefined {
  return told?.map((status) => {
    const found = next.find((one) => one.name === status.name)
    // A container that has started since is told with all that belongs to it, by a sync.
    if (found === undefined || stateName(status) !== stateName(found)) return status
    const { ready, started } = found
    return { ...status, ready, ...(started === undefined ? {} : { started }) }
  })
}

function stateName(status: core.ContainerStatus): string | undefined {
  return Object.keys(status.state ?? {})[0]
}
