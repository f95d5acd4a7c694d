import type { Deps } from './deps.ts'

export type SideTab = 'Explain' | 'Inspector' | 'DNS' | 'Storage' | 'Events' | 'Editor'
export const SIDE_TABS: readonly SideTab[] = [
  'Explain',
  'Inspector',
  'DNS',
  'Storage',
  'Events',
  'Editor',
]

export type PhoneTab = 'Lesson' | 'Stage' | 'Explain' | 'Objects' | 'Terminal'
export type BottomTab = 'terminals' | 'side'
export type Theme = 'system' | 'light' | 'dark'
export type StageView = 'slots' | 'nodes'

/** What the timeline shows: everything, the last two minutes, or so many milliseconds until a moment or now. */
export type TimelineWindow =
  | 'fit'
  | 'latest'
  | { readonly spanMs: number; readonly end: number | 'now' }

export type LayoutSlice = {
  readonly theme: Theme
  readonly sideTab: SideTab
  readonly phoneTab: PhoneTab
  /** What the bottom shows where terminals and side panels share it. */
  readonly bottomTab: BottomTab
  readonly stageView: StageView
  readonly timelineWindow: TimelineWindow
  /** What the page itself has to say in the status line, newest only. */
  readonly notice: string
  readonly cycleTheme: () => void
  readonly showSide: (tab: SideTab) => void
  readonly showPhone: (tab: PhoneTab) => void
  readonly showBottom: (tab: BottomTab) => void
  readonly showTerminals: () => void
  readonly showStage: (view: StageView) => void
  readonly showTimeline: (view: TimelineWindow) => void
  readonly say: (notice: string) => void
}

type Update = (patch: (state: LayoutSlice) => Partial<LayoutSlice>) => void

export function createLayoutSlice({ storage }: Deps, update: Update): LayoutSlice {
  return {
    theme: readTheme(storage.read('theme')),
    sideTab: 'Explain',
    phoneTab: 'Stage',
    bottomTab: 'terminals',
    stageView: 'slots',
    timelineWindow: 'latest',
    notice: '',
    cycleTheme: () =>
      update(({ theme }) => {
        const next = theme === 'system' ? 'light' : theme === 'light' ? 'dark' : 'system'
        storage.write('theme', next)
        return { theme: next }
      }),
    showSide: (sideTab) =>
      update(() => ({
        sideTab,
        phoneTab: sideTab === 'Explain' ? 'Explain' : 'Objects',
        bottomTab: 'side',
      })),
    showPhone: (phoneTab) => update(() => ({ phoneTab })),
    showBottom: (bottomTab) => update(() => ({ bottomTab })),
    showTerminals: () => update(() => ({ phoneTab: 'Terminal', bottomTab: 'terminals' })),
    showStage: (stageView) => update(() => ({ stageView })),
    showTimeline: (timelineWindow) => update(() => ({ timelineWindow })),
    say: (notice) => update(() => ({ notice })),
  }
}

function readTheme(stored: string | undefined): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}
