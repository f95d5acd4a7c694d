import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countUpTo, Versions } from './versions.ts'

type Change = { readonly key: string; readonly value: number | undefined; readonly later: number }

const changes = fc.array(
  fc.record<Change>({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    value: fc.option(fc.nat(), { nil: undefined }),
    later: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 60 },
)

/** What an index is measured against: everything done again from the beginning, up to an entry. */
function replayed(all: readonly Change[], until: number): Map<string, number> {
  const held = new Map<string, number>()
  let entry = 0
  for (const { key, value, later } of all) {
    entry += later
    if (entry > until) break
    if (value === undefined) held.delete(key)
    else held.set(key, value)
  }
  return held
}

function indexed(all: readonly Change[]): { versions: Versions<number>; last: number } {
  const versions = new Versions<number>()
  let last = 0
  for (const { key, value, later } of all) {
    last += later
    versions.set(last, key, value)
  }
  return { versions, last }
}

const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)

describe('versions', () => {
  it('hold after every entry what doing all changes again up to it leaves', () => {
    fc.assert(
      fc.property(changes, (all) => {
        const { versions, last } = indexed(all)
        for (let entry = -1; entry <= last + 1; entry++) {
          const want = replayed(all, entry)
          expect(sorted(versions.at(entry))).toEqual(sorted(want.values()))
          for (const key of 'abcd') expect(versions.get(entry, key)).toBe(want.get(key))
        }
      }),
    )
  })

  it('lead from any entry to any other by what they say has changed', () => {
    fc.assert(
      fc.property(changes, fc.nat(200), fc.nat(200), (all, a, b) => {
        const { versions, last } = indexed(all)
        const [from, to] = [a % (last + 1), b % (last + 1)]
        const held = replayed(all, from)
        for (const [key, value] of versions.changed(from, to)) {
          if (value === undefined) held.delete(key)
          else held.set(key, value)
        }
        expect(held).toEqual(replayed(all, to))
      }),
    )
  })

  it('tell the same of all later entries when earlier ones are forgotten', () => {
    fc.assert(
      fc.property(changes, fc.nat(200), (all, at) => {
        const { versions, last } = indexed(all)
        const first = at % (last + 1)
        versions.forgetBefore(first)
        for (let entry = first; entry <= last; entry++) {
          const want = replayed(all, entry)
          expect(sorted(versions.at(entry))).toEqual(sorted(want.values()))
        }
        expect(versions.size).toBeLessThanOrEqual(all.length)
      }),
    )
  })

  it('refuse to change what has been', () => {
    const versions = new Versions<number>()
    versions.set(4, 'a', 1)
    expect(() => versions.set(3, 'a', 2)).toThrow('entry 3 of a comes after 4')
  })
})

describe('countUpTo', () => {
  it.each([
    { numbers: [], limit: 3, want: 0 },
    { numbers: [1, 3, 3, 5], limit: 0, want: 0 },
    { numbers: [1, 3, 3, 5], limit: 3, want: 3 },
    { numbers: [1, 3, 3, 5], limit: 9, want: 4 },
  ])('finds $want of $numbers up to $limit', ({ numbers, limit, want }) => {
    expect(countUpTo(numbers, limit)).toBe(want)
  })
})
