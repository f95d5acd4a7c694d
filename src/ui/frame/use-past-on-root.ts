import { useLayoutEffect } from 'react'
import { useIsPast } from '#ui/app-context.ts'

/** Tells the style sheets that a past moment is shown. */
export function usePastOnRoot(): void {
  const isPast = useIsPast()
  useLayoutEffect(() => {
    document.documentElement.toggleAttribute('data-past', isPast)
  }, [isPast])
}
