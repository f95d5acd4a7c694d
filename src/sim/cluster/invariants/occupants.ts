import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { ContainerChange } from '#sim/kubelet/kubelet.ts'
import type { Fault } from './pod-order.ts'

/** A Pod whose object was taken away while its node had not let go of it. */
export type ForcedDeletion = { readonly user: string; readonly atMs: number }

type Occupant = { readonly pod: Pod; readonly node: string; containers: number }

export type OccupantsOptions = {
  readonly onFault: (fault: Fault, pod: Pod, user: string) => void
  /** Two Pods of one name run, as was to be expected after a forced deletion. */
  readonly onConsequence: (text: string, pod: Pod, other: Pod) => void
}

/**
 * Which Pods really run, by what nodes do and not by what the API says. Two of one name at a time
 * are what a StatefulSet exists to prevent; only a forced deletion can bring it about.
 */
export class Occupants {
  readonly #options: OccupantsOptions
  /** By the Pods' key, then by uid. */
  readonly #running = new Map<string, Map<string, Occupant>>()
  readonly #forced = new Map<string, ForcedDeletion>()

  constructor(options: OccupantsOptions) {
    this.#options = options
  }

  containerChanged({ pod, node, isRunning }: ContainerChange): void {
    const key = objectKey(pod)
    const { uid } = pod.metadata
    const occupants = this.#running.get(key)
    if (isRunning) {
      if (occupants === undefined) {
        this.#running.set(key, new Map([[uid, { pod, node, containers: 1 }]]))
        return
      }
      const own = occupants.get(uid)
      if (own !== undefined) own.containers++
      else {
        const arriving = { pod, node, containers: 1 }
        for (const other of occupants.values()) this.#meet(arriving, other)
        occupants.set(uid, arriving)
      }
      return
    }
    const own = occupants?.get(uid)
    if (occupants === undefined || own === undefined || --own.containers > 0) return
    occupants.delete(uid)
    if (occupants.size === 0) this.#running.delete(key)
  }

  podRemoved(pod: Pod, user: string, atMs: number): void {
    const { nodeName } = pod.spec ?? {}
    if (nodeName === undefined) return
    const occupant = this.#running.get(objectKey(pod))?.get(pod.metadata.uid)
    if (user !== `system:node:${nodeName}`) {
      this.#forced.set(pod.metadata.uid, { user, atMs })
    } else if (occupant !== undefined) {
      const text = `its node let go of it while ${occupant.containers} containers run`
      this.#options.onFault({ rule: 'one live Pod an ordinal', text }, pod, user)
    }
  }

  #meet(arriving: Occupant, other: Occupant): void {
    const { uid, name } = other.pod.metadata
    const where = `${name} runs on ${arriving.node} and, as uid ${uid}, on ${other.node}`
    const forced = this.#forced.get(uid) ?? this.#forced.get(arriving.pod.metadata.uid)
    if (forced === undefined) {
      const user = `system:node:${arriving.node}`
      this.#options.onFault({ rule: 'one live Pod an ordinal', text: where }, arriving.pod, user)
      return
    }
    this.#options.onConsequence(
      `${where}: a consequence of the forced deletion by ${forced.user} at ${forced.atMs} ms`,
      arriving.pod,
      other.pod,
    )
  }
}
