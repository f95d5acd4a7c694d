import { useSyncExternalStore } from 'react'

/**
 * How much room there is: all columns, narrower ones, none for the side panels, a drawer for the
 * lesson, one panel at a time.
 */
export type LayoutMode = 'wide' | 'medium' | 'narrow' | 'compact' | 'phone'

const QUERIES: readonly (readonly [LayoutMode, string])[] = [
  // Where stage, timeline and terminals do not fit above each other, they do not fit at all.
  ['phone', '(max-width: 719.98px), (max-height: 559.98px)'],
  ['compact', '(max-width: 1023.98px)'],
  ['narrow', '(max-width: 1179.98px)'],
  ['medium', '(max-width: 1360px)'],
]

export function useLayoutMode(): LayoutMode {
  return useSyncExternalStore(watch, currentMode)
}

function currentMode(): LayoutMode {
  return QUERIES.find(([, query]) => matchMedia(query).matches)?.[0] ?? 'wide'
}

function watch(onChange: () => void): () => void {
  const lists = QUERIES.map(([, query]) => matchMedia(query))
  for (const list of lists) list.addEventListener('change', onChange)
  return () => {
    for (const list of lists) list.removeEventListener('change', onChange)
  }
}
