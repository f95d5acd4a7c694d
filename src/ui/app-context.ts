import { createContext, use } from 'react'
import { useStore } from 'zustand'
import type { KnownKinds, ByUid } from '#state/kube.ts'
import { objectsOf } from '#state/objects.ts'
import { liveOf, type Mirror } from '#state/past.ts'
import type { AppState, AppStore } from '#state/store.ts'

const StoreContext = createContext<AppStore | undefined>(undefined)

export const StoreProvider = StoreContext.Provider

export function useAppStore(): AppStore {
  const store = use(StoreContext)
  if (store === undefined) throw new Error('no store: a component was rendered outside the page')
  return store
}

export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppStore(), select)
}

export function useObjects<K extends keyof KnownKinds>(kind: K): ByUid<KnownKinds[K]> {
  return useApp((state) => objectsOf(state, kind))
}

/** The present of the cluster, also while a past moment is shown. */
export function useLive<T>(select: (live: Mirror) => T): T {
  return useApp((state) => select(liveOf(state)))
}

export function useIsPast(): boolean {
  return useApp((state) => state.past !== undefined)
}

/** Virtual time in steps, so that what shows ages renders no oftener than they change. */
export function useNow(stepMs: number): number {
  return useApp((state) => Math.floor(state.clock.time / stepMs) * stepMs)
}
