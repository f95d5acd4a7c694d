import { expect, it } from 'vitest'
import { formatAge, formatQuantity, formatSpan, simTimeOf } from './time.ts'

it.each([
  { ms: 11_400, span: '11.4 s', age: '11 s' },
  { ms: 59_999, span: '59.9 s', age: '59 s' },
  { ms: 209_000, span: '3 min 29 s', age: '3 min 29 s' },
  { ms: 7_500_000, span: '2 h 05 min', age: '2 h 05 min' },
  { ms: -3, span: '0.0 s', age: '0 s' },
])('writes a span of $ms ms as $span', ({ ms, span, age }) => {
  expect([formatSpan(ms), formatAge(ms)]).toEqual([span, age])
})

it('places a timestamp on the virtual clock', () => {
  const clock = { time: 32_400, unixMs: Date.parse('2026-01-01T00:00:32.400Z') }
  expect(simTimeOf(clock, '2026-01-01T00:00:21Z')).toBe(21_000)
  expect(simTimeOf(clock, undefined)).toBeUndefined()
})

it.each([
  ['1Gi', '1 GiB'],
  ['500M', '500 MB'],
  ['1e3', '1e3'],
  [undefined, 'size unknown'],
])('writes %s as %s', (quantity, text) => expect(formatQuantity(quantity)).toBe(text))
