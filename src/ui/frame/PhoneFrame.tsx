import type { PhoneTab, SideTab } from '#state/layout.ts'
import { useApp } from '#ui/app-context.ts'
import { ExplainPanel } from '#ui/explain/ExplainPanel.tsx'
import { LessonPanel } from '#ui/lesson/LessonPanel.tsx'
import { Icon, type IconName } from '#ui/primitives/Icon.tsx'
import { PanelBoundary } from '#ui/primitives/PanelBoundary.tsx'
import { PhoneStage } from '#ui/stage/PhoneStage.tsx'
import { SlotStrip } from '#ui/stage/SlotStrip.tsx'
import { TerminalPanel } from '#ui/terminal/TerminalPanel.tsx'
import { Timeline } from '#ui/timeline/Timeline.tsx'
import styles from './frame.module.css'
import { SidePanel } from './SidePanel.tsx'
import { TopBar } from './TopBar.tsx'

const TABS: readonly { readonly tab: PhoneTab; readonly icon: IconName }[] = [
  { tab: 'Lesson', icon: 'lesson' },
  { tab: 'Stage', icon: 'slots' },
  { tab: 'Explain', icon: 'controller' },
  { tab: 'Objects', icon: 'pod' },
  { tab: 'Terminal', icon: 'terminal' },
]

/** Under 720 pixels: one panel at a time, the slots always in sight. */
export function PhoneFrame() {
  const chosen = useApp((state) => state.phoneTab)
  const showPhone = useApp((state) => state.showPhone)
  return (
    <div className={styles.phone}>
      <TopBar mode="phone" />
      {chosen === 'Stage' ? <span hidden /> : <SlotStrip />}
      <main className={styles.phoneMain}>
        <PanelBoundary key={chosen} name={chosen}>
          <PhonePanel tab={chosen} />
        </PanelBoundary>
      </main>
      <nav className={styles.phoneTabs} aria-label="Panels">
        {TABS.map(({ tab, icon }) => (
          <button
            key={tab}
            type="button"
            aria-current={tab === chosen ? 'page' : undefined}
            onClick={() => showPhone(tab)}
          >
            <Icon name={icon} size={20} />
            {tab}
          </button>
        ))}
      </nav>
    </div>
  )
}

const OBJECT_TABS: readonly SideTab[] = ['Inspector', 'DNS', 'Storage', 'Events', 'Editor']

function PhonePanel({ tab }: { readonly tab: PhoneTab }) {
  switch (tab) {
    case 'Lesson':
      return <LessonPanel />
    case 'Stage':
      return (
        <>
          <PhoneStage />
          <div className={styles.phoneTimeline}>
            <Timeline isSmall />
          </div>
        </>
      )
    case 'Explain':
      return (
        <section className={styles.panelBody} role="region" aria-label="Explain">
          <ExplainPanel />
        </section>
      )
    case 'Objects':
      return <SidePanel tabs={OBJECT_TABS} />
    case 'Terminal':
      return <PhoneTerminals />
  }
}

function PhoneTerminals() {
  const focused = useApp((state) => state.focusedTerminal)
  const focusTerminal = useApp((state) => state.focusTerminal)
  return (
    <>
      <div className={styles.tabs} role="group" aria-label="Terminals">
        {[1, 2].map((terminal) => (
          <button
            key={terminal}
            type="button"
            className={styles.tab}
            aria-pressed={terminal === focused}
            onClick={() => focusTerminal(terminal)}
          >
            Terminal {terminal}
          </button>
        ))}
      </div>
      <TerminalPanel key={focused} terminal={focused} />
    </>
  )
}
