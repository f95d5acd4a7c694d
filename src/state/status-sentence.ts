import { formatTime } from '#sim/kernel/time.ts'
import type { EventRow } from './events.ts'
import { pastSentence } from './past.ts'
import type { AppState } from './store.ts'

/** What the status line says: a fault, what the page did, or the newest thing that happened. */
export function newestSentence(
  state: Pick<AppState, 'connection' | 'crash' | 'notice' | 'past'>,
  event: EventRow | undefined,
): string {
  if (state.connection === 'connecting') return 'The cluster is starting.'
  if (state.crash !== undefined) return `The simulation stopped: ${state.crash.message}`
  if (state.notice !== '') return state.notice
  if (state.past !== undefined) return pastSentence(state.past)
  // What happened before the clock was shown made the cluster, and is no news.
  if (event === undefined || event.at < 0) return 'The cluster is ready.'
  return `${formatTime(event.at)} ${event.object}: ${event.message}`
}
