import type { Container } from 'kubernetes-types/core/v1'
import { type HostPort, hostPorts, hostPortsConflict } from '#sim/apimachinery/host-ports.ts'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { numberSums, podAmounts } from '#sim/apimachinery/pod-amounts.ts'
import { quantityMillis, quantityValue } from '#sim/apimachinery/quantity.ts'
import type { NodeCapacity } from './node-agent.ts'
import type { PodVerdict } from './pod-worker.ts'

type Amounts = Map<string, number>

/** What the Pods of one node have asked for, and whether one more fits. */
export class NodeResources {
  readonly #capacity: NodeCapacity
  readonly #labels: () => Readonly<Record<string, string>>
  readonly #used: Amounts = new Map()
  readonly #requests = new Map<string, Amounts>()
  readonly #ports = new Map<string, readonly HostPort[]>()

  constructor(capacity: NodeCapacity, labels: () => Readonly<Record<string, string>>) {
    this.#capacity = capacity
    this.#labels = labels
  }

  /** Counts the Pod, or says why it cannot be taken. */
  admit(pod: Pod): PodVerdict | undefined {
    const { uid } = pod.metadata
    if (this.#requests.has(uid)) return undefined
    const podsMax = Number(this.#capacity['pods'] ?? 110)
    if (this.#requests.size + 1 > podsMax) {
      return outOf('pods', 1, this.#requests.size, podsMax)
    }
    const labels = this.#labels()
    for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) {
      if (labels[key] !== value) {
        return reject(
          'NodeAffinity',
          "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        )
      }
    }
    const requests = podRequests(pod)
    for (const [resource, amount] of requests) {
      const capacity = amountOf(resource, this.#capacity[resource] ?? '0')
      const used = this.#used.get(resource) ?? 0
      const isCounted = resource !== 'ephemeral-storage' && amount > 0
      if (isCounted && used + amount > capacity) return outOf(resource, amount, used, capacity)
    }
    const ports = pod.spec === undefined ? [] : hostPorts(pod.spec)
    if (ports.some((port) => this.#isTaken(port))) {
      return reject(
        'NodePorts',
        "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
      )
    }
    if (ports.length > 0) this.#ports.set(uid, ports)
    this.#requests.set(uid, requests)
    for (const [resource, amount] of requests) this.#add(resource, amount)
    return undefined
  }

  release(uid: string): void {
    const requests = this.#requests.get(uid)
    if (requests === undefined) return
    this.#requests.delete(uid)
    this.#ports.delete(uid)
    for (const [resource, amount] of requests) this.#add(resource, -amount)
  }

  clear(): void {
    this.#requests.clear()
    this.#ports.clear()
    this.#used.clear()
  }

  #isTaken(wanted: HostPort): boolean {
    for (const ports of this.#ports.values()) {
      if (ports.some((used) => hostPortsConflict(used, wanted))) return true
    }
    return false
  }

  #add(resource: string, amount: number): void {
    this.#used.set(resource, (this.#used.get(resource) ?? 0) + amount)
  }
}

function outOf(resource: string, requested: number, used: number, capacity: number): PodVerdict {
  return reject(
    `OutOf${resource}`,
    `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  )
}

function reject(reason: string, text: string): PodVerdict {
  return { reason, message: `Pod was rejected: ${text}` }
}

function amountOf(resource: string, text: string): number {
  return resource === 'cpu' ? quantityMillis(text) : quantityValue(text)
}

function podRequests({ spec }: Pod): Amounts {
  return spec === undefined ? new Map() : podAmounts(spec, requestsOf, numberSums)
}

function requestsOf({ resources }: Container): Map<string, number> {
  const requests = Object.entries((resources?.requests ?? {}) as Record<string, string>)
  return new Map(requests.map(([resource, text]) => [resource, amountOf(resource, text)]))
}
