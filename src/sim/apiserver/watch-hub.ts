import { type KubeObject, objectKey } from '#sim/apimachinery/objects.ts'
import type { WatchEvent, WatchSink } from '#sim/apimachinery/request.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Change } from './resource-store.ts'
import type { CompiledField, Selection } from './selection.ts'

export type Watcher = {
  readonly resource: WatchedKind
  readonly selection: Selection
  readonly sink: WatchSink
  /** Turns events into Tables and the like; absent where objects go out as they are. */
  readonly transform: ((event: WatchEvent) => WatchEvent) | undefined
  readonly wantsBookmarks: boolean
  isOpen: boolean
}

/**
 * Hands the changes of one resource to those who watch it. Watchers lie in buckets by what they
 * select, so that a write only meets those it may concern: a thousand kubelets watching their own
 * nodes' Pods cost a Pod's write one look-up.
 */
export class WatchHub {
  readonly #delivery: WatchDelivery
  readonly #buckets = new Map<string, Set<Watcher>>()
  /** Watchers of one object each; there are seldom any. */
  #objectWatchers = 0
  readonly #fields = new Map<string, { get: CompiledField['get']; count: number }>()

  constructor(delivery: WatchDelivery) {
    this.#delivery = delivery
  }

  /** Every open watcher, in no particular order of buckets but a stable one. */
  *watchers(): Iterable<Watcher> {
    for (const bucket of this.#buckets.values()) yield* bucket
  }

  add(watcher: Watcher): void {
    const { key, field } = bucketOf(watcher.selection)
    if (field !== undefined) {
      const known = this.#fields.get(field.field)
      if (known === undefined) this.#fields.set(field.field, { get: field.get, count: 1 })
      else known.count++
    }
    if (watcher.selection.key !== undefined) this.#objectWatchers++
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) this.#buckets.set(key, new Set([watcher]))
    else bucket.add(watcher)
  }

  remove(watcher: Watcher): void {
    const { key, field } = bucketOf(watcher.selection)
    const bucket = this.#buckets.get(key)
    if (bucket?.delete(watcher) !== true) return
    if (watcher.selection.key !== undefined) this.#objectWatchers--
    if (bucket.size === 0) this.#buckets.delete(key)
    if (field === undefined) return
    const known = this.#fields.get(field.field)
    if (known !== undefined && --known.count === 0) this.#fields.delete(field.field)
  }

  dispatch(change: Change): void {
    if (this.#buckets.size === 0) return
    const events = new ChangeEvents(change)
    const { namespace = '' } = change.object.metadata
    this.#offer('*', events)
    if (namespace !== '') this.#offer(`n:${namespace}`, events)
    if (this.#objectWatchers > 0) this.#offer(`o:${objectKey(change.object)}`, events)
    for (const [field, { get }] of this.#fields) {
      const after = get(change.object)
      const before = change.old === undefined ? after : get(change.old)
      this.#offer(`f:${field}=${after}`, events)
      if (before !== after) this.#offer(`f:${field}=${before}`, events)
    }
  }

  #offer(bucketKey: string, events: ChangeEvents): void {
    const bucket = this.#buckets.get(bucketKey)
    if (bucket === undefined) return
    for (const watcher of bucket) {
      const event = events.for(watcher.selection)
      if (event !== undefined) this.#delivery.enqueue(watcher, event)
    }
  }
}

function bucketOf(selection: Selection): { key: string; field?: CompiledField } {
  const { namespace, key } = selection
  if (key !== undefined) return { key: `o:${key}` }
  for (const field of selection.fields) {
    if (field.isEqual && !field.field.startsWith('metadata.'))
      return { key: `f:${field.field}=${field.value}`, field }
  }
  if (namespace !== undefined) return { key: `n:${namespace}` }
  return { key: '*' }
}

/** What a bookmark says it is of: clients drop those of other kinds. */
export type WatchedKind = {
  readonly apiVersion: string
  readonly definition: { readonly kind: string }
}

/** An event that only tells how far the watcher has seen. */
export function bookmarkOf(
  { definition, apiVersion }: WatchedKind,
  revision: number,
  annotations?: Readonly<Record<string, string>>,
): WatchEvent {
  const metadata = {
    resourceVersion: String(revision),
    ...(annotations === undefined ? {} : { annotations }),
  }
  const object = { kind: definition.kind, apiVersion, metadata }
  // Less than an object on purpose; readers take nothing but the version from it.
  return { type: 'BOOKMARK', object: Object.freeze(object) as unknown as KubeObject }
}

/** The events of one change, made once however many watchers get them. */
export class ChangeEvents {
  readonly #change: Change
  #added: WatchEvent | undefined
  #modified: WatchEvent | undefined
  #deleted: WatchEvent | undefined

  constructor(change: Change) {
    this.#change = change
  }

  /** What the change is to someone who sees only a selection: an object may enter or leave it. */
  for(selection: Selection): WatchEvent | undefined {
    const { type, object, old } = this.#change
    const isIn = type !== 'DELETED' && selection.matches(object)
    const wasIn = old !== undefined && selection.matches(old)
    if (isIn && wasIn) return (this.#modified ??= { type: 'MODIFIED', object })
    if (isIn) return (this.#added ??= { type: 'ADDED', object })
    if (!wasIn) return undefined
    return (this.#deleted ??= { type: 'DELETED', object: this.#lastState(old) })
  }

  #lastState(old: KubeObject): KubeObject {
    const { type, object } = this.#change
    return type === 'DELETED' ? object : withResourceVersion(old, object.metadata.resourceVersion)
  }
}

/** The same object as of another revision, still frozen. */
export function withResourceVersion(object: KubeObject, resourceVersion: string): KubeObject {
  const metadata = Object.freeze({ ...object.metadata, resourceVersion })
  return Object.freeze({ ...object, metadata })
}

/** Brings events to watchers later in the same instant, in the order of the changes. */
export class WatchDelivery {
  readonly #simulation: Simulation
  #queue: [Watcher, WatchEvent | undefined][] = []
  #isScheduled = false

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  /** Without an event: the watch ends. */
  enqueue(watcher: Watcher, event: WatchEvent | undefined): void {
    this.#queue.push([watcher, event])
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#simulation.soon(() => this.#flush(), { label: 'apiserver/watch' })
  }

  #flush(): void {
    const due = this.#queue
    this.#queue = []
    this.#isScheduled = false
    for (const [watcher, event] of due) {
      if (!watcher.isOpen) continue
      if (event === undefined) {
        watcher.isOpen = false
        watcher.sink.end()
      } else {
        watcher.sink.event(watcher.transform === undefined ? event : watcher.transform(event))
      }
    }
  }
}
