import { objectKey, type KubeObject } from '#sim/apimachinery/objects.ts'
import type { KnownKinds } from './kube.ts'
import { findObject, objectsOf, type ObjectsSlice } from './objects.ts'

export type SelectionSlice = {
  /** The set the stage shows; the first one while nobody chose. */
  readonly selectedSetUid: string | undefined
  /** The object the Inspector shows. */
  readonly selectedUid: string | undefined
  /** Its kind and name, which another object may take when it is gone. */
  readonly selectedName: { readonly kind: string; readonly key: string } | undefined
  readonly selectSet: (uid: string) => void
  readonly select: (uid: string | undefined) => void
}

type Update = (patch: (state: SelectionSlice & ObjectsSlice) => Partial<SelectionSlice>) => void

export function createSelectionSlice(update: Update): SelectionSlice {
  return {
    selectedSetUid: undefined,
    selectedUid: undefined,
    selectedName: undefined,
    selectSet: (selectedSetUid) => update(() => ({ selectedSetUid })),
    select: (selectedUid) =>
      update((state) => {
        const object = findObject(state, selectedUid)
        const selectedName = object && { kind: object.kind, key: objectKey(object) }
        return { selectedUid, selectedName }
      }),
  }
}

/** The chosen set, or the first there is. */
export function shownSet(
  state: Pick<ObjectsSlice, 'byKind'> & Pick<SelectionSlice, 'selectedSetUid'>,
): KnownKinds['StatefulSet'] | undefined {
  const sets = objectsOf(state, 'StatefulSet')
  const chosen = state.selectedSetUid === undefined ? undefined : sets.get(state.selectedSetUid)
  if (chosen !== undefined) return chosen
  return sets.values().next().value
}

/** The chosen object, or the one that took its name: a slot keeps its name, occupants change. */
export function shownObject(
  state: Pick<ObjectsSlice, 'byKind'> & Pick<SelectionSlice, 'selectedUid' | 'selectedName'>,
): KubeObject | undefined {
  const { selectedName } = state
  const chosen = findObject(state, state.selectedUid)
  if (chosen !== undefined || selectedName === undefined) return chosen
  for (const object of state.byKind[selectedName.kind]?.values() ?? []) {
    if (objectKey(object) === selectedName.key) return object
  }
  return undefined
}
