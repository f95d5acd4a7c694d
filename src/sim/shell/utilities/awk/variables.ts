import type { AwkValue } from './values.ts'

export type AwkArray = Map<string, AwkValue>
type Cell = AwkValue | AwkArray | undefined
type Frame = Map<string, Cell>

const UNSET: AwkValue = { input: '' }

/** Global variables, and those of the functions that are running. */
export class AwkVariables {
  readonly #globals: Frame = new Map()
  readonly #frames: Frame[] = []

  /** How many functions are running. */
  get depth(): number {
    return this.#frames.length
  }

  /** A function begins, with its parameters. */
  enter(frame: Frame): void {
    this.#frames.push(frame)
  }

  leave(): void {
    this.#frames.pop()
  }

  isLocal(name: string): boolean {
    return this.#frames.at(-1)?.has(name) === true
  }

  global(name: string): AwkValue {
    return scalar(this.#globals.get(name))
  }

  setGlobal(name: string, value: AwkValue | AwkArray): void {
    this.#globals.set(name, value)
  }

  get(name: string): AwkValue {
    return scalar(this.#ownerOf(name).get(name))
  }

  set(name: string, value: AwkValue): void {
    this.#ownerOf(name).set(name, value)
  }

  isArray(name: string): boolean {
    return this.#ownerOf(name).get(name) instanceof Map
  }

  isUnknown(name: string): boolean {
    return this.#ownerOf(name).get(name) === undefined
  }

  /** What is no array yet becomes one. */
  array(name: string): AwkArray {
    const owner = this.#ownerOf(name)
    const known = owner.get(name)
    if (known instanceof Map) return known
    const made: AwkArray = new Map()
    owner.set(name, made)
    return made
  }

  #ownerOf(name: string): Frame {
    const frame = this.#frames.at(-1)
    return frame?.has(name) === true ? frame : this.#globals
  }
}

function scalar(cell: Cell): AwkValue {
  return cell === undefined || cell instanceof Map ? UNSET : cell
}
