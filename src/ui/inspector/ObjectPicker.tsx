import { useMemo } from 'react'
import { objectKey, type KubeObject } from '#sim/apimachinery/objects.ts'
import { useApp } from '#ui/app-context.ts'
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

export function ObjectPicker({ object }: { readonly object: KubeObject | undefined }) {
  const byKind = useApp((state) => state.byKind)
  const select = useApp((state) => state.select)
  const groups = useMemo(() => groupsOf(byKind), [byKind])
  return (
    <select
      className={styles.picker}
      aria-label="Object"
      value={object?.metadata.uid ?? ''}
      onChange={(event) => select(event.currentTarget.value)}
    >
      {object === undefined && <option value="">Choose an object</option>}
      {groups.map(([kind, objects]) => (
        <optgroup key={kind} label={kind}>
          {objects.map((one) => (
            <option key={one.metadata.uid} value={one.metadata.uid}>
              {kind} {shortKey(one)}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  )
}

type Groups = readonly (readonly [string, readonly KubeObject[]])[]

function groupsOf(byKind: Readonly<Record<string, ReadonlyMap<string, KubeObject>>>): Groups {
  const place = (kind: string) => {
    const index = KIND_ORDER.indexOf(kind)
    return index < 0 ? KIND_ORDER.length : index
  }
  return Object.entries(byKind)
    .filter(([kind, objects]) => kind !== 'Event' && objects.size > 0)
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([kind, objects]) => [
      kind,
      [...objects.values()].sort((a, b) =>
        objectKey(a).localeCompare(objectKey(b), 'en', { numeric: true }),
      ),
    ])
}

/** The namespace is said only where it is not the one everybody works in. */
function shortKey(object: KubeObject): string {
  const key = objectKey(object)
  return key.startsWith('default/') ? key.slice('default/'.length) : key
}
