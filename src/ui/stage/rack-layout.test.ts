import fc from 'fast-check'
import { expect, it } from 'vitest'
import { arrowOf, rackLayout } from './rack-layout.ts'

it.each([
  { count: 3, width: 672, want: { density: 'full', columns: 3, gap: 28 } },
  { count: 4, width: 720, want: { density: 'full', columns: 4, gap: 16 } },
  { count: 5, width: 636, want: { density: 'full', isNarrow: true, columns: 5, gap: 12 } },
  { count: 5, width: 1200, want: { density: 'full', isNarrow: false, columns: 5, gap: 28 } },
  { count: 8, width: 636, want: { density: 'tight', isNarrow: true, columns: 4, gap: 12 } },
  { count: 100, width: 720, want: { density: 'tiles' } },
])('$count slots in $width px', ({ count, width, want }) => {
  expect(rackLayout(count, { width, height: 330 })).toMatchObject(want)
})

it('never makes a slot narrower than it can be read, unless one alone does not fit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 200, max: 2500 }),
      (count, width) => {
        const { columns, gap } = rackLayout(count, { width, height: 400 })
        expect((width - (columns - 1) * gap) / columns).toBeGreaterThanOrEqual(112)
      },
    ),
  )
})

it('draws the arrow from the nearest that waits, and names those of other racks', () => {
  const names = ['web-0', 'web-1', 'web-2']
  expect(arrowOf(names, 'web-0', ['web-2', 'web-1'], ' to be Ready')).toEqual({
    awaitedColumn: 0,
    waiterColumn: 1,
    text: 'waits for web-0 to be Ready',
  })
  expect(arrowOf(names, 'web-2', ['web-3', 'web-4'], ' to be Ready')).toEqual({
    awaitedColumn: 2,
    waiterColumn: undefined,
    text: 'web-3 and 1 more wait for web-2',
  })
  expect(arrowOf(names, undefined, ['web-1'], '')).toBeUndefined()
  expect(arrowOf(names, 'web-1', ['web-1'], '')).toBeUndefined()
})
