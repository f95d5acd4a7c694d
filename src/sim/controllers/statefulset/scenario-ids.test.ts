import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// The specification lists its scenarios by number and its traps by T and a number; the tests that
// show them begin with those ids. A part of one has a letter behind it: SS-74a.

const SCENARIOS = 176
const TRAPS = 25
const FOLDERS = ['./', '../history/']

describe('the tests of the StatefulSet controller', () => {
  const shown = idsOf(FOLDERS.flatMap(testsIn))

  it('show every scenario of the specification', () => {
    const ids = Array.from({ length: SCENARIOS }, (_, index) => String(index + 1))
    expect(ids.filter((id) => !shown.has(id))).toEqual([])
  })

  it('show every trap of its checklist', () => {
    const ids = Array.from({ length: TRAPS }, (_, index) => `T${index + 1}`)
    expect(ids.filter((id) => !shown.has(id))).toEqual([])
  })

  it('show no scenario that there is not', () => {
    const numbers = [...shown].filter((id) => /^\d/.test(id)).map(Number)
    expect(numbers.filter((number) => number < 1 || number > SCENARIOS)).toEqual([])
  })
})

function testsIn(folder: string): string[] {
  const url = new URL(folder, import.meta.url)
  return readdirSync(url)
    .filter((file) => file.endsWith('.test.ts') && !import.meta.url.endsWith(file))
    .map((file) => readFileSync(new URL(file, url), 'utf8'))
}

/** Ids in titles, or in rows that make titles. The numbers of sections, as 4.9, are none. */
function idsOf(texts: readonly string[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const text of texts) {
    for (const [, id = ''] of text.matchAll(/[['"]SS-(T?\d+)[a-z]?[\]'"]/g)) ids.add(id)
  }
  return ids
}
