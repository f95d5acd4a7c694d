import type { LabelSelector } from 'kubernetes-types/meta/v1'
import { listedNames, subjectOf } from '#sim/apimachinery/decision.ts'
import type { Pod, PodDisruptionBudget } from '#sim/apimachinery/kinds.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { semanticallyEqual } from '#sim/apimachinery/semantic-equality.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { isReady } from '../endpoint/service-pods.ts'
import { createScaleOf, expectedPods } from './expected-pods.ts'

const NAMESPACE_INDEX = 'namespace'
const DELETION_MS = 120_000
/** Large budgets change by the dozen: their changes are gathered for a while. */
const LARGE = 500
const BATCH_MS_MAX = 1000

/**
 * Keeps the status of disruption budgets, from which evictions are allowed or refused.
 *
 * Upstream: pkg/controller/disruption. Simplified: other controllers than StatefulSets,
 * ReplicaSets and Deployments have no scale.
 */
export function startDisruptionController(context: ControllerContext): void {
  const { simulation, informers } = context
  const budgets = informers.for('poddisruptionbudgets')
  const pods = informers.for('pods')
  pods.addIndex(NAMESPACE_INDEX, (pod) => [pod.metadata.namespace ?? ''])
  budgets.addIndex(NAMESPACE_INDEX, (budget) => [budget.metadata.namespace ?? ''])
  const client = context
    .clientFor(serviceAccount('disruption-controller'), 'disruption-controller')
    .resource('poddisruptionbudgets')
  const recorder = context.recorderFor('controllermanager')
  const tell = context.tellerFor('disruption')
  const scaleOf = createScaleOf(informers)
  const sizes = new Map<string, number>()

  const queue = createReconciler(simulation, { name: 'disruption', sync })

  function sync(key: string): void {
    const budget = budgets.getByKey(key)
    if (budget === undefined) {
      sizes.delete(key)
      return
    }
    const selected = pods
      .byIndex(NAMESPACE_INDEX, budget.metadata.namespace ?? '')
      .filter((pod) => matchesLabelSelector(budget.spec?.selector, pod.metadata.labels))
    sizes.set(key, selected.length)
    if (selected.length === 0) {
      recorder.record(budget, {
        type: 'Normal',
        reason: 'NoPods',
        message: 'No matching pods found',
      })
    }
    const { expected, desiredHealthy, unmanaged } = expectedPods(budget, selected, scaleOf)
    if (unmanaged.length > 0) {
      recorder.record(budget, {
        type: 'Warning',
        reason: 'UnmanagedPods',
        message: unmanagedText(budget.spec?.selector),
      })
    }
    const disruptedPods = stillDisrupted(budget, selected)
    const isHealthy = (pod: Pod): boolean =>
      pod.metadata.deletionTimestamp === undefined &&
      disruptedPods[pod.metadata.name] === undefined &&
      isReady(pod)
    const currentHealthy = selected.filter(isHealthy).length
    const spare = Math.max(0, currentHealthy - desiredHealthy)
    const counts = {
      currentHealthy,
      desiredHealthy,
      expectedPods: expected,
      disruptionsAllowed: expected === 0 ? 0 : spare,
    }
    tellOfBudget(budget, counts, () => selected.filter((pod) => !isHealthy(pod)))
    writeStatus(budget, counts, disruptedPods)
  }

  function tellOfBudget(
    budget: PodDisruptionBudget,
    counts: Counts,
    unhealthy: () => readonly Pod[],
  ): void {
    tell(() => {
      const { name } = budget.metadata
      const { desiredHealthy, expectedPods, currentHealthy, disruptionsAllowed: allowed } = counts
      const missing = unhealthy()
      const areHealthy = currentHealthy === 1 ? 'is healthy' : 'are healthy'
      const haveToBe = desiredHealthy === 1 ? 'has to be' : 'have to be'
      const numbers = `${currentHealthy} of ${expectedPods} Pods ${areHealthy} and ${desiredHealthy} ${haveToBe}`
      const names = listedNames(missing.map((pod) => pod.metadata.name))
      const evidence = Object.entries(counts).map(([key, value]) => ({
        resource: 'poddisruptionbudgets',
        name,
        field: `status.${key}`,
        value: String(value),
      }))
      return {
        subject: subjectOf('poddisruptionbudgets', budget),
        conclusion: allowed > 0 ? 'allow' : 'refuse',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        awaited: allowed > 0 ? [] : missing.map((pod) => subjectOf('pods', pod)),
        evidence,
        why:
          allowed > 0
            ? `${name} allows ${allowed} ${allowed === 1 ? 'disruption' : 'disruptions'}: ${numbers}`
            : `${name} allows no disruption: ${numbers}${missing.length === 0 ? '' : `; not healthy: ${names}`}`,
      }
    })
  }

  /** Evicted, and the deletion is not seen yet; whoever forgets to go is counted in again. */
  function stillDisrupted(
    budget: PodDisruptionBudget,
    selected: readonly Pod[],
  ): Readonly<Record<string, string>> {
    const left: Record<string, string> = {}
    const byName = new Map(selected.map((pod) => [pod.metadata.name, pod]))
    for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
      const pod = byName.get(name)
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) continue
      const leftMs = Date.parse(time) + DELETION_MS - simulation.unixMs
      if (leftMs > 0) {
        left[name] = time
        queue.addAfter(objectKey(budget), leftMs)
        continue
      }
      recorder.record(pod, {
        type: 'Warning',
        reason: 'NotDeleted',
        message: `Pod was expected by PDB ${objectKey(budget)} to be deleted but it wasn't`,
      })
    }
    return left
  }

  function writeStatus(
    budget: PodDisruptionBudget,
    counts: Counts,
    disruptedPods: Readonly<Record<string, string>>,
  ): void {
    const observedGeneration = budget.metadata.generation ?? 0
    const isAllowed = counts.disruptionsAllowed > 0
    const before = budget.status?.conditions?.find(({ type }) => type === 'DisruptionAllowed')
    const conditionStatus = isAllowed ? 'True' : 'False'
    const condition = {
      type: 'DisruptionAllowed',
      status: conditionStatus,
      observedGeneration,
      lastTransitionTime:
        before?.status === conditionStatus ? before.lastTransitionTime : timestamp(),
      reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
    }
    const others =
      budget.status?.conditions?.filter(({ type }) => type !== 'DisruptionAllowed') ?? []
    const status = {
      observedGeneration,
      ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
      ...counts,
      conditions: [...others, condition],
    }
    if (semanticallyEqual(budget.status, status)) return
    client.updateStatus({ ...budget, status })
  }

  function timestamp(): string {
    return `${new Date(simulation.unixMs).toISOString().slice(0, 19)}Z`
  }

  function enqueue(key: string): void {
    const size = sizes.get(key) ?? 0
    if (size > LARGE) queue.addAfter(key, Math.min(size, BATCH_MS_MAX))
    else queue.add(key)
  }

  function onPod(pod: Pod): void {
    const meant = budgets
      .byIndex(NAMESPACE_INDEX, pod.metadata.namespace ?? '')
      .filter((budget) => matchesLabelSelector(budget.spec?.selector, pod.metadata.labels))
    if (meant.length > 1) {
      const [first] = meant
      recorder.record(pod, {
        type: 'Warning',
        reason: 'MultiplePodDisruptionBudgets',
        message: `Pod ${JSON.stringify(pod.metadata.namespace)}/${JSON.stringify(pod.metadata.name)} matches multiple PodDisruptionBudgets.  Chose ${JSON.stringify(first?.metadata.name)} arbitrarily.`,
      })
    }
    for (const budget of meant) enqueue(objectKey(budget))
  }

  budgets.onChange({
    added: (budget) => queue.add(objectKey(budget)),
    updated: (_old, budget) => queue.add(objectKey(budget)),
    deleted: (budget) => queue.add(objectKey(budget)),
  })
  pods.onChange({
    added: onPod,
    updated: (old, pod) => {
      onPod(pod)
      if (old.metadata.labels !== pod.metadata.labels) onPod(old)
    },
    deleted: onPod,
  })
}

type Counts = Readonly<
  Record<'currentHealthy' | 'desiredHealthy' | 'expectedPods' | 'disruptionsAllowed', number>
>

function unmanagedText(selector: LabelSelector | undefined): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${selectorText(selector)}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  )
}

/** The selector as the generated code of the API's types prints it. */
function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil'
  const labels = Object.entries(selector.matchLabels ?? {})
    .map(([key, value]) => `${key}: ${value},`)
    .toSorted()
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}
