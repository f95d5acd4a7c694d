import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  quantityMillis,
  quantityValue,
  roundedToMilli,
} from './quantity.ts'

function nanos(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n
}

describe('the canonical form', () => {
  it.each([
    ['1024Mi', '1Gi'],
    ['1500Mi', '1500Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.1Gi', '107374182400m'],
    ['1024Ki', '1Mi'],
    ['3.0Gi', '3Gi'],
    ['0Mi', '0'],
    ['00', '0'],
    ['1000m', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['1000', '1k'],
    ['1500000', '1500k'],
    ['1024', '1024'],
    ['1e3', '1e3'],
    ['1.5e3', '1500'],
    ['9Ei', '9223372036854775807'],
    ['-1', '-1'],
    ['+5', '5'],
    ['1000M', '1G'],
    ['0.0000000001', '1n'],
  ])('of %s is %s', (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical)
  })

  it.each(['', 'abc', '1.2.3', '1Zi', '1 Gi', '1ei', '--1', 'Mi', '1e3Gi'])(
    'does not exist for %j',
    (text) => {
      expect(canonicalQuantity(text)).toBeUndefined()
    },
  )

  const texts = fc
    .tuple(
      fc.integer({ min: -5000, max: 2_000_000 }),
      fc.constantFrom('', '.5', '.25', '.125'),
      fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-2'),
    )
    .map(([whole, fraction, suffix]) => `${whole}${fraction}${suffix}`)

  it('says the same amount, and is its own canonical form where the family can be told', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const canonical = canonicalQuantity(text) ?? ''
        expect(parseQuantity(canonical)?.nanos).toBe(parseQuantity(text)?.nanos)
        // 31.25Ki is 32000, which nobody can tell from a decimal quantity any more.
        const isTold = parseQuantity(canonical)?.family === parseQuantity(text)?.family
        if (isTold) expect(canonicalQuantity(canonical)).toBe(canonical)
      }),
      { examples: [['31.25Ki']] },
    )
  })

  it('orders and adds as amounts do', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const difference = nanos(a) - nanos(b)
        expect(Math.sign(compareQuantities(a, b))).toBe(
          difference < 0n ? -1 : difference > 0n ? 1 : 0,
        )
        const sum = nanos(addQuantities(a, b))
        expect(sum).toBe(nanos(a) + nanos(b))
      }),
    )
  })
})

it('rounds up to thousandths in resource lists', () => {
  expect(['0.0001', '1n', '1500u', '2', '0.1Gi'].map(roundedToMilli)).toEqual([
    '1m',
    '1m',
    '2m',
    '2',
    '107374182400m',
  ])
})

it('counts in thousandths and in whole units, rounded up', () => {
  expect([quantityMillis('1.5'), quantityMillis('250m'), quantityMillis('1n')]).toEqual([
    1500, 250, 1,
  ])
  expect([quantityValue('1Gi'), quantityValue('1500m'), quantityValue('-1500m')]).toEqual([
    1_073_741_824, 2, -2,
  ])
})
