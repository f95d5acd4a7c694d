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

  it('is its own canonical form and says the same amount', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const canonical = canonicalQuantity(text)!
        expect(canonicalQuantity(canonical)).toBe(canonical)
        expect(parseQuantity(canonical)?.nanos).toBe(parseQuantity(text)?.nanos)
      }),
    )
  })

  it('orders and adds as amounts do', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const difference = parseQuantity(a)!.nanos - parseQuantity(b)!.nanos
        expect(Math.sign(compareQuantities(a, b))).toBe(
          difference < 0n ? -1 : difference > 0n ? 1 : 0,
        )
        const sum = parseQuantity(addQuantities(a, b))!.nanos
        expect(sum).toBe(parseQuantity(a)!.nanos + parseQuantity(b)!.nanos)
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
