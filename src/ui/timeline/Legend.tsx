import { memo } from 'react'
import { PHASE_WORDS } from '#state/phase-words.ts'
import type { Lane } from '#state/timeline.ts'
import type { PodPhaseLetter } from '#worker/protocol.ts'
import styles from './timeline.module.css'

const ORDER: readonly PodPhaseLetter[] = ['P', 'C', 'N', 'R', 'T', 'L', 'I', 'F', 'U']
const USUAL: readonly PodPhaseLetter[] = ['P', 'C', 'R']

/** The phases in sight, with their letters and textures, and who acts. */
export const Legend = memo(function Legend({ lanes }: { readonly lanes: readonly Lane[] }) {
  const seen = new Set(lanes.flatMap((lane) => lane.bars.map((bar) => bar.phase)))
  const shown = seen.size === 0 ? USUAL : ORDER.filter((letter) => seen.has(letter))
  return (
    <div className={styles.legend}>
      <div className={styles.phases}>
        {shown.map((letter) => (
          <span key={letter}>
            <i className={styles.swatch} data-phase={letter} />
            {letter === 'U' ? '?' : letter} {PHASE_WORDS[letter]}
          </span>
        ))}
      </div>
      <span className={styles.who}>
        <svg viewBox="0 0 9 9" aria-hidden="true">
          <path d="M4.5 1 9 8.5H0z" fill="var(--accent)" />
        </svg>
        controller
      </span>
      <span className={styles.who}>
        <svg viewBox="0 0 9 9" aria-hidden="true">
          <path d="M4.5 0 9 4.5 4.5 9 0 4.5z" fill="var(--ink-1)" />
        </svg>
        you
      </span>
    </div>
  )
})
