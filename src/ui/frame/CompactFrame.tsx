import { Tabs } from '@base-ui/react/tabs'
import { Drawer } from '#ui/frame/Drawer.tsx'
import { useState } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import type { BottomTab } from '#state/layout.ts'
import { useApp } from '#ui/app-context.ts'
import { LessonPanel } from '#ui/lesson/LessonPanel.tsx'
import { PanelBoundary } from '#ui/primitives/PanelBoundary.tsx'
import { Stage } from '#ui/stage/Stage.tsx'
import { Timeline } from '#ui/timeline/Timeline.tsx'
import { Terminals } from './DesktopFrame.tsx'
import styles from './frame.module.css'
import { SidePanel } from './SidePanel.tsx'
import { StatusLine } from './StatusLine.tsx'
import { TopBar } from './TopBar.tsx'

/** 720 to 1180 pixels: terminals and side panels share the bottom; below 1024 the lesson is a drawer. */
export function CompactFrame({ mode }: { readonly mode: 'narrow' | 'compact' }) {
  const [isLessonOpen, setLessonOpen] = useState(false)
  return (
    <div className={styles.app}>
      <TopBar
        mode={mode}
        {...(mode === 'compact' ? { onOpenLesson: () => setLessonOpen(true) } : {})}
      />
      <main className={styles.main} data-mode={mode}>
        {mode === 'narrow' && (
          <PanelBoundary name="Lesson">
            <LessonPanel />
          </PanelBoundary>
        )}
        <Group orientation="vertical">
          <Panel minSize={150} defaultSize="49%">
            <PanelBoundary name="Stage">
              <Stage />
            </PanelBoundary>
          </Panel>
          <Separator className={styles.splitY} aria-label="Height of the stage" />
          <Panel minSize={80} defaultSize="24%">
            <PanelBoundary name="Timeline">
              <Timeline />
            </PanelBoundary>
          </Panel>
          <Separator className={styles.splitY} aria-label="Height of the timeline" />
          <Panel minSize={120}>
            <Bottom />
          </Panel>
        </Group>
      </main>
      <StatusLine />
      <Drawer isOpen={isLessonOpen && mode === 'compact'} onClose={() => setLessonOpen(false)}>
        <LessonPanel />
      </Drawer>
    </div>
  )
}

function Bottom() {
  const tab = useApp((state) => state.bottomTab)
  const showBottom = useApp((state) => state.showBottom)
  return (
    <Tabs.Root
      className={styles.side}
      value={tab}
      // The values are those of the two tabs below.
      onValueChange={(value) => showBottom(value as BottomTab)}
    >
      <Tabs.List className={styles.tabs} aria-label="Bottom panels">
        <Tabs.Tab value="terminals" className={styles.tab}>
          Terminals
        </Tabs.Tab>
        <Tabs.Tab value="side" className={styles.tab}>
          Explain and objects
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="terminals" className={styles.panel} tabIndex={-1}>
        <Terminals />
      </Tabs.Panel>
      <Tabs.Panel value="side" className={styles.panel} tabIndex={-1}>
        <SidePanel />
      </Tabs.Panel>
    </Tabs.Root>
  )
}
