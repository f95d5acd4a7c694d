import type { ResourceKinds, ResourceName } from '#sim/apimachinery/kinds.ts'
import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import type { WatchEvent } from '#sim/apimachinery/request.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Simulation, Timer } from '#sim/kernel/simulation.ts'
import { toSimTime } from '#sim/kernel/time.ts'
import type { Client, ListOptions } from './client.ts'

export type InformerHandlers<T> = {
  readonly added?: (object: T) => void
  readonly updated?: (old: T, object: T) => void
  /** With the last state that was seen. */
  readonly deleted?: (object: T) => void
}

export type InformerOptions = ListOptions & {
  /** Virtual time a change takes from the server to the cache; drawn per event, order is kept. */
  readonly latencyMs?: () => number
  /** What one component hears arrives in the order it happened, whichever watch it comes by. */
  readonly lane?: WatchLane
}

/** One connection's order: no event is due before one that was sent earlier. */
export type WatchLane = { lastDueAt: number }

/** Two events of a lane never share an instant, or their order would be that of the timers. */
const LANE_STEP_MS = 0.001

const RELIST_DELAY_MS = 800

/**
 * A cache of one resource, kept by list and watch as client-go's shared informer keeps it. What
 * it shows may lag behind the server; that lag is part of what controllers have to bear.
 */
export class Informer<T extends KubeObject> {
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #resource: ResourceName
  readonly #options: InformerOptions
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Index<T>>()
  readonly #handlers: InformerHandlers<T>[] = []
  #resourceVersion = ''
  #hasSynced = false
  #stopWatch: (() => void) | undefined
  #pending: { readonly event: WatchEvent; readonly dueAt: number }[] = []
  #delivery: Timer | undefined
  readonly #lane: WatchLane
  #isStopped = false

  constructor(
    simulation: Simulation,
    client: Client,
    resource: ResourceName,
    options: InformerOptions,
  ) {
    this.#simulation = simulation
    this.#client = client
    this.#resource = resource
    this.#options = options
    this.#lane = options.lane ?? { lastDueAt: -Infinity }
  }

  get hasSynced(): boolean {
    return this.#hasSynced
  }

  /** The revision of the last change this cache has seen. */
  get resourceVersion(): string {
    return this.#resourceVersion
  }

  /** Handlers registered before `start` see every object as added. */
  onChange(handlers: InformerHandlers<T>): void {
    this.#handlers.push(handlers)
    for (const object of this.#objects.values()) handlers.added?.(object)
  }

  /** Objects by a computed value, such as the uid of their controller. */
  addIndex(name: string, values: (object: T) => readonly string[]): void {
    const index = new Index(values)
    for (const [key, object] of this.#objects) index.put(key, undefined, object)
    this.#indexes.set(name, index)
  }

  start(): void {
    this.#relist()
  }

  stop(): void {
    this.#isStopped = true
    this.#stopWatch?.()
    this.#delivery?.cancel()
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(namespace === undefined ? name : `${namespace}/${name}`)
  }

  getByKey(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): Iterable<T> {
    return this.#objects.values()
  }

  get size(): number {
    return this.#objects.size
  }

  byIndex(name: string, value: string): readonly T[] {
    const keys = this.#indexes.get(name)?.keys(value)
    if (keys === undefined) return []
    const found: T[] = []
    for (const key of keys) {
      const object = this.#objects.get(key)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  #relist(): void {
    if (this.#isStopped) return
    const listed = this.#client.resource(this.#resource).list(this.#options)
    const seen = new Set<string>()
    for (const object of listed.items as unknown as readonly T[]) {
      seen.add(objectKey(object))
      this.#put(object)
    }
    for (const [key, object] of this.#objects) if (!seen.has(key)) this.#remove(key, object)
    this.#resourceVersion = listed.resourceVersion
    this.#hasSynced = true
    this.#watch()
  }

  #watch(): void {
    if (this.#isStopped) return
    const options = { ...this.#options, resourceVersion: this.#resourceVersion }
    try {
      this.#stopWatch = this.#client.resource(this.#resource).watch(options, {
        event: (event) => this.#receive(event),
        end: () => this.#onEnd(),
      })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      this.#relistLater()
    }
  }

  #onEnd(): void {
    if (this.#isStopped) return
    this.#stopWatch = undefined
    this.#deliverAll()
    this.#watch()
  }

  #relistLater(): void {
    this.#stopWatch?.()
    this.#stopWatch = undefined
    this.#simulation.after(RELIST_DELAY_MS, () => this.#relist(), {
      label: `informer/${this.#resource}/relist`,
    })
  }

  #receive(event: WatchEvent): void {
    if (event.type === 'ERROR') {
      // At once: the watch ends behind it, and would only be told the same again.
      this.#deliverAll()
      this.#relistLater()
      return
    }
    const latencyMs = this.#options.latencyMs?.() ?? 0
    if (latencyMs === 0 && this.#delivery === undefined) {
      this.#deliver(event)
      return
    }
    // A later change never overtakes an earlier one, whatever latency it draws.
    const earliest = this.#lane.lastDueAt + LANE_STEP_MS
    this.#lane.lastDueAt = toSimTime(Math.max(earliest, this.#simulation.now + latencyMs))
    this.#pending.push({ event, dueAt: this.#lane.lastDueAt })
    this.#delivery ??= this.#scheduleDelivery(this.#lane.lastDueAt - this.#simulation.now)
  }

  #scheduleDelivery(delayMs: number): Timer {
    return this.#simulation.after(Math.max(0, delayMs), () => this.#deliverDue(), {
      label: `informer/${this.#resource}`,
    })
  }

  /** Each change comes in its own time: what happens close together is still seen one by one. */
  #deliverDue(): void {
    this.#delivery = undefined
    const { now } = this.#simulation
    let next = this.#pending[0]
    while (next !== undefined && next.dueAt <= now) {
      this.#pending.shift()
      this.#deliver(next.event)
      next = this.#pending[0]
    }
    if (next !== undefined) this.#delivery ??= this.#scheduleDelivery(next.dueAt - now)
  }

  #deliverAll(): void {
    this.#delivery?.cancel()
    this.#delivery = undefined
    const pending = this.#pending
    this.#pending = []
    for (const { event } of pending) this.#deliver(event)
  }

  #deliver(event: WatchEvent): void {
    // The server sends objects of the watched kind, but for ERROR, which does not get here.
    const object = event.object as T
    this.#resourceVersion = object.metadata.resourceVersion
    if (event.type === 'BOOKMARK') return
    if (event.type === 'DELETED') this.#remove(objectKey(object), object)
    else this.#put(object)
  }

  #put(object: T): void {
    const key = objectKey(object)
    const old = this.#objects.get(key)
    if (old !== undefined && old.metadata.resourceVersion === object.metadata.resourceVersion)
      return
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) index.put(key, old, object)
    if (old === undefined) for (const handlers of this.#handlers) handlers.added?.(object)
    else for (const handlers of this.#handlers) handlers.updated?.(old, object)
  }

  #remove(key: string, last: T): void {
    const old = this.#objects.get(key)
    if (old === undefined) return
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) index.put(key, old, undefined)
    for (const handlers of this.#handlers) handlers.deleted?.(last)
  }
}

const NO_VALUES: readonly string[] = []

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

class Index<T> {
  readonly #values: (object: T) => readonly string[]
  readonly #keys = new Map<string, Set<string>>()

  constructor(values: (object: T) => readonly string[]) {
    this.#values = values
  }

  keys(value: string): ReadonlySet<string> | undefined {
    return this.#keys.get(value)
  }

  put(key: string, old: T | undefined, object: T | undefined): void {
    const before = old === undefined ? NO_VALUES : this.#values(old)
    const after = object === undefined ? NO_VALUES : this.#values(object)
    if (old !== undefined && object !== undefined && isSame(before, after)) return
    for (const value of before) if (!after.includes(value)) this.#drop(value, key)
    for (const value of after) {
      const keys = this.#keys.get(value)
      if (keys === undefined) this.#keys.set(value, new Set([key]))
      else keys.add(key)
    }
  }

  #drop(value: string, key: string): void {
    const keys = this.#keys.get(value)
    keys?.delete(key)
    if (keys?.size === 0) this.#keys.delete(value)
  }
}

/** The informers that one component shares between its controllers: one watch a resource. */
export class InformerFactory {
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #options: InformerOptions
  readonly #informers = new Map<ResourceName, unknown>()
  #isStarted = false

  constructor(simulation: Simulation, client: Client, options: InformerOptions = {}) {
    this.#simulation = simulation
    this.#client = client
    this.#options = { lane: { lastDueAt: -Infinity }, ...options }
  }

  for<R extends ResourceName>(resource: R): Informer<ResourceKinds[R]> {
    const found = this.#informers.get(resource)
    // The map is filled below only, under the same key.
    if (found !== undefined) return found as Informer<ResourceKinds[R]>
    const informer = new Informer<ResourceKinds[R]>(
      this.#simulation,
      this.#client,
      resource,
      this.#options,
    )
    this.#informers.set(resource, informer)
    if (this.#isStarted) informer.start()
    return informer
  }

  /** Lists and watches everything asked for so far, in the order it was asked for. */
  start(): void {
    this.#isStarted = true
    for (const informer of this.#informers.values()) (informer as Informer<KubeObject>).start()
  }

  stop(): void {
    for (const informer of this.#informers.values()) (informer as Informer<KubeObject>).stop()
  }
}
