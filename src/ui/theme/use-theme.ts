import { useEffect, useSyncExternalStore } from 'react'
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

/** Puts the chosen theme on the root, where the tokens look for it. */
export function useThemeOnRoot(): void {
  const chosen = useApp((state) => state.theme)
  useEffect(() => {
    if (chosen === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = chosen
  }, [chosen])
}
