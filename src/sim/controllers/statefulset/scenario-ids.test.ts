import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// The specification lists its scenarios by number and its traps by T and a number; the tests that
// show them begin with those ids. A part of one has a letter behind it: SS-74a.

const SCENARIOS = 176
const TRAPS = 25
const FOLDERS = ['./', '../history/']

describe('the tests of the StatefulSet controller', () => {
  const texts = FOLDERS.flatMap(testsIn)
  const shown = idsOf(texts)

  it('show every scenario of the specification', () => {
    const ids = Array.from({ length: SCENARIOS }, (_, index) => String(index + 1))
    expect(ids.filter((id) => !shown.has(id))).toEqual([])
  })

  it('show every trap of its checklist', () => {
    const ids = Array.from({ length: TRAPS }, (_, index) => `T${index + 1}`)
    expect(ids.filter((id) => !shown.has(id))).toEqual([])
  })

  it('show no scenario and no trap that there is not', () => {
    const beyond = [...shown].filter((id) => {
      const number = Number(id.replace('T', ''))
      return number < 1 || number > (id.startsWith('T') ? TRAPS : SCENARIOS)
    })
    expect(beyond).toEqual([])
  })

  it('run, each of them', () => {
    const left = texts.flatMap((text) => text.match(LEFT_OUT) ?? [])
    expect(left).toEqual([])
  })
})

/** Tests that count as shown and prove nothing. */
const LEFT_OUT = /\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|skipIf|runIf|todo|only|fails)\b.*/g

function testsIn(folder: string): string[] {
  const url = new URL(folder, import.meta.url)
  return readdirSync(url)
    .filter((file) => file.endsWith('.test.ts') && !import.meta.url.endsWith(file))
    .map((file) => readFileSync(new URL(file, url), 'utf8'))
}

/** What is quoted, by line or over lines. A comment is taken whole, and what it quotes is none. */
const QUOTED = /\/\/.*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Ids in titles, or in rows that make titles. The numbers of sections, as 4.9, are none. */
function idsOf(sources: readonly string[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const [quoted] of sources.flatMap((text) => [...text.matchAll(QUOTED)])) {
    if (quoted.startsWith('/')) continue
    for (const [, id = ''] of quoted.matchAll(/[['"]SS-(T?\d+)[a-z]?[\]'"]/g)) ids.add(id)
  }
  return ids
}
