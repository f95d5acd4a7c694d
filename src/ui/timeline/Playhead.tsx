import { formatTime } from '#sim/kernel/time.ts'
import type { KeyboardEvent } from 'react'
import { formatSpan } from '#state/time.ts'
import { useApp } from '#ui/app-context.ts'
import styles from './timeline.module.css'

export type PlayheadProps = {
  /** The moment shown, the present, and how far back one can look. */
  readonly time: number
  readonly now: number
  readonly first: number
  /** Their places in pixels, and how many there are. */
  readonly left: number
  readonly liveLeft: number
  readonly width: number
}

const PAGE = 10
/** Half of either label: nearer to each other, one would lie on the other. */
const LABELS_PX = 60

/** The moment that the page shows, as a slider along everything that happened. */
export function Playhead({ time, now, first, left, liveLeft, width }: PlayheadProps) {
  const isPast = useApp((state) => state.past !== undefined)
  const lookAt = useApp((state) => state.lookAt)
  const lookBy = useApp((state) => state.lookBy)
  const backToLive = useApp((state) => state.backToLive)
  const onKeyDown = (event: KeyboardEvent) => {
    const act = {
      ArrowLeft: () => lookBy(-1),
      ArrowDown: () => lookBy(-1),
      ArrowRight: () => lookBy(1),
      ArrowUp: () => lookBy(1),
      PageDown: () => lookBy(-PAGE),
      PageUp: () => lookBy(PAGE),
      Home: () => lookAt(first),
      End: backToLive,
      Escape: backToLive,
    }[event.key]
    if (act === undefined) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  return (
    <>
      {isPast && (
        <span
          className={styles.veil}
          style={{ left: Math.max(0, left) }}
          data-whole={left > width ? '' : undefined}
          aria-hidden="true"
        />
      )}
      {isPast && liveLeft >= 0 && liveLeft <= width && (
        <span
          className={styles.playhead}
          data-live=""
          style={{ left: liveLeft }}
          aria-hidden="true"
        >
          {liveLeft - left >= LABELS_PX && <b>live {formatTime(now)}</b>}
        </span>
      )}
      <span
        className={styles.playhead}
        data-scrub=""
        data-out={left < 0 || left > width ? '' : undefined}
        style={{ left: Math.min(width, Math.max(0, left)) }}
        role="slider"
        aria-label="Moment shown"
        aria-orientation="horizontal"
        aria-valuemin={Math.floor(first)}
        aria-valuemax={Math.floor(now)}
        aria-valuenow={Math.floor(time)}
        aria-valuetext={
          isPast ? `${formatTime(time)}, ${formatSpan(now - time)} before now` : 'now'
        }
        tabIndex={0}
        title="Drag to look back; arrow keys go along writes and changes of phase"
        onKeyDown={onKeyDown}
      >
        <b>{formatTime(time)}</b>
      </span>
    </>
  )
}
