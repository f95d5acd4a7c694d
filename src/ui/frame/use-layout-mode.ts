import { useSyncExternalStore } from 'react'

/** How much room there is: all columns, narrower ones, a drawer for the lesson, one panel. */
export type LayoutMode = 'wide' | 'medium' | 'compact' | 'phone'

const QUERIES: readonly (readonly [LayoutMode, string])[] = [
  ['phone', '(max-width: 719.98px)'],
  ['compact', '(max-width: 1023.98px)'],
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
