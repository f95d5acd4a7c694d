import type { Pod, Service } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { Informer } from '#sim/client/informer.ts'

/**
 * Which Pods each Service selects, kept Pod by Pod: no change makes anyone look at all the Pods of
 * a namespace, but for a new or changed selector.
 */
export class ServicePods {
  readonly #pods: Informer<Pod>
  readonly #onAffected: (serviceKey: string) => void
  readonly #members = new Map<string, Map<string, Pod>>()
  readonly #changes = new Map<string, Map<string, Pod | undefined>>()
  readonly #selecting = new Map<string, Selecting>()
  /** Every selecting Service by one term of its selector: a Pod meets only those it may concern. */
  readonly #byTerm = new Map<string, Set<string>>()
  #selectingTotal = 0
  readonly #servicesByPod = new Map<string, Set<string>>()

  constructor(
    services: Informer<Service>,
    pods: Informer<Pod>,
    onAffected: (serviceKey: string) => void,
  ) {
    this.#pods = pods
    this.#onAffected = onAffected
    pods.addIndex('namespace', (pod) => [pod.metadata.namespace ?? ''])
    services.onChange({
      added: (service) => this.#onService(service),
      updated: (_old, service) => this.#onService(service),
      deleted: (service) => {
        this.#dropService(objectKey(service))
        onAffected(objectKey(service))
      },
    })
    pods.onChange({
      added: (pod) => this.#onPod(pod),
      updated: (old, pod) => {
        if (countsFor(old, pod)) this.#onPod(pod)
        else this.#replace(pod)
      },
      deleted: (pod) => this.#onPodGone(pod),
    })
  }

  /** In the order in which they came to be selected. */
  podsOf(serviceKey: string): Iterable<Pod> {
    return this.#members.get(serviceKey)?.values() ?? []
  }

  /** By name, the Pods that came, changed or (undefined) went since this was last asked. */
  takeChanges(serviceKey: string): ReadonlyMap<string, Pod | undefined> {
    const changes = this.#changes.get(serviceKey)
    this.#changes.delete(serviceKey)
    return changes ?? NO_CHANGES
  }

  count(serviceKey: string): number {
    return this.#members.get(serviceKey)?.size ?? 0
  }

  #onService(service: Service): void {
    const key = objectKey(service)
    const namespace = service.metadata.namespace ?? ''
    const selector = service.spec?.selector
    if (selector === undefined || Object.keys(selector).length === 0) this.#dropService(key)
    else if (!isSame(this.#selecting.get(key)?.selector, selector)) {
      this.#dropService(key)
      const [[label, value] = ['', '']] = Object.entries(selector)
      const term = termOf(namespace, label, value)
      this.#selecting.set(key, { selector, term, order: this.#selectingTotal++ })
      this.#members.set(key, new Map())
      addTo(this.#byTerm, term, key)
      for (const pod of this.#pods.byIndex('namespace', namespace))
        if (selects(selector, pod)) this.#join(key, pod)
    }
    this.#onAffected(key)
  }

  #dropService(key: string): void {
    for (const [podKey, pod] of this.#members.get(key) ?? []) {
      this.#servicesByPod.get(podKey)?.delete(key)
      this.#noteChange(key, pod.metadata.name, undefined)
    }
    this.#members.delete(key)
    const term = this.#selecting.get(key)?.term ?? ''
    this.#selecting.delete(key)
    const keys = this.#byTerm.get(term)
    if (keys?.delete(key) === true && keys.size === 0) this.#byTerm.delete(term)
  }

  #onPod(pod: Pod): void {
    const podKey = objectKey(pod)
    const affected = new Set(this.#servicesByPod.get(podKey))
    const selecting = this.#servicesOf(pod)
    for (const key of affected) if (!selecting.includes(key)) this.#leave(key, podKey)
    for (const key of selecting) {
      this.#join(key, pod)
      affected.add(key)
    }
    for (const key of affected) this.#onAffected(key)
  }

  /** The Services that select a Pod, in the order in which they came. */
  #servicesOf(pod: Pod): readonly string[] {
    const found: { readonly key: string; readonly order: number }[] = []
    for (const [label, value] of Object.entries(pod.metadata.labels ?? {})) {
      const keys = this.#byTerm.get(termOf(pod.metadata.namespace ?? '', label, value))
      for (const key of keys ?? []) {
        const selecting = this.#selecting.get(key)
        if (selecting !== undefined && selects(selecting.selector, pod))
          found.push({ key, order: selecting.order })
      }
    }
    return found.sort((a, b) => a.order - b.order).map(({ key }) => key)
  }

  #onPodGone(pod: Pod): void {
    const podKey = objectKey(pod)
    for (const key of [...(this.#servicesByPod.get(podKey) ?? [])]) {
      this.#leave(key, podKey)
      this.#onAffected(key)
    }
    this.#servicesByPod.delete(podKey)
  }

  /** A change that no Service cares for. */
  #replace(pod: Pod): void {
    const podKey = objectKey(pod)
    for (const key of this.#servicesByPod.get(podKey) ?? []) this.#hold(key, podKey, pod)
  }

  #join(key: string, pod: Pod): void {
    const podKey = objectKey(pod)
    this.#hold(key, podKey, pod)
    addTo(this.#servicesByPod, podKey, key)
  }

  #hold(key: string, podKey: string, pod: Pod): void {
    this.#members.get(key)?.set(podKey, pod)
    this.#noteChange(key, pod.metadata.name, pod)
  }

  #leave(key: string, podKey: string): void {
    const members = this.#members.get(key)
    const pod = members?.get(podKey)
    if (members === undefined || pod === undefined) return
    members.delete(podKey)
    this.#servicesByPod.get(podKey)?.delete(key)
    this.#noteChange(key, pod.metadata.name, undefined)
  }

  #noteChange(key: string, name: string, pod: Pod | undefined): void {
    const changes = this.#changes.get(key)
    if (changes === undefined) this.#changes.set(key, new Map([[name, pod]]))
    else changes.set(name, pod)
  }
}

type Selecting = {
  readonly selector: Readonly<Record<string, string>>
  readonly term: string
  readonly order: number
}

function termOf(namespace: string, label: string, value: string): string {
  return `${namespace}/${label}=${value}`
}

const NO_CHANGES: ReadonlyMap<string, Pod | undefined> = new Map()

/** Whether a Pod's change may change what is said of it as an endpoint. */
function countsFor(old: Pod, pod: Pod): boolean {
  return (
    old.metadata.uid !== pod.metadata.uid ||
    old.metadata.labels !== pod.metadata.labels ||
    old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
    old.spec?.nodeName !== pod.spec?.nodeName ||
    old.status?.podIP !== pod.status?.podIP ||
    old.status?.phase !== pod.status?.phase ||
    isReady(old) !== isReady(pod)
  )
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True'
}

export function readyCondition(
  pod: Pod,
): NonNullable<NonNullable<Pod['status']>['conditions']>[number] | undefined {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready')
}

function selects(selector: Readonly<Record<string, string>>, pod: Pod): boolean {
  const { labels } = pod.metadata
  for (const key in selector) if (labels?.[key] !== selector[key]) return false
  return true
}

function isSame(
  a: Readonly<Record<string, string>> | undefined,
  b: Readonly<Record<string, string>>,
): boolean {
  if (a === undefined) return false
  const keys = Object.keys(b)
  return keys.length === Object.keys(a).length && keys.every((key) => a[key] === b[key])
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const found = map.get(key)
  if (found === undefined) map.set(key, new Set([value]))
  else found.add(value)
}
