import { useMemo } from 'react'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { eventRows } from '#state/events.ts'
import { useObjects } from '#ui/app-context.ts'
import { EventList } from '#ui/events/EventList.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import sections from '#ui/primitives/section.module.css'
import { useClockFace } from '#ui/use-slots.ts'

export function ObjectEvents({ object }: { readonly object: KubeObject }) {
  const events = useObjects('Event')
  const clock = useClockFace(1000)
  const rows = useMemo(
    () => eventRows(events, clock).filter((row) => row.objectUid === object.metadata.uid),
    [events, clock, object.metadata.uid],
  )
  return (
    <div className={sections.section}>
      {rows.length === 0 ? <Empty title="No event tells of it" /> : <EventList rows={rows} />}
    </div>
  )
}
