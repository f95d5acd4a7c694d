import type { ReactNode } from 'react'
import styles from './primitives.module.css'

export type EmptyProps = { readonly title: string; readonly children?: ReactNode }

/** What a panel shows while it has nothing: why, and what to do about it. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div className={styles.empty}>
      <b>{title}</b>
      {children}
    </div>
  )
}
