import { compareQuantities, parseQuantity } from '#sim/apimachinery/quantity.ts'
import { JsonPath, relaxedJsonPath } from './jsonpath.ts'

/**
 * Sorts by a field, as `--sort-by` does. Undefined when no object has the field.
 */
export function sortedBy<T>(
  values: readonly T[],
  expression: string,
  objectOf: (value: T) => unknown,
): T[] | undefined {
  const path = new JsonPath(relaxedJsonPath(expression))
  const keyed = values.map((value) => ({ value, key: path.find(objectOf(value)).flat()[0] }))
  if (keyed.every(({ key }) => key === undefined)) return undefined
  keyed.sort((a, b) => compareFields(a.key, b.key))
  return keyed.map(({ value }) => value)
}

// Objects without the field come first.
function compareFields(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [x, y] = [String(a), String(b)]
  if (parseQuantity(x) !== undefined && parseQuantity(y) !== undefined)
    return compareQuantities(x, y)
  return naturalCompare(x, y)
}

/** Runs of digits compare by their value: `web-2` before `web-10`. */
export function naturalCompare(a: string, b: string): number {
  const chunksOf = (text: string): string[] => text.match(/\d+|\D+/g) ?? []
  const x = chunksOf(a)
  const y = chunksOf(b)
  for (let at = 0; at < Math.min(x.length, y.length); at++) {
    const [p = '', q = ''] = [x[at], y[at]]
    if (p === q) continue
    const areNumbers = /^\d/.test(p) && /^\d/.test(q)
    if (areNumbers && Number(p) !== Number(q)) return Number(p) - Number(q)
    return p < q ? -1 : 1
  }
  return x.length - y.length
}
