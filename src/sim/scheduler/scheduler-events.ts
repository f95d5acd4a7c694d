import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'
import { EventRecorder } from '#sim/client/event-recorder.ts'
import type { Timings } from '#sim/client/timings.ts'
import type { Simulation } from '#sim/kernel/simulation.ts'

export type SchedulerEvent = {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: 'Binding' | 'Scheduling' | 'Preempting'
  readonly note: string
}

export type EventSink = {
  readonly record: (object: KubeObject, event: SchedulerEvent) => void
}

/** Events of the older kind, whose repeats are counted. */
export function countedEvents(simulation: Simulation, client: Client, timings: Timings): EventSink {
  const recorder = new EventRecorder(simulation, client, {
    component: CONTROLLER,
    latencyMs: timings.apiWriteMs,
  })
  return {
    record: (object, { type, reason, note }) =>
      recorder.record(object, { type, reason, message: note }),
  }
}

type Series = { readonly name: string; readonly namespace: string; count: number; lastAtMs: number }

const NOTE_LENGTH_MAX = 1024
const SERIES_SPAN_MS = 360_000
const SERIES_MAX = 1024
const CONTROLLER = 'default-scheduler'

/**
 * Events of the newer kind: an event that repeats becomes a series, and only its first repeat is
 * written at once.
 *
 * Upstream: client-go/tools/events.
 * Simplified: written in the older of the two views of the same object; the count of a series is
 * not brought up to date when it ends.
 */
export class SchedulerEvents implements EventSink {
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #host: string
  readonly #latencyMs: () => number
  readonly #series = new Map<string, Series>()
  #serial = 0
  #lastDueAt = -Infinity

  constructor(
    simulation: Simulation,
    client: Client,
    options: { readonly host: string; readonly latencyMs: () => number },
  ) {
    this.#simulation = simulation
    this.#client = client
    this.#host = options.host
    this.#latencyMs = options.latencyMs
  }

  record(object: KubeObject, event: SchedulerEvent): void {
    const now = this.#simulation.now
    const atUnixMs = this.#simulation.unixMs
    // Sent in order, whatever each takes.
    this.#lastDueAt = Math.max(this.#lastDueAt, now + this.#latencyMs())
    this.#simulation.after(this.#lastDueAt - now, () => this.#send(object, event, atUnixMs), {
      label: 'scheduler/events',
    })
  }

  #send(object: KubeObject, event: SchedulerEvent, atUnixMs: number): void {
    const { namespace, name, uid, resourceVersion } = object.metadata
    const key = `${object.kind}/${uid}/${resourceVersion}|${event.type}|${event.reason}|${event.action}`
    const known = this.#series.get(key)
    if (known !== undefined && this.#simulation.now - known.lastAtMs < SERIES_SPAN_MS) {
      this.#repeat(known, atUnixMs)
      return
    }
    const eventNamespace = namespace ?? 'default'
    const eventName = `${name}.${this.#suffix(atUnixMs)}`
    try {
      this.#client.resource('events').create({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace: eventNamespace },
        involvedObject: {
          kind: object.kind,
          ...(namespace === undefined ? {} : { namespace }),
          name,
          uid,
          apiVersion: object.apiVersion,
          resourceVersion,
        },
        reason: event.reason,
        message: event.note.slice(0, NOTE_LENGTH_MAX),
        source: {},
        // What the newer kind leaves unset reads null in the older view; the type has no word for it.
        firstTimestamp: null as never,
        lastTimestamp: null as never,
        type: event.type,
        eventTime: microTime(atUnixMs),
        action: event.action,
        reportingComponent: CONTROLLER,
        reportingInstance: `${CONTROLLER}-${this.#host}`,
      })
    } catch (error) {
      // A namespace that is going takes no events, and nobody waits for one.
      if (!(error instanceof StatusError)) throw error
      return
    }
    this.#remember(key, {
      name: eventName,
      namespace: eventNamespace,
      count: 1,
      lastAtMs: this.#simulation.now,
    })
  }

  #repeat(series: Series, atUnixMs: number): void {
    series.count++
    series.lastAtMs = this.#simulation.now
    if (series.count > 2) return
    const body = { series: { count: series.count, lastObservedTime: microTime(atUnixMs) } }
    try {
      this.#client
        .resource('events')
        .patch(series.name, series.namespace, body, { type: 'strategic' })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
    }
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key)
    this.#series.set(key, series)
    if (this.#series.size <= SERIES_MAX) return
    const [oldest] = this.#series.keys()
    if (oldest !== undefined) this.#series.delete(oldest)
  }

  // Sixteen hexadecimal digits of the time in nanoseconds; a serial keeps an instant's events apart.
  #suffix(atUnixMs: number): string {
    const nanoseconds = BigInt(Math.floor(atUnixMs * 1000)) * 1000n
    return (nanoseconds + BigInt(this.#serial++ % 1000)).toString(16)
  }
}

function microTime(unixMs: number): string {
  const wholeMs = Math.floor(unixMs)
  const micros = Math.floor((unixMs - wholeMs) * 1000)
  return `${new Date(wholeMs).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`
}
