export type RackLayout = {
  /** How much a slot shows: all of it, only what tells Pods apart, or a mark and a number. */
  readonly density: 'full' | 'tight' | 'tiles'
  /** Too narrow for kubectl's words: short ones, and the name's address on a line of its own. */
  readonly isNarrow: boolean
  readonly columns: number
  readonly gap: number
}

const SLOT_MIN = 168
/** Five of them stand beside each other on a page of 1280 pixels. */
const NARROW_MIN = 112
const TIGHT_HEIGHT = 168
const WIDE_GAP = 28
const NARROW_GAP = 16
const LEAST_GAP = 12

/**
 * Slots share a rack until they would be narrower than they can be read, then take a
 * second one; past what two looks at the stage would show, they become tiles.
 */
export function rackLayout(
  count: number,
  area: { readonly width: number; readonly height: number },
): RackLayout {
  for (const [gap, least] of [
    [WIDE_GAP, SLOT_MIN],
    [NARROW_GAP, SLOT_MIN],
    [LEAST_GAP, NARROW_MIN],
  ] as const) {
    if (count * least + (count - 1) * gap <= area.width) {
      return {
        density: 'full',
        isNarrow: least === NARROW_MIN,
        columns: Math.max(1, count),
        gap,
      }
    }
  }
  const most = Math.max(1, Math.floor((area.width + LEAST_GAP) / (NARROW_MIN + LEAST_GAP)))
  const racks = Math.ceil(count / most)
  const columns = Math.ceil(count / racks)
  const isNarrow = columns * SLOT_MIN + (columns - 1) * LEAST_GAP > area.width
  const fits = racks * TIGHT_HEIGHT <= Math.max(area.height * 1.6, TIGHT_HEIGHT * 2)
  return { density: fits ? 'tight' : 'tiles', isNarrow, columns, gap: LEAST_GAP }
}

/** The wait drawn over one rack: who waits at which column for whom at which. */
export type Arrow = {
  readonly awaitedColumn: number
  /** Absent where who waits has no slot in this rack. */
  readonly waiterColumn: number | undefined
  readonly text: string
}

export function arrowOf(
  names: readonly string[],
  awaited: string | undefined,
  waiters: readonly string[],
  until: string,
): Arrow | undefined {
  const awaitedColumn = awaited === undefined ? -1 : names.indexOf(awaited)
  const others = waiters.filter((waiter) => waiter !== awaited)
  if (awaitedColumn < 0 || others.length === 0) return undefined
  const here = others
    .map((waiter) => names.indexOf(waiter))
    .filter((column) => column >= 0)
    .sort((a, b) => Math.abs(a - awaitedColumn) - Math.abs(b - awaitedColumn))
  const waiterColumn = here[0]
  const first = others[0] ?? ''
  const more = others.length > 1 ? ` and ${others.length - 1} more` : ''
  return {
    awaitedColumn,
    waiterColumn,
    text:
      waiterColumn === undefined
        ? `${first}${more} ${more === '' ? 'waits' : 'wait'} for ${awaited}`
        : `waits for ${awaited}${until}`,
  }
}
