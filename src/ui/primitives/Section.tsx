import type { ReactNode } from 'react'
import styles from './section.module.css'

export type SectionProps = {
  readonly title: ReactNode
  readonly detail?: ReactNode
  readonly children: ReactNode
}

/** A part of a side panel: a head, what is said beside it, and a hairline above. */
export function Section({ title, detail, children }: SectionProps) {
  return (
    <div className={styles.section}>
      <h3>
        <span>{title}</span>
        {detail !== undefined && <small>{detail}</small>}
      </h3>
      {children}
    </div>
  )
}
