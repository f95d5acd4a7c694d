import type { FaultNote } from '#state/faults.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import styles from './faults.module.css'

export type FaultWordsProps = {
  readonly notes: readonly FaultNote[]
  /** Where there is room for little more than a word. */
  readonly isShort?: boolean
}

/** What is broken on purpose where this stands. */
export function FaultWords({ notes, isShort = false }: FaultWordsProps) {
  return notes.map(({ words, since }) => {
    const whole = `${words} since ${since}`
    return (
      <p key={whole} className={styles.words} data-short={isShort ? '' : undefined} title={whole}>
        <Icon name="fault" />
        <span>{isShort ? words : whole}</span>
      </p>
    )
  })
}
