import { useSyncExternalStore } from 'react'
import type { Theme } from '#state/layout.ts'
import type { AppStore } from '#state/store.ts'
import { useApp } from '#ui/app-context.ts'

const DARK = '(prefers-color-scheme: dark)'

/** The theme in effect, which changes when the person or the system changes it. */
export function useTheme(): 'light' | 'dark' {
  const chosen = useApp((state) => state.theme)
  const isSystemDark = useSyncExternalStore(watchSystem, () => matchMedia(DARK).matches)
  if (chosen !== 'system') return chosen
  return isSystemDark ? 'dark' : 'light'
}

function watchSystem(onChange: () => void): () => void {
  const query = matchMedia(DARK)
  query.addEventListener('change', onChange)
  return () => query.removeEventListener('change', onChange)
}

/**
 * Puts the chosen theme on the root, where the tokens look for it. It happens at once, before any
 * component hears of it: a canvas or a terminal reads the colours when it is told.
 */
export function keepThemeOnRoot(store: AppStore): void {
  const apply = ({ theme }: { readonly theme: Theme }) => {
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
  }
  apply(store.getState())
  store.subscribe(apply)
}
