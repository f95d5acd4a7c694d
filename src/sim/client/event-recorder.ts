import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'
import type { Client } from './client.ts'

export type EventRecorderOptions = {
  /** `source.component`, such as `statefulset-controller`. */
  readonly component: string
  /** `source.host`: the node, for kubelets. */
  readonly host?: string
  /** Virtual time until an event reaches the server; events are sent in order. */
  readonly latencyMs?: () => number
}

export type RecordedEvent = {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** `spec.containers{nginx}` */
  readonly fieldPath?: string
}

/** What was last said under a key; the name is kept even where the server has forgotten it. */
type Seen = { name: string; count: number; firstTimestamp: string }
type Similar = { readonly messages: Set<string>; lastAtMs: number }
type Bucket = { tokens: number; refilledAtMs: number }

const COMBINED_PREFIX = '(combined from similar events): '
const SIMILAR_MAX = 10
const SIMILAR_SPAN_MS = 600_000
const BURST = 25
const REFILL_MS = 300_000
const CACHE_MAX = 4096

/**
 * Events as client-go records them: repeats raise a count, many similar ones are combined, and
 * one object cannot flood the server.
 *
 * Upstream: client-go/tools/record (event.go, events_cache.go).
 */
export class EventRecorder {
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #options: EventRecorderOptions
  readonly #seen = new Map<string, Seen>()
  readonly #similar = new Map<string, Similar>()
  readonly #buckets = new Map<string, Bucket>()
  #lastDueAt = -Infinity
  #serial = 0

  constructor(simulation: Simulation, client: Client, options: EventRecorderOptions) {
    this.#simulation = simulation
    this.#client = client
    this.#options = options
  }

  record(object: KubeObject, event: RecordedEvent): void {
    const timestamp = new Date(this.#simulation.unixMs).toISOString().slice(0, 19) + 'Z'
    const delayMs = this.#options.latencyMs?.() ?? 0
    this.#lastDueAt = Math.max(this.#lastDueAt, this.#simulation.now + delayMs)
    this.#simulation.after(
      this.#lastDueAt - this.#simulation.now,
      () => this.#send(object, event, timestamp),
      { label: `events/${this.#options.component}` },
    )
  }

  #send(object: KubeObject, event: RecordedEvent, timestamp: string): void {
    const { namespace = '', name, uid } = object.metadata
    const target = `${object.apiVersion}/${object.kind}/${namespace}/${name}/${uid}`
    // Which container it is about makes another event, but not another kind of event.
    const group = `${target}|${event.type}|${event.reason}`
    const isCombined = this.#isOneOfMany(group, event.message)
    const message = isCombined ? COMBINED_PREFIX + event.message : event.message
    const key = isCombined ? group : `${group}|${event.fieldPath ?? ''}|${event.message}`
    const before = this.#seen.get(key)
    const seen: Seen = {
      name: before?.name ?? `${name}.${this.#suffix()}`,
      count: (before?.count ?? 0) + 1,
      firstTimestamp: before?.firstTimestamp ?? timestamp,
    }
    // Counted before it may be held back: the next one that gets through tells of all of them.
    remember(this.#seen, key, seen)
    if (!this.#takeToken(target)) return
    const told = { ...event, message }
    if (before === undefined || !this.#repeat(object, told, seen, timestamp))
      this.#create(object, told, seen, timestamp)
  }

  #isOneOfMany(group: string, message: string): boolean {
    const now = this.#simulation.now
    let similar = this.#similar.get(group)
    if (similar === undefined || now - similar.lastAtMs > SIMILAR_SPAN_MS) {
      similar = { messages: new Set(), lastAtMs: now }
      remember(this.#similar, group, similar)
    }
    similar.messages.add(message)
    similar.lastAtMs = now
    if (similar.messages.size < SIMILAR_MAX) return false
    // What was combined is forgotten again, so the set stays at the limit.
    const [first] = similar.messages
    if (first !== undefined) similar.messages.delete(first)
    return true
  }

  #takeToken(target: string): boolean {
    const now = this.#simulation.now
    const bucket = this.#buckets.get(target) ?? { tokens: BURST, refilledAtMs: now }
    const refill = (now - bucket.refilledAtMs) / REFILL_MS
    bucket.tokens = Math.min(BURST, bucket.tokens + refill)
    bucket.refilledAtMs = now
    remember(this.#buckets, target, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  /** False where the event is gone, having expired or been deleted; it is then written again. */
  #repeat(
    object: KubeObject,
    { message }: RecordedEvent,
    { name, count }: Seen,
    lastTimestamp: string,
  ): boolean {
    const { namespace = 'default' } = object.metadata
    try {
      const patch = { count, lastTimestamp, message }
      this.#client.resource('events').patch(name, namespace, patch, { type: 'strategic' })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      return error.status.reason !== 'NotFound'
    }
    return true
  }

  #create(
    object: KubeObject,
    event: RecordedEvent,
    { name, count, firstTimestamp }: Seen,
    lastTimestamp: string,
  ): void {
    const { namespace = 'default' } = object.metadata
    const { component, host } = this.#options
    try {
      this.#client.resource('events').create({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: {
          kind: object.kind,
          ...(object.metadata.namespace === undefined ? {} : { namespace }),
          name: object.metadata.name,
          uid: object.metadata.uid,
          apiVersion: object.apiVersion,
          resourceVersion: object.metadata.resourceVersion,
          ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
        },
        reason: event.reason,
        message: event.message,
        source: host === undefined ? { component } : { component, host },
        firstTimestamp,
        lastTimestamp,
        count,
        type: event.type,
        eventTime: null as never, // The real client sends null; the type has no word for it.
        reportingComponent: component,
        reportingInstance: host ?? '',
      })
    } catch (error) {
      // A namespace that is going takes no events, and nobody waits for one.
      if (!(error instanceof StatusError)) throw error
    }
  }

  // Sixteen hexadecimal digits of the time in nanoseconds; a serial keeps an instant's events apart.
  #suffix(): string {
    const nanoseconds = BigInt(Math.floor(this.#simulation.unixMs * 1000)) * 1000n
    return (nanoseconds + BigInt(this.#serial++ % 1000)).toString(16)
  }
}

function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.delete(key)
  cache.set(key, value)
  if (cache.size <= CACHE_MAX) return
  const [oldest] = cache.keys()
  if (oldest !== undefined) cache.delete(oldest)
}
