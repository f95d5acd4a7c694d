import { StatusError } from '#sim/apimachinery/status.ts'
import { RetryError } from '#sim/client/reconciler.ts'
import type { Pauses } from '#sim/client/work-queue.ts'
import { aggregate } from '../controller-ref.ts'
import type { Plan, PodAction, StagedAction } from './pass.ts'

const BATCH_MAX = 500

/** Carries out one action; it may have to wait in between. */
export type Act = (action: PodAction) => Pauses | void

export type PlanOutcome = { readonly failure: Error | undefined; readonly updated: number }

/** Runs a plan stage by stage. `updated` counts what the update deleted. */
export function* runPlan(plan: Plan, isMonotonicSet: boolean, act: Act): Pauses<PlanOutcome> {
  for (const stage of [plan.replicas, plan.condemnedClaims, plan.condemned]) {
    const failure = yield* runStage(stage, isMonotonicSet, act)
    if (failure !== undefined) return { failure, updated: 0 }
  }
  let updated = 0
  for (const { action } of plan.update) {
    const failure = yield* attempt(() => act(action))
    if (failure !== undefined) return { failure, updated }
    updated++
  }
  return { failure: undefined, updated }
}

/**
 * A burst grows as it succeeds: batches of 1, 2, 4, … Pods, of which the one with a failure is the
 * last. So a set that cannot be created fails once, not a thousand times.
 */
function* runStage(
  stage: readonly StagedAction[],
  isMonotonicSet: boolean,
  act: Act,
): Pauses<Error | undefined> {
  const errors: Error[] = []
  let size = 1
  let end = isMonotonicSet ? Infinity : size
  let failedIndex = -1
  for (const { index, action } of stage) {
    if (isMonotonicSet && errors.length > 0) break
    // One Pod's later steps are not taken once an earlier one failed.
    if (index === failedIndex) continue
    while (index >= end) {
      if (errors.length > 0) return aggregate(errors)
      size = Math.min(size * 2, BATCH_MAX)
      end += size
    }
    const failure = yield* attempt(() => act(action))
    if (failure === undefined) continue
    errors.push(failure)
    failedIndex = index
  }
  return errors.length > 0 ? aggregate(errors) : undefined
}

/** A refusal ends a step, not the pass; anything else that is thrown is a bug. */
export function* attempt(run: () => Pauses | void): Pauses<Error | undefined> {
  try {
    const pauses = run()
    if (pauses !== undefined) yield* pauses
    return undefined
  } catch (error) {
    if (!(error instanceof StatusError) && !(error instanceof RetryError)) throw error
    return error
  }
}
