import type { KnownKinds } from '#state/kube.ts'
import { formatSpan } from '#state/time.ts'
import { awaitedSince } from '#state/waits.ts'
import { useApp, useNow } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import { Named } from '#ui/primitives/Named.tsx'
import type { DecisionPass } from '#worker/protocol.ts'
import styles from './stage.module.css'

export type GazeProps = {
  readonly set: KnownKinds['StatefulSet']
  readonly passes: readonly DecisionPass[]
}

/** What the controller looks at, in words: who waits, for whom, why, since when. */
export function Gaze({ set, passes }: GazeProps) {
  const pass = passes.at(-1)
  return (
    <div className={styles.gaze}>
      <Icon name="controller" size={18} />
      <p>
        {pass === undefined ? (
          'The controller has not looked at this set yet.'
        ) : (
          <Named text={pass.summary} setName={set.metadata.name} />
        )}
      </p>
      <Since passes={passes} />
    </div>
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
