/** Whether a condition holds now; what was expected and seen where it does not. */
export type Finding = {
  readonly holds: boolean
  /** Nothing that happens by itself can make it hold any more; false is never to be given up. */
  readonly isFinal?: boolean
  readonly message: string
}

export const HOLDS: Finding = { holds: true, message: '' }

export function fails(expected: string, seen: string): Finding {
  return { holds: false, message: `expected ${expected}, saw ${seen}` }
}

export function show(value: unknown): string {
  if (value === undefined) return 'not set'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
