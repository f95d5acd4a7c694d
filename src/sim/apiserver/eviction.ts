import type { PodDisruptionBudget } from '#sim/apimachinery/kinds.ts'
import { isObject } from '#sim/apimachinery/equality.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { badRequest, failure, notFound, plainError, success } from '#sim/apimachinery/statuses.ts'
import { checkMediaType } from './body.ts'
import { readRequestObject } from './body-kind.ts'
import type { ExpectedKind } from './expected-kind.ts'
import { checkedOptions, decodeOptions, type DeleteOptions, deleteObject } from './delete.ts'
import { allowedEviction, refusedEviction } from './eviction-decision.ts'
import { shallowDraft } from './objects.ts'
import { withCondition } from './pod-conditions.ts'
import type { Draft } from './resource.ts'
import { type Scope, type WriteOptions, writeOptions } from './scope.ts'
import { canonical } from './storage.ts'
import { storeUpdate } from './update.ts'

type PodLike = KubeObject & {
  readonly status: Draft & {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
const RETRY_SECONDS = 10
const EVICTION: ExpectedKind = {
  kind: 'Eviction',
  apiVersions: ['policy/v1', 'policy/v1beta1'],
  internal: 'policy.Eviction',
}

/** Deletes a Pod if its budget allows. Upstream: pkg/registry/core/pod/storage/eviction.go. */
export function handleEviction(scope: Scope): Status {
  checkMediaType(scope)
  const options = writeOptions(scope, 'CreateOptions')
  const body = readRequestObject(scope, EVICTION)
  scope.requestObject = body
  const metadata = isObject(body['metadata']) ? body['metadata'] : {}
  if ((metadata['name'] ?? scope.name) !== scope.name)
    throw badRequest('name in URL does not match name in Eviction object')
  const deletion = checkedOptions(
    decodeOptions(body['deleteOptions'] ?? {}),
    scope.query.all('dryRun'),
  )
  const pod = scope.stored as PodLike | undefined
  if (pod === undefined) throw notFound(scope.resource.where, scope.name)
  if (!isBudgetIgnored(pod)) spendBudget(scope, pod, deletion)
  evict(scope, pod, deletion, options)
  return success(undefined, 201)
}

function isBudgetIgnored({ status, metadata }: PodLike): boolean {
  const { phase } = status
  if (metadata.deletionTimestamp !== undefined) return true
  return phase === 'Pending' || phase === 'Succeeded' || phase === 'Failed'
}

function spendBudget(scope: Scope, pod: PodLike, deletion: DeleteOptions): void {
  const resource = scope.registry.named('poddisruptionbudgets.policy')
  if (resource === undefined) return
  const budgets = (resource.store.all(scope.namespace) as readonly PodDisruptionBudget[]).filter(
    ({ spec }) => matchesLabelSelector(spec?.selector, pod.metadata.labels),
  )
  const [budget] = budgets
  if (budget === undefined) return
  if (budgets.length > 1) {
    throw plainError(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    )
  }
  if (!isReady(pod) && mayEvictUnready(budget)) return
  const { onDecision, simulation } = scope.server
  const refusal = budgetRefusal(budget)
  if (refusal !== undefined) {
    if (!deletion.isDryRun) onDecision?.(refusedEviction(simulation.now, pod, budget))
    throw refusal
  }
  if (deletion.isDryRun) return
  onDecision?.(allowedEviction(simulation.now, pod, budget))
  const draft = shallowDraft(budget)
  draft['status'] = {
    ...budget.status,
    disruptionsAllowed: (budget.status?.disruptionsAllowed ?? 0) - 1,
    disruptedPods: { ...budget.status?.disruptedPods, [pod.metadata.name]: scope.server.timestamp },
  }
  const next = canonical(resource, draft, budget)
  scope.server.storage.replace(resource, next)
}

function isReady({ status }: PodLike): boolean {
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true
}

function mayEvictUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

function budgetRefusal({ metadata, status }: PodDisruptionBudget): Error | undefined {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    const message = `The disruption budget ${metadata.name} is still being processed by the server.`
    return tooManyRequests(message, RETRY_SECONDS)
  }
  if ((status?.disruptionsAllowed ?? 0) > 0) return undefined
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {}
  return tooManyRequests(
    currentHealthy <= desiredHealthy
      ? `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
      : `The disruption budget ${metadata.name} does not allow evicting pods currently`,
  )
}

function tooManyRequests(message: string, retryAfterSeconds?: number): Error {
  return failure({
    code: 429,
    reason: 'TooManyRequests',
    message: REFUSED,
    details: {
      causes: [{ reason: 'DisruptionBudget', message }],
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  })
}

function evict(scope: Scope, pod: PodLike, deletion: DeleteOptions, options: WriteOptions): void {
  const draft = shallowDraft(pod)
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  draft['status'] = withCondition(pod.status, condition, scope.server.timestamp)
  const isDryRun = options.isDryRun || deletion.isDryRun
  const stored = storeUpdate(
    scope,
    pod,
    draft,
    { ...options, isDryRun },
    { subresource: 'eviction', operation: 'Update', isUnowned: true },
  )
  deleteObject(scope, scope.resource, isDryRun ? pod : stored, { ...deletion, isDryRun })
}
