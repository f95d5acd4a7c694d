import type { FaultAct } from './act.ts'

/** A fault that cannot be: its place, what is wrong, and the way out. */
export function refuse({ verb, target }: FaultAct, problem: string, wayOut: string): never {
  throw new RangeError(`${verb}${target === '' ? '' : ` ${target}`}: ${problem}; ${wayOut}`)
}
