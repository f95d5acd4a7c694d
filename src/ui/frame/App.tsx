import { lazy, Suspense } from 'react'
import { ShownSetProvider } from '#ui/ShownSetProvider.tsx'
import { CrashReport } from './CrashReport.tsx'
import { DesktopFrame } from './DesktopFrame.tsx'
import { SkipLinks } from './SkipLinks.tsx'
import { useLayoutMode } from './use-layout-mode.ts'
import { usePastOnRoot } from './use-past-on-root.ts'
import { useShortcuts } from './use-shortcuts.ts'

// A page has one size at a time: what the others need comes when it is needed.
const PhoneFrame = lazy(async () => ({
  default: (await import('./PhoneFrame.tsx')).PhoneFrame,
}))
const CompactFrame = lazy(async () => ({
  default: (await import('./CompactFrame.tsx')).CompactFrame,
}))

export function App() {
  const mode = useLayoutMode()
  useShortcuts()
  usePastOnRoot()
  return (
    <ShownSetProvider>
      {mode !== 'phone' && <SkipLinks />}
      <Suspense>
        {mode === 'phone' ? (
          <PhoneFrame />
        ) : mode === 'compact' || mode === 'narrow' ? (
          <CompactFrame mode={mode} />
        ) : (
          <DesktopFrame key={mode} mode={mode} />
        )}
      </Suspense>
      <CrashReport />
    </ShownSetProvider>
  )
}
