import { formatTime, type SimTime } from '#sim/kernel/time.ts'
import type { Changed, Clock, Picture, SeekAnswer, ToWorker } from '#worker/protocol.ts'
import type { Deps } from './deps.ts'
import { type ObjectsSlice, withChange, withObjects } from './objects.ts'
import { formatSpan } from './time.ts'

/** What the page knows of the cluster: all that a past moment has, too. */
export type Mirror = ObjectsSlice & { readonly clock: Clock }

type Question = Extract<ToWorker, { type: 'seek' }>

/** A past moment while it is shown; the state's own mirror is then of that moment. */
export type Past = Pick<Picture, 'entry' | 'time' | 'logs' | 'printed'> & {
  /** As it was asked for. */
  readonly at: Exclude<Question['from'], 'now'>
  /** Whether the run stood before somebody looked back. */
  readonly wasPaused: boolean
  /** The present, as far as it is known. */
  readonly live: Mirror
}

export type PastSlice = {
  /** Undefined while the present is shown. */
  readonly past: Past | undefined
  /** Shows the cluster at the end of an instant; one that is not over yet is the present. */
  readonly lookAt: (time: SimTime) => void
  /** Moves on by so many writes or changes of phase, back by a negative number. */
  readonly lookBy: (stops: number) => void
  readonly backToLive: () => void
  /** Shows the present without going on with it: another run takes its place. */
  readonly leavePast: () => void
}

type State = Mirror & Pick<PastSlice, 'past'> & { readonly notice: string }
type Update = (patch: (state: State) => Partial<State>) => void

/** The present, whatever is shown. */
export function liveOf<T extends Mirror>(state: T & { readonly past: Past | undefined }): Mirror {
  return state.past?.live ?? state
}

/** Shows past moments, one question at a time: while one is on its way only the newest wish counts. */
export function createPastSlice(
  { worker }: Pick<Deps, 'worker'>,
  update: Update,
  read: () => State,
  say: (notice: string) => void,
): PastSlice {
  /** Without a moment it is from the one that is shown when it is asked for. */
  type Wish = { readonly from?: Past['at']; readonly stops: number }
  let wish: Wish | undefined
  let isAsking = false
  // Whoever goes back to the present wants no answer that is still on its way.
  let turn = 0
  let wasPaused = false

  async function answerWishes(): Promise<void> {
    isAsking = true
    while (wish !== undefined) {
      const { past } = read()
      const from = wish.from ?? past?.at ?? 'now'
      const { stops } = wish
      wish = undefined
      const asked = turn
      const held = past?.entry
      const reply = await worker.ask({
        type: 'seek',
        from,
        stops,
        ...(held === undefined ? {} : { held }),
      })
      if (asked !== turn) continue
      if (!reply.ok) {
        say(reply.message)
        if (read().past === undefined) goOn()
        continue
      }
      // The body is what protocol.ts promises for this question.
      const picture = reply.body as SeekAnswer
      if (picture === null) backToLive()
      else {
        const at = from !== 'now' && stops === 0 ? from : { entry: picture.entry }
        update((state) => withPicture(state, picture, { at, wasPaused }))
      }
    }
    isAsking = false
  }

  function look(next: Wish): void {
    if (read().past === undefined && !isAsking) {
      wasPaused = read().clock.isPaused
      worker.send({ type: 'pause' })
    }
    wish = next
    if (!isAsking) void answerWishes()
  }

  function leavePast(): void {
    turn++
    wish = undefined
    update(({ past }) => (past === undefined ? {} : { ...past.live, past: undefined }))
  }

  function goOn(): void {
    if (!wasPaused) worker.send({ type: 'resume' })
  }

  function backToLive(): void {
    const isElsewhere = read().past !== undefined || isAsking
    leavePast()
    if (isElsewhere) goOn()
  }

  return {
    past: undefined,
    lookAt: (time) => {
      const live = liveOf(read())
      if (time >= live.clock.time) backToLive()
      else look({ from: { time: Math.max(time, live.historyFrom) }, stops: 0 })
    },
    lookBy: (stops) => {
      const { past } = read()
      if (past === undefined && !isAsking && stops > 0) return
      look({ ...wish, stops: (wish?.stops ?? 0) + stops })
    },
    backToLive,
    leavePast,
  }
}

/** What a message changes: the present; and what is shown, where that is the present. */
export function withMirror(state: State, change: Changed): Partial<State> {
  const { past } = state
  const live = { ...withChange(liveOf(state), change), clock: change.clock }
  if (past === undefined) return live
  const { time } = past
  return {
    ...logsUpTo(live, past.logs),
    past: { ...past, live },
    clock: clockAt(live.clock, time),
  }
}

/** The state with a past moment shown; what did not change since the one before keeps its identity. */
export function withPicture(
  state: State,
  picture: Picture,
  how: Pick<Past, 'at' | 'wasPaused'>,
): Partial<State> {
  const live = state.past?.live ?? mirrorOf(state)
  const { time, entry, since, dns, logs, printed } = picture
  return {
    ...logsUpTo(live, logs),
    byKind: withObjects(since === undefined ? {} : state.byKind, picture),
    dns,
    dnsChangedAt: NEVER_CHANGED,
    // A revision keeps its letter, also before it was made.
    revisions: live.revisions,
    clock: clockAt(live.clock, time),
    // What the page said was of another moment.
    notice: '',
    past: { ...how, entry, time, logs, printed, live },
  }
}

/** Of the whole state only what is of the cluster: the rest belongs to the page at any moment. */
function mirrorOf(state: Mirror): Mirror {
  const { byKind, dns, dnsChangedAt, revisions, dropped, historyFrom, clock } = state
  const { writes, phases, passes, conclusions, faults } = state
  const logs = { writes, phases, passes, conclusions, faults }
  return { byKind, ...logs, dns, dnsChangedAt, revisions, dropped, historyFrom, clock }
}

const NEVER_CHANGED: ReadonlyMap<string, number> = new Map()

function logsUpTo(
  { writes, phases, passes, conclusions, faults, dropped }: Mirror,
  logs: Picture['logs'],
): Pick<ObjectsSlice, 'writes' | 'phases' | 'passes' | 'conclusions' | 'faults'> {
  return {
    writes: upTo(writes, logs.writes - dropped.writes),
    phases: upTo(phases, logs.phases - dropped.phases),
    passes: upTo(passes, logs.decisions - dropped.decisions),
    conclusions: upTo(conclusions, logs.componentDecisions - dropped.componentDecisions),
    faults: upTo(faults, logs.faults),
  }
}

function upTo<T>(log: readonly T[], length: number): readonly T[] {
  return length >= log.length ? log : log.slice(0, Math.max(0, length))
}

function clockAt(live: Clock, time: SimTime): Clock {
  return { ...live, time, unixMs: live.unixMs - live.time + time }
}

/** Where somebody is who looks back, and what became of the present meanwhile. */
export function pastSentence({ time, live, wasPaused }: Past): string {
  const { time: now } = live.clock
  const then = wasPaused ? '' : ' and goes on when you are back'
  return `You look at ${formatTime(time)}, ${formatSpan(now - time)} before now. The run is paused at ${formatTime(now)}${then}.`
}
