import { age } from '../output/ages.ts'
import { at, type Manifest } from '../manifest.ts'
import type { Now, Page } from './page.ts'

/** The Events section; the label of an empty one lines up with what stands before it. */
export function eventLines(page: Page, events: readonly Manifest[]): void {
  if (events.length === 0) {
    page.field('Events', '<none>')
    return
  }
  page.flush()
  page.line(0, 'Events:')
  page.line(1, 'Type\tReason\tAge\tFrom\tMessage')
  page.line(1, '----\t------\t----\t----\t-------')
  const sorted = events.toSorted((a, b) => lastTime(a) - lastTime(b))
  for (const event of sorted) {
    page.line(
      1,
      [
        event['type'],
        event['reason'],
        interval(event, page.now),
        source(event, page),
        message(event, page),
      ]
        .map((cell) => String(cell ?? ''))
        .join('\t'),
    )
  }
}

export function lastTime(event: Manifest): number {
  return Date.parse(String(event['lastTimestamp'] ?? '')) || 0
}

/** `19m`, or `18m (x4 over 19m)` for what happened more than once. */
export function interval(event: Manifest, now: Now): string {
  const eventTime = event['eventTime'] as string | null | undefined
  const first = age(eventTime ?? event['firstTimestamp'], now)
  const series = event['series'] as Manifest | null | undefined
  if (series !== undefined && series !== null) {
    return `${age(series['lastObservedTime'], now)} (x${series['count']} over ${first})`
  }
  const count = Number(event['count'] ?? 1)
  return count > 1 ? `${age(event['lastTimestamp'], now)} (x${count} over ${first})` : first
}

function source(event: Manifest, page: Page): string {
  const component =
    String(at(event, 'source', 'component') ?? '') || String(event['reportingComponent'] ?? '')
  const host = String(at(event, 'source', 'host') ?? '')
  return page.isOld && host !== '' ? `${component}, ${host}` : component
}

function message(event: Manifest, page: Page): string {
  const text = String(event['message'] ?? '').trim()
  const path = String(at(event, 'involvedObject', 'fieldPath') ?? '')
  return page.isOld || path === '' ? text : `${path}: ${text}`
}
