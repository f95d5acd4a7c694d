import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createTestHost, run } from './testing/test-host.ts'

type Recording = {
  readonly script: string
  readonly stdout: string
  /** Only where the wording of complaints is the point. */
  readonly stderr?: string
  readonly exitCode: number
}

const { cases } = JSON.parse(
  readFileSync(new URL('testing/gnu-recordings.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Recording[] } // Recorded from the real tools it names.

const ENV = new Map([
  ['PATH', '/usr/local/bin:/usr/bin:/bin'],
  ['HOME', '/root'],
  ['LC_ALL', 'C'],
])

it('has recordings to compare with', () => {
  expect(cases.length).toBeGreaterThan(150)
})

it.each(cases.map((each) => ({ ...each, title: each.script.slice(0, 60) })))(
  'prints what GNU tools print: $title',
  ({ script, stdout, stderr, exitCode }) => {
    const result = run(createTestHost(), script, { env: ENV })
    expect({ stdout: result.stdout, code: result.code }).toEqual({ stdout, code: exitCode })
    if (stderr !== undefined) expect(result.stderr).toBe(stderr)
  },
)
