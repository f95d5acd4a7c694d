import { useEffect, useMemo, useRef, useState } from 'react'
import { type EventRow, newestEvent } from '#state/events.ts'
import { conditionStatus } from '#state/kube.ts'
import { newestSentence } from '#state/status-sentence.ts'
import { useApp, useObjects } from '#ui/app-context.ts'
import { useClockFace } from '#ui/use-slots.ts'
import styles from './frame.module.css'

/** One sentence, the newest; what is polite to hear changes once a second at most. */
export function StatusLine() {
  const event = useNewestEvent()
  const sentence = useApp((state) => newestSentence(state, event))
  const said = useThrottled(sentence, 1000)
  const settings = useApp((state) => state.settings)
  return (
    <footer className={styles.status}>
      <span className={styles.say} role="status" aria-live="polite" title={said}>
        {said}
      </span>
      <span className={styles.grow} />
      <NodeCount />
      <span>
        Kubernetes 1.36 · kubectl {settings.dialect} · seed {settings.seed}
      </span>
    </footer>
  )
}

/** The event of the newest moment; what the page said gives way to it when it comes. */
function useNewestEvent(): EventRow | undefined {
  const events = useObjects('Event')
  const clock = useClockFace(60_000)
  return useMemo(() => newestEvent(events, clock), [events, clock])
}

function NodeCount() {
  const nodes = useObjects('Node')
  const all = [...nodes.values()]
  if (all.length === 0) return null
  const ready = all.filter((node) => conditionStatus(node, 'Ready') === 'True').length
  const words = ready === all.length ? `${ready}` : `${ready} of ${all.length}`
  return (
    <span>
      {words} {all.length === 1 ? 'node' : 'nodes'} Ready
    </span>
  )
}

function useThrottled(text: string, wallMs: number): string {
  const [shown, setShown] = useState(text)
  const shownAt = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, shownAt.current + wallMs - performance.now())
    const timer = setTimeout(() => {
      shownAt.current = performance.now()
      setShown(text)
    }, wait)
    return () => clearTimeout(timer)
  }, [text, wallMs])
  return shown
}
