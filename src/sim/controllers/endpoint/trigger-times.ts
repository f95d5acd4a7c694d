import type { Pod, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { readyCondition } from './service-pods.ts'

export const LAST_CHANGE_TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

type Seen = { service: string; readonly pods: Map<string, string> }

/**
 * When what is now published happened: the earliest change since the last look, of a Pod's
 * readiness or of the Service itself. Undefined where only something went away.
 *
 * Upstream: endpointslice/util, TriggerTimeTracker, which takes a second change within a second
 * for none.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  /** `changes` are the Pods that came, changed or went (undefined) since the last look, by name. */
  next(service: Service, changes: ReadonlyMap<string, Pod | undefined>): string | undefined {
    const key = objectKey(service)
    const created = service.metadata.creationTimestamp
    let seen = this.#seen.get(key)
    let earliest = seen === undefined || created > seen.service ? created : undefined
    if (seen === undefined) {
      seen = { service: created, pods: new Map() }
      this.#seen.set(key, seen)
    }
    seen.service = created
    for (const [name, pod] of changes) {
      const last = seen.pods.get(name)
      const { lastTransitionTime: time, status = '' } =
        pod === undefined ? {} : (readyCondition(pod) ?? {})
      if (time === undefined || time === null) {
        seen.pods.delete(name)
        continue
      }
      // Times are whole seconds: within one, the status tells what changed.
      const mark = `${time} ${status}`
      seen.pods.set(name, mark)
      const isNew = last === undefined || (mark !== last && time >= last.slice(0, time.length))
      if (isNew && (earliest === undefined || time < earliest)) earliest = time
    }
    return earliest
  }

  forget(serviceKey: string): void {
    this.#seen.delete(serviceKey)
  }
}
