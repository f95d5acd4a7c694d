import type { KnownKinds } from '#state/kube.ts'
import { withLetters } from '#state/revisions.ts'
import { formatSpan } from '#state/time.ts'
import { awaitedSince } from '#state/waits.ts'
import { useApp, useNow } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Named } from '#ui/primitives/Named.tsx'
import { useRevisionOrder } from '#ui/use-slots.ts'
import type { DecisionPass } from '#worker/protocol.ts'
import styles from './stage.module.css'

export type GazeProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly passes: readonly DecisionPass[]
}

/** What the controller looks at, in words: who waits, for whom, why, since when. */
export function Gaze({ set, passes }: GazeProps) {
  const pass = passes.at(-1)
  const order = useRevisionOrder(set)
  return (
    <div className={styles.gaze}>
      <Icon name="controller" size={18} />
      <p>
        {pass === undefined ? (
          'The controller has not looked at this set yet.'
        ) : (
          <Sentences text={withLetters(order, pass.summary)} setName={set.metadata.name} />
        )}
      </p>
      <Since passes={passes} />
    </div>
  )
}

/** The first sentence says it; the others give way where there is little room. */
function Sentences({ text, setName }: { readonly text: string; readonly setName: string }) {
  const end = /\.\s+(?=[A-Z])/.exec(text)
  if (end === null) return <Named text={text} setName={setName} />
  const split = end.index + 1
  return (
    <>
      <Named text={text.slice(0, split)} setName={setName} />
      <span className={styles.more}>
        <Named text={text.slice(split)} setName={setName} />
      </span>
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
