import { DEFAULT_SETTINGS } from '#session/settings.ts'
import type { ClusterSettings, Clock, Speed, StepKind } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'

export type PlaybackSlice = {
  readonly connection: 'connecting' | 'ready' | 'crashed'
  readonly crash: { readonly message: string; readonly report: string } | undefined
  readonly settings: ClusterSettings
  readonly clock: Clock
  readonly stepKind: StepKind
  readonly pause: () => void
  readonly resume: () => void
  readonly step: (kind?: StepKind) => void
  readonly setSpeed: (speed: Speed) => void
  readonly runUntilRest: () => void
  readonly reset: (settings?: ClusterSettings) => void
}

export const SPEEDS: readonly Speed[] = [0.1, 1, 10, 100, 'max']

export function speedLabel(speed: Speed): string {
  return speed === 'max' ? 'max' : `×${speed}`
}

export const INITIAL_CLOCK: Clock = {
  time: 0,
  unixMs: 0,
  isPaused: false,
  isAtRest: true,
  speed: 1,
}

type Update = (patch: (state: PlaybackSlice) => Partial<PlaybackSlice>) => void

/** The clock is the worker's: actions ask, and the next message says what became of it. */
export function createPlaybackSlice(
  { worker }: Deps,
  update: Update,
  read: () => PlaybackSlice,
  mirror: { readonly clear: () => void; readonly reopen: () => void },
): PlaybackSlice {
  return {
    connection: 'connecting',
    crash: undefined,
    settings: DEFAULT_SETTINGS,
    clock: INITIAL_CLOCK,
    stepKind: 'decision',
    pause: () => worker.send({ type: 'pause' }),
    resume: () => worker.send({ type: 'resume' }),
    step: (kind = read().stepKind) => {
      update(() => ({ stepKind: kind }))
      void worker.ask({ type: 'step', kind })
    },
    setSpeed: (speed) => worker.send({ type: 'speed', speed }),
    runUntilRest: () => void worker.ask({ type: 'runUntilRest' }),
    reset: (settings = read().settings) => {
      mirror.clear()
      update(() => ({ settings, crash: undefined, connection: 'ready', clock: INITIAL_CLOCK }))
      void worker.ask({ type: 'reset', settings })
      mirror.reopen()
    },
  }
}
