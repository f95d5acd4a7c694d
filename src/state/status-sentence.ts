import type { AppState } from './store.ts'
import { formatTime } from './time.ts'

/** What the status line says: a fault, then what the page did, then what the controller found. */
export function newestSentence(state: AppState, setName: string | undefined): string {
  if (state.connection === 'connecting') return 'The cluster is starting.'
  if (state.crash !== undefined) return `The simulation stopped: ${state.crash.message}`
  if (state.notice !== '') return state.notice
  const pass = state.passes.findLast((one) => setName === undefined || one.set === setName)
  return pass === undefined ? 'The cluster is ready.' : `${formatTime(pass.time)} ${pass.summary}`
}
