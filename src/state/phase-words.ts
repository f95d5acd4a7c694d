import type { PodPhaseLetter } from '#worker/protocol.ts'

/** The nine states in a word or two, where there is no room for kubectl's. */
export const PHASE_WORDS: Readonly<Record<PodPhaseLetter, string>> = {
  P: 'Pending',
  C: 'Creating',
  N: 'Running, not Ready',
  R: 'Ready',
  T: 'Terminating',
  L: 'Crash back-off',
  I: 'Pull back-off',
  F: 'Failed',
  U: 'Unknown',
}
