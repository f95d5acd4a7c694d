import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { Client } from '#sim/client/client.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Preemption } from './preemption.ts'
import type { EventSink } from './scheduler-events.ts'

/** What the scheduler writes about Pods, beside binding them. */
export class PodReports {
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #events: EventSink
  readonly #schedulerName: string

  constructor(simulation: Simulation, client: Client, events: EventSink, schedulerName: string) {
    this.#simulation = simulation
    this.#client = client
    this.#events = events
    this.#schedulerName = schedulerName
  }

  /** An event at every attempt; the condition only when it says something new. */
  unscheduled(
    pod: Pod,
    reason: 'Unschedulable' | 'SchedulerError',
    message: string,
    nominatedNodeName?: string,
  ): void {
    this.#events.record(pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      note: message,
    })
    const old = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const isSame = old?.status === 'False' && old.reason === reason && old.message === message
    if (isSame && nominatedNodeName === undefined) return
    const lastTransitionTime = old?.status === 'False' ? old.lastTransitionTime : this.#timestamp()
    const condition = { type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime }
    try {
      this.#patchStatus(pod, {
        conditions: [condition],
        ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
      })
    } catch (error) {
      if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
    }
  }

  /** Where the Pod is expected to go, while its volumes are made ready. */
  nominate(pod: Pod, nominatedNodeName: string): void {
    this.#patchStatus(pod, { nominatedNodeName })
  }

  /** Makes room for a Pod: those in its way are told why, and deleted with their grace. */
  evict(pod: Pod, { info, victims }: Preemption): void {
    for (const victim of victims) {
      const { name, namespace, uid } = victim.metadata
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${this.#schedulerName}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: this.#timestamp(),
      }
      try {
        this.#patchStatus(victim, { conditions: [condition] })
        this.#client.resource('pods').delete(name, namespace, { preconditions: { uid } })
      } catch (error) {
        if (!isStatusReason(error, 'NotFound', 'Conflict')) throw error
        continue
      }
      this.#events.record(victim, {
        type: 'Normal',
        reason: 'Preempted',
        action: 'Preempting',
        note: `Preempted by pod ${pod.metadata.uid} on node ${info.name}`,
      })
    }
  }

  #patchStatus(pod: Pod, status: object): void {
    const { name, namespace, uid } = pod.metadata
    const body = { metadata: { uid }, status }
    this.#client
      .resource('pods')
      .patch(name, namespace, body, { type: 'strategic', subresource: 'status' })
  }

  #timestamp(): string {
    return `${new Date(this.#simulation.unixMs).toISOString().slice(0, 19)}Z`
  }
}
