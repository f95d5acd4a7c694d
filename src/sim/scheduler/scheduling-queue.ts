import type { Pod } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { KeyedQueue } from '#sim/kernel/keyed-queue.ts'
import type { Simulation, Timer } from '#sim/kernel/simulation.ts'
import type { PluginName } from './framework.ts'
import { podPriority } from './pod-facts.ts'

/** A Pod on its way to a node, and what happened to it so far. */
export type QueuedPod = {
  readonly key: string
  pod: Pod
  attempts: number
  /** Who refused it last; nobody where it failed for another reason. */
  rejectedBy: ReadonlySet<PluginName>
  failedAtMs: number
}

const FLUSH_PERIOD_MS = 30_000
const UNSCHEDULABLE_MS_MAX = 300_000
const BACKOFF_MS_MIN = 1000
const BACKOFF_MS_MAX = 10_000

/**
 * Pods that wait for a node: those whose turn it is, by priority and then by time; those that
 * may try again when nobody else is waiting; and those that need a change in the cluster first.
 *
 * Upstream: pkg/scheduler/backend/queue. A Pod in back-off is taken early when no other waits
 * (SchedulerPopFromBackoffQ), so for Pods that were refused the back-off only settles the order.
 */
export class SchedulingQueue {
  readonly #simulation: Simulation
  readonly #onReady: () => void
  readonly #active = new Map<number, KeyedQueue<QueuedPod>>()
  readonly #backoff = new KeyedQueue<QueuedPod>()
  readonly #unschedulable = new Map<string, QueuedPod>()
  readonly #erring = new Map<string, { entry: QueuedPod; timer: Timer }>()
  readonly #entries = new Map<string, QueuedPod>()
  #flush: Timer | undefined

  constructor(simulation: Simulation, onReady: () => void) {
    this.#simulation = simulation
    this.#onReady = onReady
  }

  get unschedulable(): Iterable<QueuedPod> {
    return this.#unschedulable.values()
  }

  get hasReady(): boolean {
    return this.#active.size > 0 || this.#backoff.size > 0
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  get(key: string): QueuedPod | undefined {
    return this.#entries.get(key)
  }

  add(pod: Pod): void {
    const key = objectKey(pod)
    const known = this.#entries.get(key)
    if (known !== undefined) {
      known.pod = pod
      return
    }
    const entry: QueuedPod = { key, pod, attempts: 0, rejectedBy: new Set(), failedAtMs: 0 }
    this.#entries.set(key, entry)
    this.#activate(entry)
  }

  remove(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#takeOut(entry)
  }

  /** The next Pod to try. It stays known to the queue until it is removed. */
  pop(): QueuedPod | undefined {
    let best: number | undefined
    for (const priority of this.#active.keys())
      if (best === undefined || priority > best) best = priority
    const bucket = best === undefined ? this.#backoff : this.#active.get(best)
    const entry = bucket?.shift()
    if (entry === undefined) return undefined
    this.#takeOut(entry)
    entry.attempts++
    return entry
  }

  /** The cluster has no place for it: it waits for a change that could help. */
  park(entry: QueuedPod, rejectedBy: ReadonlySet<PluginName>): void {
    if (this.#entries.get(entry.key) !== entry) return
    entry.rejectedBy = rejectedBy
    entry.failedAtMs = this.#simulation.now
    this.#unschedulable.set(entry.key, entry)
    this.#flush ??= this.#scheduleFlush()
  }

  /** Something went wrong that time may heal: it waits for its back-off, and no less. */
  backOff(entry: QueuedPod): void {
    if (this.#entries.get(entry.key) !== entry) return
    entry.rejectedBy = new Set()
    entry.failedAtMs = this.#simulation.now
    const delayMs = Math.min(BACKOFF_MS_MIN * 2 ** (entry.attempts - 1), BACKOFF_MS_MAX)
    const timer = this.#simulation.after(
      delayMs,
      () => {
        this.#erring.delete(entry.key)
        this.#activate(entry)
      },
      { label: 'scheduler/backoff' },
    )
    this.#erring.set(entry.key, { entry, timer })
  }

  /** A change might help this Pod: it is tried again when nobody else is waiting. */
  requeue(entry: QueuedPod): void {
    if (!this.#unschedulable.delete(entry.key)) return
    this.#backoff.set(entry.key, entry)
    this.#onReady()
  }

  stop(): void {
    this.#flush?.cancel()
    for (const { timer } of this.#erring.values()) timer.cancel()
  }

  #activate(entry: QueuedPod): void {
    const priority = podPriority(entry.pod)
    let bucket = this.#active.get(priority)
    if (bucket === undefined) {
      bucket = new KeyedQueue()
      this.#active.set(priority, bucket)
    }
    bucket.set(entry.key, entry)
    this.#onReady()
  }

  #takeOut(entry: QueuedPod): void {
    const { key } = entry
    this.#backoff.delete(key)
    this.#unschedulable.delete(key)
    this.#erring.get(key)?.timer.cancel()
    this.#erring.delete(key)
    for (const [priority, bucket] of this.#active) {
      bucket.delete(key)
      if (bucket.size === 0) this.#active.delete(priority)
    }
  }

  // A safety net for changes that nobody saw as helpful.
  #scheduleFlush(): Timer {
    return this.#simulation.after(
      FLUSH_PERIOD_MS,
      () => {
        this.#flush = undefined
        const before = this.#simulation.now - UNSCHEDULABLE_MS_MAX
        for (const entry of this.#unschedulable.values())
          if (entry.failedAtMs < before) this.requeue(entry)
        if (this.#unschedulable.size > 0) this.#flush = this.#scheduleFlush()
      },
      { label: 'scheduler/flush', periodic: true },
    )
  }
}
