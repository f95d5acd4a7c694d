import type { SimTime } from './time.ts'

/** Events that are no heartbeat and have neither fired nor been cancelled. */
export type Pending = { foreground: number }

/** What fires at one instant, and the handle to take it back. */
export class QueuedEvent {
  readonly time: SimTime
  readonly sequence: number
  readonly label: string
  /** Heartbeats, probes and resyncs: the simulation is at rest although these are pending. */
  readonly periodic: boolean
  /** Undefined once it has fired or was cancelled. */
  run: (() => void) | undefined
  readonly #pending: Pending

  constructor(
    time: SimTime,
    sequence: number,
    label: string,
    periodic: boolean,
    run: () => void,
    pending: Pending,
  ) {
    this.time = time
    this.sequence = sequence
    this.label = label
    this.periodic = periodic
    this.run = run
    this.#pending = pending
  }

  cancel(): void {
    if (this.run === undefined) return
    this.run = undefined
    if (!this.periodic) this.#pending.foreground--
  }
}

/**
 * Events ordered by (time, sequence). Those for the present instant bypass the heap: most events
 * are "as soon as possible", and a first-in-first-out list keeps them in the same order for less.
 */
export class EventQueue {
  readonly #heap: QueuedEvent[] = []
  #soon: QueuedEvent[] = []
  #soonHead = 0

  pushSoon(event: QueuedEvent): void {
    this.#soon.push(event)
  }

  push(event: QueuedEvent): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt] as QueuedEvent // A parent's index is below its child's.
      if (!isBefore(event, parent)) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = event
  }

  /** The next event, without taking it. Cancelled events are dropped on the way. */
  peek(): QueuedEvent | undefined {
    this.#dropCancelled()
    const top = this.#heap[0]
    const soon = this.#soon[this.#soonHead]
    if (top === undefined) return soon
    if (soon === undefined) return top
    return isBefore(top, soon) ? top : soon
  }

  pop(): QueuedEvent | undefined {
    const next = this.peek()
    if (next === undefined) return undefined
    if (next === this.#soon[this.#soonHead]) this.#shiftSoon()
    else this.#popHeap()
    return next
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.run === undefined) this.#popHeap()
    while (this.#soonHead < this.#soon.length && this.#soon[this.#soonHead]?.run === undefined) {
      this.#shiftSoon()
    }
  }

  #shiftSoon(): void {
    this.#soonHead++
    if (this.#soonHead === this.#soon.length) {
      this.#soon.length = 0
      this.#soonHead = 0
    } else if (this.#soonHead > 4096) {
      this.#soon = this.#soon.slice(this.#soonHead)
      this.#soonHead = 0
    }
  }

  #popHeap(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let childAt = 2 * at + 1
      if (childAt >= heap.length) break
      let child = heap[childAt] as QueuedEvent // Checked against the length above.
      const right = heap[childAt + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childAt++
      }
      if (!isBefore(child, last)) break
      heap[at] = child
      at = childAt
    }
    heap[at] = last
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence)
}
