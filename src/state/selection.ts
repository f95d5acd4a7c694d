import { objectsOf, type ObjectsSlice } from './objects.ts'
import type { KnownKinds } from './kube.ts'

export type SelectionSlice = {
  /** The set the stage shows; the first one while nobody chose. */
  readonly selectedSetUid: string | undefined
  /** The object the Inspector shows. */
  readonly selectedUid: string | undefined
  readonly selectSet: (uid: string) => void
  readonly select: (uid: string | undefined) => void
}

type Update = (patch: (state: SelectionSlice) => Partial<SelectionSlice>) => void

export function createSelectionSlice(update: Update): SelectionSlice {
  return {
    selectedSetUid: undefined,
    selectedUid: undefined,
    selectSet: (selectedSetUid) => update(() => ({ selectedSetUid })),
    select: (selectedUid) => update(() => ({ selectedUid })),
  }
}

/** The chosen set, or the first there is. A set made anew under the same name stays chosen by place. */
export function shownSet(
  state: Pick<ObjectsSlice, 'byKind'> & Pick<SelectionSlice, 'selectedSetUid'>,
): KnownKinds['StatefulSet'] | undefined {
  const sets = objectsOf(state, 'StatefulSet')
  const chosen = state.selectedSetUid === undefined ? undefined : sets.get(state.selectedSetUid)
  if (chosen !== undefined) return chosen
  return sets.values().next().value
}
