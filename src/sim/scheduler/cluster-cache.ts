import type { PodAffinityTerm } from 'kubernetes-types/core/v1'
import type { Node, Pod } from '#sim/apimachinery/kinds.ts'
import { NodeInfo } from './node-info.ts'
import { podFacts, podPriority } from './pod-facts.ts'
import { PodGroups } from './pod-groups.ts'

/** Pods that share one required anti-affinity term, by node. */
export type AntiAffinityGroup = {
  readonly term: PodAffinityTerm
  /** The namespace of its Pods: what a term without namespaces means. */
  readonly namespace: string
  readonly counts: Map<string, number>
}

type Placement = { readonly nodeName: string; readonly pod: Pod }

/**
 * Nodes and the Pods on them as the scheduler reckons: what it has just decided counts before
 * the server shows it.
 */
export class ClusterCache {
  readonly #nodes = new Map<string, NodeInfo>()
  readonly #placements = new Map<string, Placement>()
  readonly #assumed = new Set<string>()
  readonly #antiAffinity = new Map<string, AntiAffinityGroup>()
  readonly #priorities = new Map<number, number>()
  #listed: readonly NodeInfo[] | undefined
  readonly groups: PodGroups

  constructor() {
    this.groups = new PodGroups(() => this.#allPods())
  }

  /** Nodes that exist, in the order in which they appeared. */
  get nodes(): readonly NodeInfo[] {
    this.#listed ??= [...this.#nodes.values()].filter((info) => info.node !== undefined)
    return this.#listed
  }

  get antiAffinityGroups(): Iterable<AntiAffinityGroup> {
    return this.#antiAffinity.values()
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name)
  }

  hasPodsBelow(priority: number): boolean {
    for (const one of this.#priorities.keys()) if (one < priority) return true
    return false
  }

  setNode(node: Node): void {
    const info = this.#infoFor(node.metadata.name)
    if (info.node === undefined) this.#listed = undefined
    info.setNode(node)
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (info === undefined) return
    info.setNode(undefined)
    this.#listed = undefined
    if (info.pods.size === 0) this.#nodes.delete(name)
    else {
      // A node that comes back under this name is listed as a new one.
      this.#nodes.delete(name)
      this.#nodes.set(name, info)
    }
  }

  /** Counts a Pod on a node although the server does not show it there yet. */
  assume(pod: Pod, nodeName: string): void {
    this.#place(pod, nodeName)
    this.#assumed.add(pod.metadata.uid)
  }

  /** Takes an assumption back that did not come true. */
  forget(pod: Pod): void {
    if (this.#assumed.delete(pod.metadata.uid)) this.#displace(pod.metadata.uid)
  }

  isAssumed(uid: string): boolean {
    return this.#assumed.has(uid)
  }

  /** A Pod that the server shows on a node. */
  confirm(pod: Pod): void {
    const nodeName = pod.spec?.nodeName ?? ''
    const { uid } = pod.metadata
    this.#assumed.delete(uid)
    const placed = this.#placements.get(uid)
    if (placed !== undefined && placed.nodeName === nodeName && countsAlike(placed.pod, pod)) {
      this.#placements.set(uid, { nodeName, pod })
      this.#nodes.get(nodeName)?.pods.set(uid, pod)
      return
    }
    this.#displace(uid)
    this.#place(pod, nodeName)
  }

  remove(uid: string): void {
    this.#assumed.delete(uid)
    this.#displace(uid)
  }

  #place(pod: Pod, nodeName: string): void {
    this.#placements.set(pod.metadata.uid, { nodeName, pod })
    this.#infoFor(nodeName).add(pod)
    this.groups.add(nodeName, pod)
    this.#countAntiAffinity(pod, nodeName, 1)
    this.#countPriority(podPriority(pod), 1)
  }

  #displace(uid: string): void {
    const placed = this.#placements.get(uid)
    if (placed === undefined) return
    const { nodeName, pod } = placed
    this.#placements.delete(uid)
    const info = this.#nodes.get(nodeName)
    info?.remove(pod)
    if (info?.node === undefined && info?.pods.size === 0) this.#nodes.delete(nodeName)
    this.groups.remove(nodeName, pod)
    this.#countAntiAffinity(pod, nodeName, -1)
    this.#countPriority(podPriority(pod), -1)
  }

  #infoFor(name: string): NodeInfo {
    let info = this.#nodes.get(name)
    if (info === undefined) {
      info = new NodeInfo(name)
      this.#nodes.set(name, info)
    }
    return info
  }

  #countAntiAffinity(pod: Pod, nodeName: string, by: 1 | -1): void {
    const namespace = pod.metadata.namespace ?? ''
    for (const term of podFacts(pod).requiredAntiAffinity) {
      const key = `${namespace}|${JSON.stringify(term)}`
      let group = this.#antiAffinity.get(key)
      if (group === undefined) {
        group = { term, namespace, counts: new Map() }
        this.#antiAffinity.set(key, group)
      }
      const count = (group.counts.get(nodeName) ?? 0) + by
      if (count === 0) group.counts.delete(nodeName)
      else group.counts.set(nodeName, count)
      if (group.counts.size === 0) this.#antiAffinity.delete(key)
    }
  }

  #countPriority(priority: number, by: 1 | -1): void {
    const count = (this.#priorities.get(priority) ?? 0) + by
    if (count === 0) this.#priorities.delete(priority)
    else this.#priorities.set(priority, count)
  }

  *#allPods(): Iterable<readonly [string, Pod]> {
    for (const { nodeName, pod } of this.#placements.values()) yield [nodeName, pod]
  }
}

/** Status changes come by the dozen and count for nothing here. */
function countsAlike(a: Pod, b: Pod): boolean {
  return (
    a.spec?.containers === b.spec?.containers &&
    a.metadata.labels === b.metadata.labels &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp
  )
}
