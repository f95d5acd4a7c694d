import type { Pod, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { readyCondition } from './service-pods.ts'

export const LAST_CHANGE_TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

type Seen = { readonly service: string; readonly pods: ReadonlyMap<string, string> }

/**
 * When what is now published happened: the earliest change since the last look, of a Pod's
 * readiness or of the Service itself. Undefined where only something went away.
 *
 * Upstream: endpointslice/util, TriggerTimeTracker.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  next(service: Service, pods: readonly Pod[]): string | undefined {
    const key = objectKey(service)
    const before = this.#seen.get(key)
    const times = new Map<string, string>()
    let earliest: string | undefined
    const consider = (time: string, last: string | undefined): void => {
      if (last !== undefined && time <= last) return
      if (earliest === undefined || time < earliest) earliest = time
    }
    for (const pod of pods) {
      const time = readyCondition(pod)?.lastTransitionTime
      if (time === undefined || time === null) continue
      times.set(pod.metadata.name, time)
      consider(time, before?.pods.get(pod.metadata.name))
    }
    consider(service.metadata.creationTimestamp, before?.service)
    this.#seen.set(key, { service: service.metadata.creationTimestamp, pods: times })
    return earliest
  }

  forget(serviceKey: string): void {
    this.#seen.delete(serviceKey)
  }
}
