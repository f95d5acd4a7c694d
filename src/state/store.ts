import { createStore, type StoreApi } from 'zustand/vanilla'
import { PROTOCOL_VERSION, type Changed } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { createLayoutSlice, type LayoutSlice } from './layout.ts'
import { createLessonSlice, type LessonSlice, withLesson } from './lesson.ts'
import { EMPTY_OBJECTS, type ObjectsSlice, withChange } from './objects.ts'
import { createPlaybackSlice, type PlaybackSlice } from './playback.ts'
import { createRequestsSlice, type RequestsSlice } from './requests.ts'
import { createSelectionSlice, type SelectionSlice } from './selection.ts'
import {
  createTerminalsSlice,
  TerminalFeed,
  type TerminalsSlice,
  withTerminals,
} from './terminals.ts'

export type AppState = ObjectsSlice &
  PlaybackSlice &
  SelectionSlice &
  TerminalsSlice &
  LayoutSlice &
  LessonSlice &
  RequestsSlice

export type AppStore = StoreApi<AppState> & { readonly feed: TerminalFeed }

/** The page's state: a mirror of the cluster, fed by the worker, and what the page itself knows. */
export function createAppStore(deps: Deps): AppStore {
  const feed = new TerminalFeed()
  const store = createStore<AppState>()((set, get) => ({
    ...EMPTY_OBJECTS,
    ...createPlaybackSlice(deps, set, get, {
      clear: () => {
        feed.clear()
        set({
          ...EMPTY_OBJECTS,
          selectedUid: undefined,
          selectedName: undefined,
          selectedSetUid: undefined,
          terminals: {},
        })
      },
      reopen: () => {
        const { openTerminals, openLesson, lesson } = get()
        openTerminals()
        if (lesson !== undefined) openLesson(lesson.lesson)
      },
    }),
    ...createSelectionSlice(set),
    ...createTerminalsSlice(deps, set, () => get().showTerminals()),
    ...createLayoutSlice(deps, set),
    ...createLessonSlice(deps, set, get),
    ...createRequestsSlice(deps, (notice) => set({ notice })),
  }))
  deps.worker.listen({
    onReady: (version) => {
      if (version === PROTOCOL_VERSION) store.setState({ connection: 'ready' })
      else store.setState(crashed(`the worker speaks protocol ${version}, the page 1`, ''))
    },
    onChanged: (batch) => store.setState((state) => batch.reduce(applyChange, state)),
    onOutput: (terminal, text) => feed.push(terminal, text),
    onCrashed: (message, report) => store.setState(crashed(message, report)),
  })
  store.subscribe(({ finishedSteps }, before) => {
    if (finishedSteps !== before.finishedSteps) {
      deps.storage.write('finishedSteps', finishedSteps.join('\n'))
    }
  })
  deps.worker.send({
    type: 'hello',
    protocolVersion: PROTOCOL_VERSION,
    settings: store.getState().settings,
  })
  store.getState().openTerminals()
  return Object.assign(store, { feed })
}

function applyChange(state: AppState, change: Changed): AppState {
  return {
    ...state,
    ...withChange(state, change),
    ...withLesson(state, change.lesson),
    terminals: withTerminals(state.terminals, change.terminals),
    clock: change.clock,
    // What the page said gives way to what happens next.
    notice: change.upserted.some(({ kind }) => kind === 'Event') ? '' : state.notice,
    connection: state.connection === 'crashed' ? 'crashed' : 'ready',
  }
}

function crashed(message: string, report: string): Partial<AppState> {
  return { connection: 'crashed', crash: { message, report } }
}
