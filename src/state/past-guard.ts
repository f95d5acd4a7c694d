import type { WorkerClient } from '#worker/client.ts'
import type { ToWorker } from '#worker/protocol.ts'

/** Why a control does nothing while a past moment is shown. */
export const PAST_REASON =
  'This is the past, where nothing can be done. Go back to live, or fork here.'

/**
 * The worker for whoever acts in the name of a person. While the past is shown, what would change
 * the present, or let it run, is refused here, in one place, whatever a control allows.
 */
export function guardPast(
  worker: WorkerClient,
  isPast: () => boolean,
  say: (notice: string) => void,
): WorkerClient {
  return {
    ...worker,
    send: (message) => {
      if (isPast() && acts(message)) say(PAST_REASON)
      else worker.send(message)
    },
    ask: (question) =>
      isPast() && acts(question)
        ? Promise.resolve({ ok: false, message: PAST_REASON })
        : worker.ask(question),
  }
}

type Message = Pick<ToWorker, 'type'> & { readonly method?: string }

function acts({ type, method }: Message): boolean {
  return ACTING.has(type) || (type === 'request' && method !== 'GET')
}

/** Not among them: another run that takes the place of this one, and the size of a terminal. */
const ACTING: ReadonlySet<ToWorker['type']> = new Set([
  'resume',
  'step',
  'runUntilRest',
  'input',
  'writeFile',
  'fault',
  'openLesson',
  'jumpToStep',
  'runCommand',
  'playLesson',
  'stopLesson',
] as const)
