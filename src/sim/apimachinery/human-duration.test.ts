import { expect, it } from 'vitest'
import { ageAt, humanDuration } from './human-duration.ts'

const S = 1000
const M = 60 * S
const H = 60 * M
const D = 24 * H
const Y = 365 * D

it.each([
  [-2 * S, '<invalid>'],
  [-1 * S, '0s'],
  [-1, '0s'],
  [0, '0s'],
  [999, '0s'],
  [119 * S, '119s'],
  [120 * S, '2m'],
  [2 * M + 5 * S, '2m5s'],
  [10 * M - 1, '9m59s'],
  [10 * M + 30 * S, '10m'],
  [3 * H - 1, '179m'],
  [3 * H, '3h'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H - 1, '7h59m'],
  [8 * H + 5 * M, '8h'],
  [48 * H - 1, '47h'],
  [48 * H, '2d'],
  [2 * D + 3 * H, '2d3h'],
  [8 * D - 1, '7d23h'],
  [8 * D, '8d'],
  [2 * Y - 1, '729d'],
  [2 * Y, '2y'],
  [2 * Y + 3 * D, '2y3d'],
  [8 * Y, '8y'],
  [9 * Y + 100 * D, '9y'],
])('%i ms show as %s', (ms, shown) => {
  expect(humanDuration(ms)).toBe(shown)
})

it('knows no age without a time', () => {
  expect(ageAt(undefined, 0)).toBe('<unknown>')
  expect(ageAt('1970-01-01T00:00:00Z', 5 * M)).toBe('5m')
})
