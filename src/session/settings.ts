/** What a run depends on besides its inputs. */
export type ClusterSettings = {
  readonly seed: number
  readonly nodes: number
  readonly dialect: '1.36' | '1.10'
  readonly featureGates: Readonly<Record<string, boolean>>
  /** Which of the timing profiles of the specification. */
  readonly timings: 'instant' | 'kind' | 'cloud'
}

export const DEFAULT_SETTINGS: ClusterSettings = {
  seed: 7,
  nodes: 3,
  dialect: '1.36',
  featureGates: {},
  timings: 'cloud',
}
