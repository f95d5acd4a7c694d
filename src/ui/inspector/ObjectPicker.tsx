import { Combobox } from '@base-ui/react/combobox'
import { useMemo } from 'react'
import { objectKey, type KubeObject } from '#sim/apimachinery/objects.ts'
import { useApp } from '#ui/app-context.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import primitives from '#ui/primitives/primitives.module.css'
import styles from './inspector.module.css'

/** Kinds in the order a person works with them; others follow by name, Events are elsewhere. */
const KIND_ORDER = [
  'StatefulSet',
  'Pod',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Service',
  'EndpointSlice',
  'ControllerRevision',
  'Node',
]

const SHOWN_MAX = 300

export function ObjectPicker({ object }: { readonly object: KubeObject | undefined }) {
  const byKind = useApp((state) => state.byKind)
  const select = useApp((state) => state.select)
  const items = useMemo(() => {
    const place = (kind: string) => {
      const index = KIND_ORDER.indexOf(kind)
      return index < 0 ? KIND_ORDER.length : index
    }
    return Object.entries(byKind)
      .filter(([kind]) => kind !== 'Event')
      .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
      .flatMap(([kind, objects]) =>
        [...objects.values()]
          .map((one) => ({ value: one.metadata.uid, label: `${kind} ${shortKey(one)}` }))
          .sort((a, b) => a.label.localeCompare(b.label, 'en', { numeric: true })),
      )
  }, [byKind])
  const chosen = items.find(({ value }) => value === object?.metadata.uid) ?? null
  return (
    <Combobox.Root
      items={items}
      value={chosen}
      limit={SHOWN_MAX}
      onValueChange={(item) => item !== null && select(item.value)}
    >
      <span className={styles.picker}>
        <Combobox.Input aria-label="Object" placeholder="Choose an object" />
        <Combobox.Trigger aria-label="Show the objects">
          <Icon name="down" />
        </Combobox.Trigger>
      </span>
      <Combobox.Portal>
        <Combobox.Positioner className={primitives.positioner} sideOffset={4} align="start">
          <Combobox.Popup className={primitives.menu}>
            <Combobox.Empty>
              <span className={styles.none}>No object of that name.</span>
            </Combobox.Empty>
            <Combobox.List>
              {(item: { value: string; label: string }) => (
                <Combobox.Item key={item.value} value={item} className={styles.option}>
                  {item.label}
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  )
}

/** The namespace is said only where it is not the one everybody works in. */
function shortKey(object: KubeObject): string {
  const key = objectKey(object)
  return key.startsWith('default/') ? key.slice('default/'.length) : key
}
