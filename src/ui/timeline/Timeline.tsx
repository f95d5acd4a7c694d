import { useMemo } from 'react'
import { liveOf } from '#state/past.ts'
import { timelineModel, timeRange, zoomed } from '#state/timeline.ts'
import { useApp, useAppStore, useLive } from '#ui/app-context.ts'
import { useShown } from '#ui/use-slots.ts'
import { Legend } from './Legend.tsx'
import { TimelineBody } from './TimelineBody.tsx'
import styles from './timeline.module.css'

/** Swim lanes by ordinal over virtual time, for the set on the stage. */
export function Timeline({ isSmall = false }: { readonly isSmall?: boolean }) {
  const { laneSet: set, slots, holds } = useShown()
  const phases = useLive((live) => live.phases)
  const writes = useLive((live) => live.writes)
  const faults = useLive((live) => live.faults)
  const name = set?.metadata.name ?? ''
  const namespace = set?.metadata.namespace ?? 'default'
  const ordinals = slots.map((slot) => slot.ordinal).join()
  const model = useMemo(
    () =>
      timelineModel({
        set: { name, namespace },
        ordinals: ordinals === '' ? [] : ordinals.split(',').map(Number),
        phases,
        writes,
        faults,
        holds,
      }),
    [name, namespace, ordinals, phases, writes, faults, holds],
  )
  return (
    <section className={styles.timeline} role="region" aria-label="Timeline">
      {!isSmall && (
        <div className={styles.head}>
          <h2>Timeline</h2>
          <Legend lanes={model.lanes} />
          <Zoom first={model.first} />
        </div>
      )}
      <TimelineBody model={model} isSmall={isSmall} />
    </section>
  )
}

function Zoom({ first }: { readonly first: number }) {
  const store = useAppStore()
  const view = useApp((state) => state.timelineWindow)
  const showTimeline = useApp((state) => state.showTimeline)
  const zoom = (factor: number) => {
    const { timelineWindow } = store.getState()
    const { clock } = liveOf(store.getState())
    const range = timeRange(timelineWindow, clock.time, first)
    showTimeline(zoomed(range, clock.time, factor))
  }
  return (
    <div className={styles.zoom} role="group" aria-label="Zoom">
      <button type="button" aria-label="Zoom out" onClick={() => zoom(2)}>
        −
      </button>
      <button
        type="button"
        aria-pressed={view === 'latest'}
        title="The last two minutes"
        onClick={() => showTimeline('latest')}
      >
        Latest
      </button>
      <button
        type="button"
        title="All of it"
        aria-pressed={view === 'fit'}
        onClick={() => showTimeline('fit')}
      >
        Fit
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => zoom(0.5)}>
        +
      </button>
    </div>
  )
}
