import { type ComponentDecision, subjectOf } from '#sim/apimachinery/decision.ts'
import type { PodDisruptionBudget } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'

export function allowedEviction(
  time: number,
  pod: KubeObject,
  budget: PodDisruptionBudget,
): ComponentDecision {
  const { name } = budget.metadata
  const allowed = budget.status?.disruptionsAllowed ?? 0
  const field = 'status.disruptionsAllowed'
  return {
    time,
    component: 'eviction',
    subject: subjectOf('pods', pod),
    conclusion: 'allow',
    reason: 'BudgetAllows',
    awaited: [],
    evidence: [{ resource: 'poddisruptionbudgets', name, field, value: `${allowed}` }],
    why: `${pod.metadata.name} is evicted: budget ${name} allowed ${allowed} more`,
  }
}

/** Why a Pod is not evicted: the budget's numbers, as the answer to the request has them. */
export function refusedEviction(
  time: number,
  pod: KubeObject,
  budget: PodDisruptionBudget,
): ComponentDecision {
  const { name, namespace = '', generation = 0 } = budget.metadata
  const { observedGeneration = 0, desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {}
  const budgetName = { resource: 'poddisruptionbudgets', namespace, name }
  const isBehind = observedGeneration < generation
  const numbers = isBehind
    ? [['status.observedGeneration', `${observedGeneration} of ${generation}`]]
    : [
        ['status.disruptionsAllowed', `${budget.status?.disruptionsAllowed ?? 0}`],
        ['status.desiredHealthy', `${desiredHealthy}`],
        ['status.currentHealthy', `${currentHealthy}`],
      ]
  return {
    time,
    component: 'eviction',
    subject: subjectOf('pods', pod),
    conclusion: 'refuse',
    reason: isBehind ? 'BudgetNotObserved' : 'BudgetExhausted',
    awaited: [budgetName],
    evidence: numbers.map(([field = '', value = '']) => ({
      resource: 'poddisruptionbudgets',
      name,
      field,
      value,
    })),
    why: isBehind
      ? `${pod.metadata.name} is not evicted: the status of budget ${name} is older than its spec`
      : `${pod.metadata.name} is not evicted: budget ${name} wants ${desiredHealthy} healthy Pods and there are ${currentHealthy}, so it allows no disruption until another one is Ready`,
  }
}
