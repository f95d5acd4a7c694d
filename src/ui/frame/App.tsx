import { ShownSetProvider } from '#ui/ShownSetProvider.tsx'
import { CompactFrame } from './CompactFrame.tsx'
import { CrashReport } from './CrashReport.tsx'
import { DesktopFrame } from './DesktopFrame.tsx'
import { PhoneFrame } from './PhoneFrame.tsx'
import { SkipLinks } from './SkipLinks.tsx'
import { useLayoutMode } from './use-layout-mode.ts'
import { useShortcuts } from './use-shortcuts.ts'

export function App() {
  const mode = useLayoutMode()
  useShortcuts()
  return (
    <ShownSetProvider>
      {mode !== 'phone' && <SkipLinks />}
      {mode === 'phone' ? (
        <PhoneFrame />
      ) : mode === 'compact' || mode === 'narrow' ? (
        <CompactFrame mode={mode} />
      ) : (
        <DesktopFrame key={mode} mode={mode} />
      )}
      <CrashReport />
    </ShownSetProvider>
  )
}
