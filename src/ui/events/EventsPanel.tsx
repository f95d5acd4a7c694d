import { useMemo, useState } from 'react'
import { eventRows, matchesFilter } from '#state/events.ts'
import { useObjects } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Segments } from '#ui/primitives/Segments.tsx'
import sections from '#ui/primitives/section.module.css'
import { useClockFace } from '#ui/use-slots.ts'
import { EventList } from './EventList.tsx'
import styles from './events.module.css'

type Order = 'newest' | 'oldest'
const PAGE = 150

export function EventsPanel() {
  const events = useObjects('Event')
  const clock = useClockFace(60_000)
  const [filter, setFilter] = useState('')
  const [order, setOrder] = useState<Order>('newest')
  const [shown, setShown] = useState(PAGE)
  const rows = useMemo(() => {
    const found = eventRows(events, clock).filter((row) => matchesFilter(row, filter))
    return order === 'newest' ? found : found.toReversed()
  }, [events, clock, filter, order])
  return (
    <div className={sections.section}>
      <div className={styles.bar}>
        <label className={sections.ask}>
          <Icon name="search" />
          <input
            aria-label="Filter events"
            placeholder="Filter, such as web-1 pull"
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        <Segments
          label="Order"
          choices={[
            { value: 'newest', text: 'Newest' },
            { value: 'oldest', text: 'Oldest' },
          ]}
          chosen={order}
          onChoose={setOrder}
        />
      </div>
      {rows.length === 0 ? (
        <Empty title={events.size === 0 ? 'No event yet' : 'No event matches'}>
          <span>
            {events.size === 0
              ? 'What the controllers and the kubelets tell of objects is listed here.'
              : 'Every word of the filter must stand in the event.'}
          </span>
        </Empty>
      ) : (
        <EventList rows={rows.slice(0, shown)} />
      )}
      {rows.length > shown && (
        <Button size="small" onClick={() => setShown(shown + PAGE)}>
          Show {Math.min(PAGE, rows.length - shown)} more of {rows.length}
        </Button>
      )}
    </div>
  )
}
