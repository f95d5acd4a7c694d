import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Seeded randomness. Streams that are forked by name do not disturb each other's draws. */
export class Random {
  readonly #generator
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
    this.#generator = xoroshiro128plus(seed)
  }

  /** A whole number in [min, max], both included. */
  int(min: number, max: number): number {
    return uniformInt(this.#generator, min, max)
  }

  /** A number in [min, max), with a resolution of 2^-24 of the span. */
  uniform(min: number, max: number): number {
    return min + ((max - min) * this.int(0, 0xffffff)) / 0x1000000
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.int(0, choices.length - 1)]
    if (choice === undefined && choices.length === 0) throw new RangeError('pick from no choices')
    return choice as T // The index is within bounds by construction.
  }

  /** A stream of its own, derived from the seed and a name, such as `kubelet/node-a`. */
  fork(name: string): Random {
    let hash = this.#seed | 0
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    return new Random(hash)
  }
}
