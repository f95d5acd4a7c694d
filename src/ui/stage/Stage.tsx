import { lazy, Suspense } from 'react'
import { Button } from '#ui/primitives/Button.tsx'
import { Empty } from '#ui/primitives/Empty.tsx'
import { useApp } from '#ui/app-context.ts'
import { useShown } from '#ui/use-slots.ts'
import { Gaze } from './Gaze.tsx'
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
        <NoSet />
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

function NoSet() {
  const connection = useApp((state) => state.connection)
  const hasHadSome = useApp((state) => state.passes.length > 0)
  const showSide = useApp((state) => state.showSide)
  if (connection === 'connecting') {
    return (
      <div className={styles.nothing}>
        <Empty title="The cluster is starting">
          <span>Its nodes, its API server and its controllers run in this page.</span>
        </Empty>
      </div>
    )
  }
  return (
    <div className={styles.nothing}>
      <Empty title={hasHadSome ? 'No StatefulSet is left' : 'No StatefulSet yet'}>
        <span>
          Run the next command of the lesson, type <code>kubectl apply -f web.yaml</code> in a
          terminal, or apply a manifest from the editor.
        </span>
        <Button size="small" onClick={() => showSide('Editor')}>
          Open web.yaml
        </Button>
      </Empty>
    </div>
  )
}
