import { useState } from 'react'
import { shownObject, shownSet } from '#state/selection.ts'
import { useApp } from '#ui/app-context.ts'
import { Empty } from '#ui/primitives/Empty.tsx'
import sections from '#ui/primitives/section.module.css'
import { ObjectEvents } from './ObjectEvents.tsx'
import { type InspectorView, ObjectHead } from './ObjectHead.tsx'
import { ObjectWriters } from './ObjectWriters.tsx'
import { ObjectYaml } from './ObjectYaml.tsx'
import styles from './inspector.module.css'

export function InspectorPanel() {
  const name = useApp((state) => state.selectedName)
  const uid = useApp((state) => state.selectedUid)
  const object = useApp((state) =>
    state.selectedUid === undefined ? shownSet(state) : shownObject(state),
  )
  const [view, setView] = useState<InspectorView>('YAML')
  const isSuccessor = uid !== undefined && object !== undefined && object.metadata.uid !== uid
  return (
    <div className={styles.inspector}>
      <ObjectHead object={object} view={view} onView={setView} />
      {isSuccessor && (
        <p className={styles.gone}>
          The object that was shown is gone. This one took its name and has another UID.
        </p>
      )}
      {object === undefined && (
        <div className={sections.section}>
          <Empty
            title={name === undefined ? 'No object chosen' : `${name.kind} ${name.key} is gone`}
          >
            <span>Choose one above, or click a Pod, a claim or a name anywhere on the page.</span>
          </Empty>
        </div>
      )}
      {object !== undefined && view === 'YAML' && (
        <ObjectYaml key={object.metadata.uid} object={object} />
      )}
      {object !== undefined && view === 'Events' && <ObjectEvents object={object} />}
      {object !== undefined && view === 'Writers' && <ObjectWriters object={object} />}
    </div>
  )
}
