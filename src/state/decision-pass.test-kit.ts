import type { DecisionPass } from '#worker/protocol.ts'

/** A pass over the set `web` that found nothing to say, but for the part that matters. */
export function newPass(part: Partial<DecisionPass> = {}): DecisionPass {
  return {
    number: 1,
    time: 0,
    namespace: 'default',
    set: 'web',
    cause: '',
    verdicts: [],
    summary: '',
    waiters: [],
    ...part,
  }
}
