import type { CSSProperties } from 'react'
import { Group, Panel, Separator } from 'react-resizable-panels'
import { LessonPanel } from '#ui/lesson/LessonPanel.tsx'
import { PanelBoundary } from '#ui/primitives/PanelBoundary.tsx'
import { Stage } from '#ui/stage/Stage.tsx'
import { TerminalPanel } from '#ui/terminal/TerminalPanel.tsx'
import { Timeline } from '#ui/timeline/Timeline.tsx'
import styles from './frame.module.css'
import { SidePanel } from './SidePanel.tsx'
import { StatusLine } from './StatusLine.tsx'
import { TopBar } from './TopBar.tsx'
import { type PanelSizes, usePanelSizes } from './use-panel-sizes.ts'

export function DesktopFrame({ mode }: { readonly mode: 'wide' | 'medium' }) {
  const height = window.innerHeight
  const { sizes, track, save } = usePanelSizes(mode, {
    lesson: mode === 'wide' ? 320 : 292,
    side: mode === 'wide' ? 352 : 316,
    // Ten rows of a terminal at least; what is left holds one rack of slots with their disks.
    terminals: Math.max(220, Math.round(height * 0.272)),
    timeline: Math.max(172, Math.round(height * 0.2)),
  })
  const columns = { '--lesson': `${sizes.lesson}px`, '--side': `${sizes.side}px` }
  return (
    <div className={styles.app} style={columns as CSSProperties}>
      <TopBar mode={mode} />
      <main className={styles.main}>
        <Group orientation="horizontal" onLayoutChanged={save}>
          <Panel {...track('lesson')} minSize={220} maxSize="45%">
            <PanelBoundary name="Lesson">
              <LessonPanel />
            </PanelBoundary>
          </Panel>
          <Separator className={styles.splitX} aria-label="Width of the lesson" />
          <Panel minSize={480}>
            <Group orientation="vertical" onLayoutChanged={save}>
              <Panel minSize={240}>
                <Upper track={track} save={save} />
              </Panel>
              <Separator className={styles.splitY} aria-label="Height of the terminals" />
              <Panel {...track('terminals')} minSize={90}>
                <Terminals />
              </Panel>
            </Group>
          </Panel>
        </Group>
      </main>
      <StatusLine />
    </div>
  )
}

type UpperProps = PanelSizes<'side' | 'timeline'>

function Upper({ track, save }: UpperProps) {
  return (
    <Group orientation="horizontal" onLayoutChanged={save}>
      <Panel minSize={320}>
        <Group orientation="vertical" onLayoutChanged={save}>
          <Panel minSize={150}>
            <PanelBoundary name="Stage">
              <Stage />
            </PanelBoundary>
          </Panel>
          <Separator className={styles.splitY} aria-label="Height of the timeline" />
          <Panel {...track('timeline')} minSize={80}>
            <PanelBoundary name="Timeline">
              <Timeline />
            </PanelBoundary>
          </Panel>
        </Group>
      </Panel>
      <Separator className={styles.splitX} aria-label="Width of the side panels" />
      <Panel {...track('side')} minSize={260} maxSize="60%">
        <SidePanel />
      </Panel>
    </Group>
  )
}

export function Terminals() {
  return (
    <Group className={styles.terminals} orientation="horizontal">
      <Panel minSize={160}>
        <PanelBoundary name="Terminal 1">
          <TerminalPanel terminal={1} />
        </PanelBoundary>
      </Panel>
      <Separator className={styles.splitX} aria-label="Width of the terminals" />
      <Panel minSize={160}>
        <PanelBoundary name="Terminal 2">
          <TerminalPanel terminal={2} />
        </PanelBoundary>
      </Panel>
    </Group>
  )
}
