import type { Pod, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { readyCondition } from './service-pods.ts'

export const LAST_CHANGE_TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

type Seen = { readonly service: string; readonly pods: ReadonlyMap<string, string> }

/**
 * When what is now published happened: the earliest change since the last look, of a Pod's
 * readiness or of the Service itself. Undefined where only something went away.
 *
 * Upstream: endpointslice/util, TriggerTimeTracker, which takes a second change within a second
 * for none.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  next(service: Service, pods: readonly Pod[]): string | undefined {
    const key = objectKey(service)
    const before = this.#seen.get(key)
    const times = new Map<string, string>()
    let earliest: string | undefined
    const consider = (time: string): void => {
      if (earliest === undefined || time < earliest) earliest = time
    }
    for (const pod of pods) {
      const { lastTransitionTime: time, status = '' } = readyCondition(pod) ?? {}
      if (time === undefined || time === null) continue
      // Times are whole seconds: within one, the status tells what changed.
      const mark = `${time} ${status}`
      const last = before?.pods.get(pod.metadata.name)
      times.set(pod.metadata.name, mark)
      if (last === undefined || (mark !== last && time >= last.slice(0, time.length)))
        consider(time)
    }
    const created = service.metadata.creationTimestamp
    if (before === undefined || created > before.service) consider(created)
    this.#seen.set(key, { service: service.metadata.creationTimestamp, pods: times })
    return earliest
  }

  forget(serviceKey: string): void {
    this.#seen.delete(serviceKey)
  }
}
