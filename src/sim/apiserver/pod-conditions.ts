import type { Draft } from './resource.ts'

type Condition = {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** A status with one condition set; its transition time only moves when its status does. */
export function withCondition(status: Draft, condition: Condition, timestamp: string): Draft {
  const conditions: readonly Draft[] = status['conditions'] ?? []
  const at = conditions.findIndex(({ type }) => type === condition.type)
  const before = conditions[at]
  const lastTransitionTime =
    before?.['status'] === condition.status ? before['lastTransitionTime'] : timestamp
  const next = { lastProbeTime: null, ...condition, lastTransitionTime }
  return {
    ...status,
    conditions: at < 0 ? [...conditions, next] : conditions.with(at, next),
  }
}
