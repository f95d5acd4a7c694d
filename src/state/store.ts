import { createStore, type StoreApi } from 'zustand/vanilla'
import { PROTOCOL_VERSION, type Changed } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { createForkSlice, type ForkSlice } from './fork.ts'
import { createLayoutSlice, type LayoutSlice } from './layout.ts'
import { createLessonSlice, type LessonSlice, withLesson } from './lesson.ts'
import { EMPTY_OBJECTS, type ObjectsSlice } from './objects.ts'
import { createPastSlice, liveOf, type PastSlice, withMirror } from './past.ts'
import { guardPast } from './past-guard.ts'
import { DEFAULT_SETTINGS } from '#session/settings.ts'
import { createPlaybackSlice, type PlaybackSlice } from './playback.ts'
import { createRequestsSlice, type RequestsSlice } from './requests.ts'
import {
  forgetSavedRun,
  readSavedRun,
  RunInputs,
  type SavedRun,
  writeSavedRun,
} from './saved-run.ts'
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
  PastSlice &
  ForkSlice &
  RequestsSlice

export type AppStore = StoreApi<AppState> & { readonly feed: TerminalFeed }

/** The page's state: a mirror of the cluster, fed by the worker, and what the page itself knows. */
export function createAppStore(given: Deps): AppStore {
  // What the page does in a person's name goes this way; the past itself is shown by the other.
  const isPast = (): boolean => store.getState().past !== undefined
  const worker = guardPast(given.worker, isPast, (notice) => store.getState().say(notice))
  const deps = { ...given, worker }
  const feed = new TerminalFeed()
  const saved = readSavedRun(deps.storage, deps.build)
  const inputs = new RunInputs()
  function beginAnew(): void {
    feed.clear()
    store.getState().leavePast()
    store.setState({ ...EMPTY_OBJECTS, terminals: {} })
  }
  const store = createStore<AppState>()((set, get) => ({
    ...EMPTY_OBJECTS,
    ...createPlaybackSlice(deps, set, get, {
      clear: () => {
        beginAnew()
        set({ selectedUid: undefined, selectedName: undefined, selectedSetUid: undefined })
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
    ...createLessonSlice(deps, set, get, {
      isResumed: saved !== undefined,
      beginAnew,
    }),
    ...createRequestsSlice(deps, (notice) => set({ notice })),
    ...createPastSlice(given, set, get, (notice) => set({ notice })),
    ...createForkSlice(given, set, get, {
      inputs: () => inputs.all,
      beginAnew: () => {
        beginAnew()
        set({ lesson: undefined })
      },
      goOn: (run) => {
        get().openTerminals()
        goOn(get(), run)
      },
      say: (notice) => set({ notice }),
    }),
  }))
  deps.worker.listen({
    onReady: (version) => {
      if (version === PROTOCOL_VERSION) store.setState({ connection: 'ready' })
      else store.setState(crashed(`the worker speaks protocol ${version}, the page 1`, ''))
    },
    onChanged: (batch) => {
      for (const change of batch) inputs.add(change)
      store.setState((state) => batch.reduce(applyChange, state))
    },
    onOutput: (terminal, text) => feed.push(terminal, text),
    onCrashed: (message, report) => store.setState(crashed(message, report)),
  })
  store.subscribe(({ finishedSteps, predictions, settings, showDialect }, before) => {
    if (finishedSteps !== before.finishedSteps) {
      deps.storage.write('finishedSteps', finishedSteps.join('\n'))
    }
    if (predictions !== before.predictions) {
      const choices = Object.entries(predictions).map(([id, choice]) => `${id} ${choice}`)
      deps.storage.write('predictions', choices.join('\n'))
    }
    if (settings.dialect !== before.settings.dialect) showDialect(settings.dialect)
  })
  deps.worker.send({
    type: 'hello',
    protocolVersion: PROTOCOL_VERSION,
    settings: store.getState().settings,
  })
  if (saved === undefined) store.getState().openTerminals()
  else void resume(deps, store, saved)
  keepRun(deps, store, inputs)
  return Object.assign(store, { feed })
}

const KEEP_EVERY_MS = 2000

/** Comes back to where the page was left; where that fails, a new run begins. */
async function resume(deps: Deps, store: StoreApi<AppState>, saved: SavedRun): Promise<void> {
  const { settings, inputs, until, speed, isPaused } = saved
  store.setState({ settings })
  const reply = await deps.worker.ask({ type: 'replay', settings, inputs, until })
  if (reply.ok) {
    store.getState().openTerminals()
    goOn(store.getState(), { speed, isPaused })
    return
  }
  forgetSavedRun(deps.storage)
  store.getState().reset(DEFAULT_SETTINGS)
  store.getState().say('The run that was kept could not be gone on with: a new cluster begins.')
}

function goOn(
  { setSpeed, resume: play }: Pick<AppState, 'setSpeed' | 'resume'>,
  { speed, isPaused }: Pick<SavedRun, 'speed' | 'isPaused'>,
): void {
  setSpeed(speed)
  if (!isPaused) play()
}

/** Keeps the run every few seconds while it moves, and when the page is left. */
function keepRun(
  { storage, build, onLeave }: Deps,
  store: StoreApi<AppState>,
  of: RunInputs,
): void {
  let kept = store.getState().clock
  const keep = (): void => {
    const { connection, settings, past } = store.getState()
    const { clock } = liveOf(store.getState())
    if (connection !== 'ready' || clock === kept) return
    kept = clock
    const { time: until, speed } = clock
    const isPaused = past?.wasPaused ?? clock.isPaused
    writeSavedRun(storage, { build, settings, inputs: of.all, until, speed, isPaused })
  }
  setInterval(keep, KEEP_EVERY_MS)
  onLeave(keep)
}

function applyChange(state: AppState, change: Changed): AppState {
  const isNews = !change.isSnapshot && change.upserted.some(({ kind }) => kind === 'Event')
  return {
    ...state,
    ...withMirror(state, change),
    ...withLesson(state, change.lesson),
    terminals: withTerminals(state.terminals, change.terminals),
    // What the page said gives way to what happens next.
    notice: isNews ? '' : state.notice,
    connection: state.connection === 'crashed' ? 'crashed' : 'ready',
  }
}

function crashed(message: string, report: string): Partial<AppState> {
  return { connection: 'crashed', crash: { message, report } }
}
