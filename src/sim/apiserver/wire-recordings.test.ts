import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { resourceDefinitions } from './resources/registry.ts'
import { compareAnswer } from './wire-compare.ts'
import knownDifferences from './wire-differences.json' with { type: 'json' }
import { type Recording, WireReplay } from './wire-replay.ts'

const directory = join(import.meta.dirname, '../../../tools/recordings/wire')
const known = knownDifferences as Readonly<Record<string, Readonly<Record<string, string>>>>

// What differs stands in wire-differences.json with its reason; anything else must be the same.
it.each(readdirSync(directory).filter((file) => file.endsWith('.json')))(
  'answers %s as the real server did',
  (file) => {
    const recording = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Recording
    const replay = new WireReplay(resourceDefinitions, recording.name)
    const differences = recording.exchanges.flatMap((exchange, index) => {
      const faults = compareAnswer(exchange, replay.send(exchange), replay.namespace)
      return faults.length === 0 ? [] : [{ index, faults }]
    })
    const total = recording.exchanges.length
    console.log(`${recording.name}: ${total - differences.length} of ${total} exchanges the same`)
    const unexplained = differences.filter(
      ({ index }) => known[recording.name]?.[String(index)] === undefined,
    )
    expect(unexplained).toEqual([])
  },
)
