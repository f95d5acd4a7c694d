import { formatSpan } from '#state/time.ts'
import { useApp, useLive, useNow } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Icon } from '#ui/primitives/Icon.tsx'
import styles from './frame.module.css'

/** What stands where the present's mark does while a past moment is shown: when, and the ways out. */
export function PastBar({ isShort }: { readonly isShort: boolean }) {
  const time = useNow(1)
  const now = useLive((live) => live.clock.time)
  const isForking = useApp((state) => state.isForking)
  const fork = useApp((state) => state.fork)
  const backToLive = useApp((state) => state.backToLive)
  return (
    <>
      <span className={styles.pastMessage}>
        <b>Past</b>
        <span>
          {isShort ? ` −${formatSpan(now - time)}` : `, ${formatSpan(now - time)} before now`}
        </span>
      </span>
      <Button
        look="primary"
        disabled={isForking}
        aria-label="Fork here"
        title="Runs the same inputs again up to this moment, and stands there. The present run is kept"
        onClick={fork}
      >
        <Icon name="fork" />
        {isForking ? 'Forking' : isShort ? 'Fork' : 'Fork here'}
      </Button>
      <Button aria-label="Back to live" title="Back to live (Escape)" onClick={backToLive}>
        <Icon name="rest" />
        {isShort ? 'Live' : 'Back to live'}
      </Button>
    </>
  )
}

const WAYS = {
  back: { stops: -1, name: 'Back', icon: 'back', to: 'the last' },
  forward: { stops: 1, name: 'Forward', icon: 'step', to: 'the next' },
} as const

/** The way into the past, and along it: one write or change of phase at a time. */
export function WayButton({ way }: { readonly way: keyof typeof WAYS }) {
  const lookBy = useApp((state) => state.lookBy)
  const { stops, name, icon, to } = WAYS[way]
  return (
    <Button
      isSquare
      aria-label={name}
      title={`${name} to ${to} write or change of phase`}
      onClick={() => lookBy(stops)}
    >
      <Icon name={icon} />
    </Button>
  )
}
