import { formatTime } from '#sim/kernel/time.ts'
import type { SessionInput } from '#session/inputs.ts'
import type { Reply } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { liveOf, type Mirror, type PastSlice } from './past.ts'
import type { PlaybackSlice } from './playback.ts'
import { readSavedRun, type SavedRun, writeSavedRun } from './saved-run.ts'

export type ForkSlice = {
  /** The run that the present one was forked from, or was left for it. */
  readonly otherRun: SavedRun | undefined
  /** While the inputs are run again nothing else is answered. */
  readonly isForking: boolean
  /** Begins a run of its own at the moment that is shown; the present one is kept. */
  readonly fork: () => void
  /** Goes back to the run that was kept, and keeps the present one. */
  readonly changeRuns: () => void
}

type State = ForkSlice & Mirror & Pick<PlaybackSlice, 'settings'> & Pick<PastSlice, 'past'>
type Update = (patch: Partial<ForkSlice & Pick<PlaybackSlice, 'settings'>>) => void

export type RunKeeper = {
  readonly inputs: () => readonly SessionInput[]
  /** Forgets what the page shows of the run before. */
  readonly beginAnew: () => void
  /** Fits a run's terminals to the page, and lets it go on as fast as it did when it was left. */
  readonly goOn: (run: Pick<SavedRun, 'speed' | 'isPaused'>) => void
  readonly say: (notice: string) => void
}

/** Under this name the other run is kept; the present one has a name of its own. */
const OTHER = 'otherRun'

export function createForkSlice(
  { worker, storage, build }: Pick<Deps, 'worker' | 'storage' | 'build'>,
  update: Update,
  read: () => State,
  keeper: RunKeeper,
): ForkSlice {
  /** Everything that is needed to come back to the present. */
  function presentRun(): SavedRun {
    const { past, settings } = read()
    const { time: until, speed, isPaused } = liveOf(read()).clock
    const stands = past?.wasPaused ?? isPaused
    return { build, settings, inputs: [...keeper.inputs()], until, speed, isPaused: stands }
  }

  /** Lets another run take the place of the present one, which is kept. */
  async function leaveFor(ask: () => Promise<Reply>, settings = read().settings): Promise<boolean> {
    const left = presentRun()
    update({ isForking: true })
    const reply = await ask()
    update({ isForking: false })
    if (!reply.ok) {
      keeper.say(reply.message)
      return false
    }
    update({ settings, otherRun: left })
    writeSavedRun(storage, left, OTHER)
    keeper.beginAnew()
    return true
  }

  return {
    otherRun: readSavedRun(storage, build, OTHER),
    isForking: false,
    fork: () => {
      const { past, isForking } = read()
      if (past === undefined || isForking) return
      const { at: moment, time } = past
      void leaveFor(() => worker.ask({ type: 'fork', moment })).then((isDone) => {
        if (!isDone) return
        keeper.say(
          `This is a fork, at ${formatTime(time)}. It stands: do something else, and play. The run before is kept in the menu.`,
        )
      })
    },
    changeRuns: () => {
      const { otherRun: other, isForking } = read()
      if (other === undefined || isForking) return
      const { settings, inputs, until } = other
      const ask = () => worker.ask({ type: 'replay', settings, inputs, until })
      void leaveFor(ask, settings).then((isDone) => {
        if (isDone) keeper.goOn(other)
      })
    },
  }
}
