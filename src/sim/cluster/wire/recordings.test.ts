import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compareAnswer } from './compare.ts'
import { type Recording, WireReplay } from './replay.ts'

const directory = join(import.meta.dirname, '../../../../tools/recordings/wire')

it.each(readdirSync(directory).filter((file) => file.endsWith('.json')))(
  'answers %s as the real server did',
  (file) => {
    const recording = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Recording
    const replay = new WireReplay(recording.name)
    const differences = recording.exchanges.flatMap((exchange, index) => {
      const faults = compareAnswer(exchange, replay.send(exchange), replay.namespace)
      return faults.length === 0 ? [] : [{ index, faults }]
    })
    const total = recording.exchanges.length
    console.log(`${recording.name}: ${total - differences.length} of ${total} exchanges the same`)
    expect(differences).toEqual([])
  },
)
