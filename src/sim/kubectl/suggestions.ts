import type { Verb } from './verb.ts'

const DISTANCE_MAX = 2

/** Verbs a mistyped word may have meant, in the order in which verbs are registered. */
export function suggestionsFor(word: string, verbs: readonly Verb[]): string[] {
  const lower = word.toLowerCase()
  return verbs
    .filter(
      ({ name, suggestFor }) =>
        editDistance(lower, name.toLowerCase()) <= DISTANCE_MAX ||
        name.toLowerCase().startsWith(lower) ||
        suggestFor?.includes(lower) === true,
    )
    .map(({ name }) => name)
}

/** Levenshtein distance. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      current[column] = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + change,
      )
    }
    above = current
  }
  return above[b.length] ?? 0
}
