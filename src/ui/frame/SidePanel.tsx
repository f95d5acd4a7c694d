import { Tabs } from '@base-ui/react/tabs'
import { type ComponentType, lazy, Suspense } from 'react'
import { SIDE_TABS, type SideTab } from '#state/layout.ts'
import { useApp } from '#ui/app-context.ts'
import { DnsPanel } from '#ui/dns/DnsPanel.tsx'
import { EventsPanel } from '#ui/events/EventsPanel.tsx'
import { ExplainPanel } from '#ui/explain/ExplainPanel.tsx'
import { InspectorPanel } from '#ui/inspector/InspectorPanel.tsx'
import { PanelBoundary } from '#ui/primitives/PanelBoundary.tsx'
import { StoragePanel } from '#ui/storage/StoragePanel.tsx'
import styles from './frame.module.css'

/** Monaco is larger than the rest of the page together; it comes when it is asked for. */
const EditorPanel = lazy(async () => {
  const { EditorPanel: component } = await import('#ui/editor/EditorPanel.tsx')
  return { default: component }
})

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
                <Suspense fallback={<p className={styles.loading}>Loading the editor.</p>}>
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
