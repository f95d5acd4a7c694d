import { lazy, Suspense } from 'react'
import { useApp } from '#ui/app-context.ts'
import { useShown } from '#ui/use-slots.ts'
import { Gaze } from './Gaze.tsx'
import { NoSet } from './NoSet.tsx'
import { Rack } from './Rack.tsx'
import { SetHead } from './SetHead.tsx'
import styles from './stage.module.css'

const NodesView = lazy(async () => ({
  default: (await import('./NodesView.tsx')).NodesView,
}))

export function Stage() {
  const { set, passes, pass, slots } = useShown()
  const view = useApp((state) => state.stageView)
  return (
    <section className={styles.stage} role="region" aria-label="Stage">
      {set === undefined ? (
        <div className={styles.nothing}>
          <NoSet hasEditor />
        </div>
      ) : (
        <>
          <SetHead set={set} />
          <Gaze set={set} slots={slots} passes={passes} />
          {view === 'slots' ? (
            <Rack set={set} slots={slots} pass={pass} />
          ) : (
            <Suspense>
              <NodesView set={set} slots={slots} />
            </Suspense>
          )}
        </>
      )}
    </section>
  )
}
