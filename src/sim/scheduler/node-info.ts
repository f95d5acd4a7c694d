import { type HostPort, hostPortsConflict } from '#sim/apimachinery/host-ports.ts'
import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { type Amounts, amountsOf, podFacts } from './pod-facts.ts'

/** One node with the sum of what runs on it, kept up to date Pod by Pod. */
export class NodeInfo {
  readonly name: string
  node: Node | undefined
  allocatable: Amounts = new Map()
  readonly pods = new Map<string, Pod>()
  readonly requested = new Map<string, number>()
  scoredCpu = 0
  scoredMemory = 0
  readonly #hostPorts: HostPort[] = []

  constructor(name: string) {
    this.name = name
  }

  setNode(node: Node | undefined): void {
    if (node?.status?.allocatable !== this.node?.status?.allocatable)
      this.allocatable = amountsOf(node?.status?.allocatable)
    this.node = node
  }

  add(pod: Pod): void {
    this.pods.set(pod.metadata.uid, pod)
    this.#count(pod, 1)
  }

  remove(pod: Pod): void {
    if (!this.pods.delete(pod.metadata.uid)) return
    this.#count(pod, -1)
  }

  /** A copy as it would be without some Pods and with others. */
  changed(change: { without?: ReadonlySet<string>; with?: readonly Pod[] }): NodeInfo {
    const copy = new NodeInfo(this.name)
    copy.setNode(this.node)
    for (const pod of this.pods.values()) {
      if (change.without?.has(pod.metadata.uid) !== true) copy.add(pod)
    }
    for (const pod of change.with ?? []) copy.add(pod)
    return copy
  }

  hasConflict(wanted: HostPort): boolean {
    return this.#hostPorts.some((used) => hostPortsConflict(used, wanted))
  }

  #count(pod: Pod, sign: 1 | -1): void {
    const facts = podFacts(pod)
    for (const [resource, amount] of facts.requests)
      this.requested.set(resource, (this.requested.get(resource) ?? 0) + sign * amount)
    this.scoredCpu += sign * facts.scoredCpu
    this.scoredMemory += sign * facts.scoredMemory
    for (const port of facts.hostPorts) {
      if (sign === 1) this.#hostPorts.push(port)
      else this.#dropPort(port)
    }
  }

  #dropPort(port: HostPort): void {
    const at = this.#hostPorts.findIndex(
      (used) => used.port === port.port && used.protocol === port.protocol && used.ip === port.ip,
    )
    if (at >= 0) this.#hostPorts.splice(at, 1)
  }
}
