import { useMemo, useState } from 'react'
import { findObject } from '#state/objects.ts'
import { shownSet } from '#state/selection.ts'
import { useApp } from '#ui/app-context.ts'
import { Empty } from '#ui/primitives/Empty.tsx'
import sections from '#ui/primitives/section.module.css'
import { ObjectEvents } from './ObjectEvents.tsx'
import { ObjectHead, type InspectorView } from './ObjectHead.tsx'
import { ObjectYaml } from './ObjectYaml.tsx'
import { ObjectWriters } from './ObjectWriters.tsx'
import styles from './inspector.module.css'

export function InspectorPanel() {
  const chosen = useApp((state) => findObject(state, state.selectedUid))
  const set = useApp(shownSet)
  const object = chosen ?? set
  const wasChosen = useApp((state) => state.selectedUid !== undefined)
  const [view, setView] = useState<InspectorView>('YAML')
  return useMemo(
    () => (
      <div className={styles.inspector}>
        <ObjectHead object={object} view={view} onView={setView} />
        {wasChosen && chosen === undefined && (
          <p className={styles.gone}>The object that was shown is gone.</p>
        )}
        {object === undefined ? (
          <div className={sections.section}>
            <Empty title="No object chosen">
              <span>Choose one above, or click a Pod, a claim or a name anywhere on the page.</span>
            </Empty>
          </div>
        ) : view === 'YAML' ? (
          <ObjectYaml key={object.metadata.uid} object={object} />
        ) : view === 'Events' ? (
          <ObjectEvents object={object} />
        ) : (
          <ObjectWriters object={object} />
        )}
      </div>
    ),
    [object, chosen, wasChosen, view],
  )
}
