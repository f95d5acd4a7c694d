import { formatTime } from '#sim/kernel/time.ts'
import { memo } from 'react'
import type { EventRow } from '#state/events.ts'
import { ObjectLink } from '#ui/primitives/ObjectLink.tsx'
import styles from './events.module.css'

export function EventList({ rows }: { readonly rows: readonly EventRow[] }) {
  return (
    <ol className={styles.list}>
      {rows.map((row) => (
        <Row key={row.uid} row={row} />
      ))}
    </ol>
  )
}

const Row = memo(
  function Row({ row }: { readonly row: EventRow }) {
    return (
      <li className={styles.event} data-type={row.type}>
        <span className={styles.time}>{row.at < 0 ? 'before' : formatTime(row.at)}</span>
        <div>
          <b>{row.reason}</b>{' '}
          <span className={styles.object}>
            <ObjectLink uid={row.objectUid}>{row.object}</ObjectLink>
            {row.count > 1 && `, ${row.count} times`}
            {row.type === 'Warning' && ', warning'}
          </span>
          <br />
          {row.message}
        </div>
      </li>
    )
  },
  ({ row: a }, { row: b }) => a.uid === b.uid && a.at === b.at && a.count === b.count,
)
