import type { EventRow } from './events.ts'
import type { AppState } from './store.ts'
import { formatTime } from './time.ts'

/** What the status line says: a fault, what the page did, or the newest thing that happened. */
export function newestSentence(
  state: Pick<AppState, 'connection' | 'crash' | 'notice'>,
  event: EventRow | undefined,
): string {
  if (state.connection === 'connecting') return 'The cluster is starting.'
  if (state.crash !== undefined) return `The simulation stopped: ${state.crash.message}`
  if (state.notice !== '') return state.notice
  if (event === undefined) return 'The cluster is ready.'
  return `${formatTime(event.at)} ${event.object}: ${event.message}`
}
