import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ComparedKubectl, whyNotCompared } from './compared-kubectl.test-kit.ts'

const MAPS = '/api/v1/namespaces/default/configmaps'

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('a', 'word', 'longer-than-most', "'", '"', 'é', '\\') },
  { weight: 2, arbitrary: fc.constantFrom('', ':', '#', '- ', 'x:', '#y', '%', '{', '@', 'ü') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\t', '\u0001', '\r', 'yes', '1e3', '~') },
)
/** Around the width at which lines are broken, and well beyond it. */
const text = fc.array(word, { maxLength: 60, size: 'max' }).map((words) => words.join(' '))
const data = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9.-]{0,30}$/), text, { maxKeys: 30 })

describe.skipIf(whyNotCompared() !== undefined)('our kubectl writes as kubectl 1.36 does', () => {
  let compared: ComparedKubectl

  beforeAll(async () => {
    compared = await ComparedKubectl.start()
  })

  afterAll(() => compared.stop())

  it('YAML of any text, with its lines broken', async () => {
    let number = 0
    await fc.assert(
      fc.asyncProperty(data, async (texts) => {
        const name = `m${number++}`
        compared.api('POST', MAPS, { metadata: { name }, data: texts })
        const { real, own } = await compared.both(`get cm ${name} -o yaml`)
        expect(own).toEqual(real)
      }),
      { numRuns: 20 },
    )
  })

  it('YAML of lists of texts', async () => {
    const args = Array.from({ length: 40 }, (_, index) => {
      return `${'w'.repeat(index)}${' and more words'.repeat(index % 9)} x`
    })
    const containers = [{ name: 'c', image: 'i', args, command: args.map((one) => `${one}: y`) }]
    compared.api('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { containers },
    })
    const { real, own } = await compared.both('get pod p -o yaml')
    expect(own).toEqual(real)
  })
})
