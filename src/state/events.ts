import type { Clock } from '#worker/protocol.ts'
import type { ByUid, ClusterEvent } from './kube.ts'
import { simTimeOf } from './time.ts'

export type EventRow = {
  readonly uid: string
  readonly at: number
  readonly type: string
  readonly reason: string
  readonly object: string
  readonly objectUid: string | undefined
  readonly message: string
  readonly count: number
  readonly from: string
}

/** Events as rows, newest first; those of one moment keep the order they came in, reversed. */
export function eventRows(
  events: ByUid<ClusterEvent>,
  clock: Pick<Clock, 'time' | 'unixMs'>,
): readonly EventRow[] {
  return [...events.values()]
    .map((event) => eventRow(event, clock))
    .toReversed()
    .sort((a, b) => b.at - a.at)
}

function eventRow(event: ClusterEvent, clock: Pick<Clock, 'time' | 'unixMs'>): EventRow {
  const { involvedObject } = event
  return {
    uid: event.metadata.uid,
    at: simTimeOf(clock, lastSeen(event)) ?? 0,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    object: `${involvedObject.kind ?? ''} ${involvedObject.name ?? ''}`.trim(),
    objectUid: involvedObject.uid,
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
    from: event.source?.component || event.reportingController || event.reportingComponent || '',
  }
}

export function lastSeen(event: ClusterEvent): string {
  return (
    event.series?.lastObservedTime ||
    event.lastTimestamp ||
    event.eventTime ||
    event.firstTimestamp ||
    event.metadata.creationTimestamp
  )
}

/** The event of the newest moment, found without putting all of them in order. */
export function newestEvent(
  events: ByUid<ClusterEvent>,
  clock: Pick<Clock, 'time' | 'unixMs'>,
): EventRow | undefined {
  let newest: ClusterEvent | undefined
  for (const event of events.values()) {
    if (newest === undefined || lastSeen(event) >= lastSeen(newest)) newest = event
  }
  return newest && eventRow(newest, clock)
}

/** Events by the uid of what they are about, in the order they were first told. */
export function indexEvents(
  events: ByUid<ClusterEvent>,
): ReadonlyMap<string, readonly ClusterEvent[]> {
  const index = new Map<string, ClusterEvent[]>()
  for (const event of events.values()) {
    const uid = event.involvedObject.uid ?? ''
    const list = index.get(uid)
    if (list === undefined) index.set(uid, [event])
    else list.push(event)
  }
  for (const list of index.values()) list.sort((a, b) => (lastSeen(a) < lastSeen(b) ? -1 : 1))
  return index
}

export function matchesFilter(row: EventRow, filter: string): boolean {
  const text = `${row.type} ${row.reason} ${row.object} ${row.message} ${row.from}`.toLowerCase()
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
