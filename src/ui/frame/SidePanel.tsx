import { Tabs } from '@base-ui/react/tabs'
import { type ComponentType, lazy, Suspense } from 'react'
import { SIDE_TABS, type SideTab } from '#state/layout.ts'
import { useApp } from '#ui/app-context.ts'
import { ExplainPanel } from '#ui/explain/ExplainPanel.tsx'
import { PanelBoundary } from '#ui/primitives/PanelBoundary.tsx'
import styles from './frame.module.css'

// What is behind a tab comes when it is asked for; Monaco alone is larger than the rest of the page.
const InspectorPanel = lazy(async () => ({
  default: (await import('#ui/inspector/InspectorPanel.tsx')).InspectorPanel,
}))
const DnsPanel = lazy(async () => ({
  default: (await import('#ui/dns/DnsPanel.tsx')).DnsPanel,
}))
const StoragePanel = lazy(async () => ({
  default: (await import('#ui/storage/StoragePanel.tsx')).StoragePanel,
}))
const EventsPanel = lazy(async () => ({
  default: (await import('#ui/events/EventsPanel.tsx')).EventsPanel,
}))
const EditorPanel = lazy(async () => ({
  default: (await import('#ui/editor/EditorPanel.tsx')).EditorPanel,
}))

const PANELS: Readonly<Record<SideTab, ComponentType>> = {
  Explain: ExplainPanel,
  Inspector: InspectorPanel,
  DNS: DnsPanel,
  Storage: StoragePanel,
  Events: EventsPanel,
  Editor: EditorPanel,
}

export type SidePanelProps = { readonly tabs?: readonly SideTab[] }

export function SidePanel({ tabs = SIDE_TABS }: SidePanelProps) {
  const chosen = useApp((state) => state.sideTab)
  const showSide = useApp((state) => state.showSide)
  const tab = tabs.includes(chosen) ? chosen : tabs[0]
  return (
    <Tabs.Root
      className={styles.side}
      value={tab ?? null}
      // The values are the names the tabs were made from.
      onValueChange={(value) => showSide(value as SideTab)}
    >
      <Tabs.List className={styles.tabs} aria-label="Side panels">
        {tabs.map((name) => (
          <Tabs.Tab key={name} value={name} className={styles.tab}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((name) => {
        const Body = PANELS[name]
        return (
          <Tabs.Panel key={name} value={name} className={styles.panel} tabIndex={-1}>
            <section className={styles.panelBody} role="region" aria-label={name}>
              <PanelBoundary name={name}>
                <Suspense fallback={<p className={styles.loading}>Loading {name}.</p>}>
                  <Body />
                </Suspense>
              </PanelBoundary>
            </section>
          </Tabs.Panel>
        )
      })}
    </Tabs.Root>
  )
}
