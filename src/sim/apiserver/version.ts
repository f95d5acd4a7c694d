import { KUBERNETES_BUILD } from '#sim/apimachinery/build.ts'

const { major, minor, ...build } = KUBERNETES_BUILD

/** What `/version` answers: the release whose behaviour is emulated. */
export const SERVER_VERSION = {
  major,
  minor,
  emulationMajor: major,
  emulationMinor: minor,
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  ...build,
} as const
