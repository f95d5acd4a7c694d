import type { CSSProperties } from 'react'
import type { Arrow } from './rack-layout.ts'
import styles from './stage.module.css'

/** From who waits (ring) to what is waited for (head), dashed while it lasts. */
export function WaitArrow({ arrow }: { readonly arrow: Arrow }) {
  const { awaitedColumn, waiterColumn, text } = arrow
  if (waiterColumn === undefined) {
    const from = Math.max(1, awaitedColumn)
    const style = { gridColumn: `${from}/${awaitedColumn + 2}`, '--k': awaitedColumn === 0 ? 1 : 2 }
    return (
      <div className={styles.wait} data-token="" style={style as CSSProperties}>
        <span>{text}</span>
      </div>
    )
  }
  const left = Math.min(awaitedColumn, waiterColumn)
  const right = Math.max(awaitedColumn, waiterColumn)
  const style = { gridColumn: `${left + 1}/${right + 2}`, '--k': right - left + 1 }
  return (
    <div
      className={styles.wait}
      data-head={awaitedColumn === left ? 'left' : 'right'}
      style={style as CSSProperties}
    >
      <span>{text}</span>
    </div>
  )
}
