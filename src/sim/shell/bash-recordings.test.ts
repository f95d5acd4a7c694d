import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createTestHost, run } from './testing/test-host.ts'

type Recording = {
  readonly name: string
  readonly script: string
  readonly stdout: string
  readonly exitCode: number
}

const recordings = JSON.parse(
  readFileSync(new URL('../../../tools/recordings/shell/bash.json', import.meta.url), 'utf8'),
) as readonly Recording[] // What GNU bash 5.2 printed; the shape is checked by use.

it('has recordings to compare with', () => {
  expect(recordings.length).toBeGreaterThan(90)
})

it.each(recordings)('prints what bash prints: $name', ({ script, stdout, exitCode }) => {
  const result = run(createTestHost(), script)
  expect({ stdout: result.stdout, code: result.code }, result.stderr).toEqual({
    stdout,
    code: exitCode,
  })
})
