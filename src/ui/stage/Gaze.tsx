import { formatTime } from '#sim/kernel/time.ts'
import { departedSentence, isDeparted } from '#state/departed.ts'
import { gazeText } from '#state/gaze.ts'
import type { KnownKinds } from '#state/kube.ts'
import { inPast } from '#state/past-tense.ts'
import type { SlotView } from '#state/slots.ts'
import { formatSpan } from '#state/time.ts'
import { awaitedSince } from '#state/waits.ts'
import { useApp, useIsPast, useNow, useObjects } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Named } from '#ui/primitives/Named.tsx'
import { useRevisionOrder } from '#ui/use-slots.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import styles from './stage.module.css'

export type GazeProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly slots: readonly SlotView[]
  readonly passes: readonly DecisionPass[]
}

/** What the controller looks at, in words: who waits, for whom, why, since when. */
export function Gaze({ set, slots, passes }: GazeProps) {
  const pass = passes.at(-1)
  return (
    <div className={styles.gaze}>
      <Icon name="controller" size={18} />
      <p>
        <PastTag />
        {pass === undefined ? (
          'The controller has not looked at this set yet.'
        ) : (
          <Sentences set={set} slots={slots} pass={pass} />
        )}
      </p>
      {!isDeparted(set) && <Since passes={passes} />}
    </div>
  )
}

type SentencesProps = Omit<GazeProps, 'passes'> & { readonly pass: DecisionPass }

/** The first sentence says it; the other gives way where there is little room. */
function Sentences({ set, slots, pass }: SentencesProps) {
  const nodes = useObjects('Node')
  const order = useRevisionOrder(set)
  const isPast = useIsPast()
  const isGone = isDeparted(set)
  const said = isGone
    ? departedSentence(set.metadata.name, slots)
    : gazeText({ set, slots, pass, nodes, order })
  const first = isPast ? inPast(said.first) : said.first
  // What becomes of a set that is gone is told as it always is.
  const more = isPast && !isGone ? inPast(said.more) : said.more
  return (
    <>
      <Named text={first} setName={set.metadata.name} />
      {more !== '' && (
        <span className={styles.more}>
          {' '}
          <Named text={more} setName={set.metadata.name} />
        </span>
      )}
    </>
  )
}

function PastTag() {
  const time = useApp((state) => state.past?.time)
  if (time === undefined) return null
  return (
    <>
      <span className={styles.pastTag}>At {formatTime(time)}</span>{' '}
    </>
  )
}

function Since({ passes }: Pick<GazeProps, 'passes'>) {
  const now = useNow(100)
  const isAtRest = useApp((state) => state.clock.isAtRest)
  const since = awaitedSince(passes)
  if (since !== undefined)
    return <span className={styles.since}>for {formatSpan(now - since)}</span>
  return <span className={styles.since}>{isAtRest || passes.length > 0 ? 'at rest' : ''}</span>
}
