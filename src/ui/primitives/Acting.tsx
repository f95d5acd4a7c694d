import type { ReactNode } from 'react'
import { PAST_REASON } from '#state/past-guard.ts'
import { useIsPast } from '#ui/app-context.ts'
import styles from './primitives.module.css'

export type ActingProps = {
  readonly children?: ReactNode
  /** Said in sight while a past moment is shown. */
  readonly note?: string
}

/** Holds controls that act on the cluster: they are off while a past moment is shown. */
export function Acting({ children, note }: ActingProps) {
  const isPast = useIsPast()
  return (
    <fieldset className={styles.acting} disabled={isPast} title={isPast ? PAST_REASON : undefined}>
      {isPast && note !== undefined && <p className={styles.actingNote}>{note}</p>}
      {children}
    </fieldset>
  )
}
