import { useMemo } from 'react'
import { activeFaults } from '#state/faults.ts'
import { useApp } from '#ui/app-context.ts'

/** What is broken on purpose, in the order it began. */
export function useActiveFaults() {
  const log = useApp((state) => state.faults)
  return useMemo(() => activeFaults(log), [log])
}
