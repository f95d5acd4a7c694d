import { describe, expect, it } from 'vitest'
import type { KeyValue } from './deps.ts'
import { DEFAULT_SETTINGS } from '#session/settings.ts'
import { forgetSavedRun, readSavedRun, type SavedRun, writeSavedRun } from './saved-run.ts'

function memory(initial: Record<string, string> = {}): KeyValue {
  const kept = new Map(Object.entries(initial))
  return { read: (key) => kept.get(key), write: (key, value) => void kept.set(key, value) }
}

const run: SavedRun = {
  build: 'b1',
  settings: DEFAULT_SETTINGS,
  inputs: [{ type: 'keys', terminal: 1, text: 'ls\r', time: 12.5, afterEvents: 99 }],
  until: 400,
  speed: 10,
  isPaused: true,
}

describe('a kept run', () => {
  it('is read as it was written', () => {
    const storage = memory()
    writeSavedRun(storage, run)
    expect(readSavedRun(storage, 'b1')).toEqual(run)
  })

  it('is gone once forgotten', () => {
    const storage = memory()
    writeSavedRun(storage, run)
    forgetSavedRun(storage)
    expect(readSavedRun(storage, 'b1')).toBeUndefined()
  })

  it.each([
    { name: 'there is none', text: undefined },
    { name: 'it is of another build', text: JSON.stringify({ ...run, build: 'b0' }) },
    { name: 'it is no JSON', text: '{"build":' },
    { name: 'it is something else', text: '[1,2]' },
    { name: 'its inputs are missing', text: JSON.stringify({ ...run, inputs: 'x' }) },
  ])('is not there when $name', ({ text }) => {
    expect(readSavedRun(memory(text === undefined ? {} : { run: text }), 'b1')).toBeUndefined()
  })

  it('that is too long to keep does not replace a short one by half of itself', () => {
    const storage = memory()
    writeSavedRun(storage, run)
    const long = { ...run.inputs[0], type: 'keys', terminal: 1, text: 'x'.repeat(2_000_000) }
    writeSavedRun(storage, { ...run, inputs: [long as SavedRun['inputs'][number]] })
    expect(readSavedRun(storage, 'b1')).toBeUndefined()
  })
})
