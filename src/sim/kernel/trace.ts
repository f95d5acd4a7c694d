import type { SimTime } from './time.ts'

const NEWEST_KEPT = 40
const LINE_MAX = 200

/**
 * What happened, as a digest: two runs with the same seed and inputs have the same one. Two
 * FNV-style lanes of 32 bits, because 32 bits alone collide within a long run.
 */
export class Trace {
  #low = 0x811c9dc5
  #high = 0x01000193
  #entries = 0
  readonly #newest: { time: SimTime; kind: string; text: string }[] = []

  /** Takes one fact into the digest: a write, a line of output, a decision. */
  record(time: SimTime, kind: string, text: string): void {
    const slot = this.#entries++ % NEWEST_KEPT
    const entry = this.#newest[slot]
    if (entry === undefined) this.#newest.push({ time, kind, text })
    else {
      entry.time = time
      entry.kind = kind
      entry.text = text
    }
    this.#mix(String(time))
    this.#mix(kind)
    this.#mix(text)
  }

  get entries(): number {
    return this.#entries
  }

  /** The last facts, oldest first: what a report of a stopped run ends with. */
  newest(): readonly string[] {
    const first = this.#entries % NEWEST_KEPT
    const inOrder = [...this.#newest.slice(first), ...this.#newest.slice(0, first)]
    return inOrder.map(({ time, kind, text }) => `${time} ms ${kind} ${inOneLine(text)}`)
  }

  digest(): string {
    return hex(this.#high) + hex(this.#low)
  }

  #mix(text: string): void {
    let low = this.#low
    let high = this.#high
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      low = Math.imul(low ^ unit, 0x01000193)
      high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13)
    }
    this.#low = Math.imul(low ^ 0xff, 0x01000193)
    this.#high = high ^ (low >>> 7)
  }
}

function inOneLine(text: string): string {
  return text.slice(0, LINE_MAX).replaceAll(/[\n\r]+/g, ' ')
}

function hex(lane: number): string {
  return (lane >>> 0).toString(16).padStart(8, '0')
}
