import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { Icon, type IconName } from '#ui/primitives/Icon.tsx'
import { ObjectPicker } from './ObjectPicker.tsx'
import styles from './inspector.module.css'

export type InspectorView = 'YAML' | 'Events' | 'Writers'
const VIEWS: readonly InspectorView[] = ['YAML', 'Events', 'Writers']

export type ObjectHeadProps = {
  readonly object: KubeObject | undefined
  readonly view: InspectorView
  readonly onView: (view: InspectorView) => void
}

export function ObjectHead({ object, view, onView }: ObjectHeadProps) {
  return (
    <div className={styles.bar}>
      <Icon name={ICONS[object?.kind ?? ''] ?? 'pod'} />
      <ObjectPicker object={object} />
      {object !== undefined && (
        <span className={styles.views} role="group" aria-label="What to show of it">
          {VIEWS.map((one) => (
            <button key={one} type="button" aria-pressed={one === view} onClick={() => onView(one)}>
              {one}
            </button>
          ))}
        </span>
      )}
    </div>
  )
}

const ICONS: Readonly<Record<string, IconName>> = {
  Node: 'node',
  Service: 'service',
  Endpoints: 'service',
  EndpointSlice: 'service',
  PersistentVolumeClaim: 'claim',
  PersistentVolume: 'claim',
  StatefulSet: 'slots',
  ControllerRevision: 'controller',
}
