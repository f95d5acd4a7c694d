export type RackLayout = {
  /** How much a slot shows: all of it, only what tells Pods apart, or a mark and a number. */
  readonly density: 'full' | 'tight' | 'tiles'
  readonly columns: number
  readonly gap: number
}

const SLOT_MIN = 168
const TIGHT_HEIGHT = 168
const WIDE_GAP = 28
const NARROW_GAP = 16

/**
 * Slots share a rack until they would be narrower than they can be read, then take a
 * second one; past what two looks at the stage would show, they become tiles.
 */
export function rackLayout(
  count: number,
  area: { readonly width: number; readonly height: number },
): RackLayout {
  for (const gap of [WIDE_GAP, NARROW_GAP]) {
    if (count * SLOT_MIN + (count - 1) * gap <= area.width) {
      return { density: 'full', columns: Math.max(1, count), gap }
    }
  }
  const most = Math.max(1, Math.floor((area.width + NARROW_GAP) / (SLOT_MIN + NARROW_GAP)))
  const racks = Math.ceil(count / most)
  const columns = Math.ceil(count / racks)
  const fits = racks * TIGHT_HEIGHT <= Math.max(area.height * 1.6, TIGHT_HEIGHT * 2)
  return { density: fits ? 'tight' : 'tiles', columns, gap: NARROW_GAP }
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
        : `waits for ${awaited} ${until}`,
  }
}
