import type { ReactNode } from 'react'
import styles from './primitives.module.css'

export type Tone = 'plain' | 'ok' | 'warn' | 'bad' | 'none'

export function Chip(props: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={styles.chip} data-tone={props.tone ?? 'plain'}>
      {props.children}
    </span>
  )
}
