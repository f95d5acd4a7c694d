/**
 * Equality as the server judges whether anything changed: absent, null and an empty list are the
 * same. Quantities are compared as texts, for the server stores them in canonical form. What two
 * versions share is equal without a look inside.
 * Upstream: apimachinery/pkg/api/equality (Semantic).
 */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNothing(a)) return isNothing(b)
  if (isNothing(b)) return false
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && sameList(a, b)
  return sameMembers(a as Members, b as Members)
}

type Members = Readonly<Record<string, unknown>>

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => semanticallyEqual(item, b[index]))
}

function sameMembers(a: Members, b: Members): boolean {
  for (const key in a) if (!semanticallyEqual(a[key], b[key])) return false
  for (const key in b) if (!(key in a) && !isNothing(b[key])) return false
  return true
}
