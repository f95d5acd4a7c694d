import type { SimTime } from '#sim/kernel/time.ts'
import type { Place } from './history.ts'
import type { SessionInput } from './inputs.ts'
import type { Session } from './session.ts'

/** How far an input may take a run by itself. */
export type RunLimit = { readonly events?: number; readonly until?: SimTime }

/**
 * Does again what a recorded run was given, each input at the very event it came after. An input
 * that takes time of its own goes no further than the limit.
 */
export function replay(
  session: Session,
  inputs: readonly SessionInput[],
  limit: RunLimit = {},
): void {
  const { simulation } = session.cluster
  for (const input of inputs) {
    const events = input.afterEvents - simulation.eventsTotal
    if (events < 0) {
      throw new RangeError(
        `the input at ${input.time} ms comes after ${input.afterEvents} events, but ${simulation.eventsTotal} have fired: it was recorded by another version or with other settings`,
      )
    }
    if (events > 0) runWatched(session, { events: input.afterEvents })
    if (input.time > simulation.now) simulation.skipTo(input.time)
    session.apply(input, limit)
  }
}

/** Brings a fresh session to a place in a recorded run: a fork of it begins there. */
export function replayTo(
  session: Session,
  inputs: readonly SessionInput[],
  place: Place | { readonly time: SimTime },
): void {
  const { simulation } = session.cluster
  if (!('events' in place)) {
    const until = place.time
    const earlier = inputs.filter(({ time }) => time <= until)
    replay(session, earlier, { until })
    runWatched(session, { until })
    return
  }
  const { time, events, inputs: count } = place
  replay(session, inputs.slice(0, count), { events })
  runWatched(session, { events })
  if (time > simulation.now) simulation.skipTo(time)
}

/** Looks at the lesson after every change, as a page would: some checks hold only for a while. */
function runWatched(session: Session, { events = Infinity, until = Infinity }: RunLimit): void {
  const { simulation } = session.cluster
  let before = session.progressKey
  while (simulation.eventsTotal < events && (simulation.nextEventAt ?? Infinity) <= until) {
    if (!simulation.step()) break
    if (session.progressKey === before) continue
    before = session.progressKey
    session.lessonState()
  }
  // Moves the clock on to where nothing happens, and throws what stopped the world.
  simulation.run(until === Infinity ? { eventsMax: 0 } : { until })
}
