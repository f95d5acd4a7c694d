import type { ServerResponse } from 'node:http'
import type { WatchEvent } from '#sim/apimachinery/request.ts'
import { encodeJson } from './encode-json.ts'

/**
 * Writes events to the connections of watches. An event is encoded once, however many watch, and
 * what comes while the last round is still fresh goes out together in the next: a thousand
 * watches then cost a few system calls a second each, and not one for every event.
 */
export class WatchWriter {
  #encoded = new WeakMap<WatchEvent, Buffer>()
  readonly #pending = new Map<ServerResponse, Buffer[]>()
  #isScheduled = false
  #restsUntilMs = 0

  write(response: ServerResponse, event: WatchEvent): void {
    let bytes = this.#encoded.get(event)
    if (bytes === undefined) {
      const { type, object } = event
      bytes = Buffer.from(encodeJson({ type, object }, false))
      this.#encoded.set(event, bytes)
    }
    const waiting = this.#pending.get(response)
    if (waiting === undefined) this.#pending.set(response, [bytes])
    else waiting.push(bytes)
    this.#schedule()
  }

  /** The watch is over: what waits goes out before the end. */
  end(response: ServerResponse): void {
    const waiting = this.#pending.get(response)
    this.#pending.delete(response)
    response.end(waiting === undefined ? undefined : Buffer.concat(waiting))
  }

  forget(response: ServerResponse): void {
    this.#pending.delete(response)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    const restMs = this.#restsUntilMs - performance.now()
    if (restMs < 1) setImmediate(() => this.#flush())
    else setTimeout(() => this.#flush(), restMs)
  }

  #flush(): void {
    this.#isScheduled = false
    const startedAt = performance.now()
    for (const [response, waiting] of this.#pending) {
      const [first] = waiting
      if (first !== undefined) response.write(waiting.length === 1 ? first : Buffer.concat(waiting))
    }
    this.#pending.clear()
    // As long again for everything else as the round has taken.
    const now = performance.now()
    this.#restsUntilMs = now + (now - startedAt)
  }
}
