import type { Pod } from '#sim/apimachinery/kinds.ts'

/** How many Pods of a group run on each node; nodes without one are absent. */
export type NodeCounts = ReadonlyMap<string, number>

type Group = {
  readonly matches: (pod: Pod) => boolean
  readonly counts: Map<string, number>
}

const GROUPS_MAX = 256

/**
 * Counts, by node, of Pods that a selector of some namespace selects. Spreading and affinity ask
 * for the same few groups again and again; keeping them up to date costs one test a Pod, where
 * counting anew would cost one for each Pod in the cluster and scheduling cycle.
 */
export class PodGroups {
  readonly #groups = new Map<string, Group>()
  readonly #allPods: () => Iterable<readonly [nodeName: string, pod: Pod]>

  constructor(allPods: () => Iterable<readonly [nodeName: string, pod: Pod]>) {
    this.#allPods = allPods
  }

  /** `key` stands for everything that `matches` depends on. */
  counts(key: string, matches: (pod: Pod) => boolean): NodeCounts {
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { matches, counts: new Map() }
      for (const [nodeName, pod] of this.#allPods()) if (matches(pod)) shift(group, nodeName, 1)
      this.#dropOldest()
    } else {
      this.#groups.delete(key)
    }
    // What was asked for last stands last.
    this.#groups.set(key, group)
    return group.counts
  }

  /** Namespaces decide what selectors of namespaces select. */
  clear(): void {
    this.#groups.clear()
  }

  add(nodeName: string, pod: Pod): void {
    for (const group of this.#groups.values()) if (group.matches(pod)) shift(group, nodeName, 1)
  }

  remove(nodeName: string, pod: Pod): void {
    for (const group of this.#groups.values()) if (group.matches(pod)) shift(group, nodeName, -1)
  }

  #dropOldest(): void {
    if (this.#groups.size < GROUPS_MAX) return
    const [oldest] = this.#groups.keys()
    if (oldest !== undefined) this.#groups.delete(oldest)
  }
}

function shift(group: Group, nodeName: string, by: 1 | -1): void {
  const count = (group.counts.get(nodeName) ?? 0) + by
  if (count === 0) group.counts.delete(nodeName)
  else group.counts.set(nodeName, count)
}
