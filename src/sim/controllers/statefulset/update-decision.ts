import type { Reason } from './decisions.ts'
import { isOutdated, type Pass, sicknessOf, slotName } from './pass.ts'
import { isUnavailable } from './pod-state.ts'
import { maxUnavailableOf, partitionOf } from './update-strategy.ts'

/** Decides which Pods the update replaces in this pass. All else is in order by then. */
export function planUpdate(pass: Pass): void {
  const { set, log } = pass
  if (set.spec?.updateStrategy?.type === 'OnDelete') {
    noteOutdated(pass, { from: 0, to: pass.replicas }, { type: 'onDelete' })
    return
  }
  const partition = partitionOf(set)
  if (pass.allowsMaxUnavailable) planWithinBudget(pass, partition)
  else planOneByOne(pass, partition)
  if (log === undefined) return
  noteOutdated(pass, { from: 0, to: partition }, { type: 'partitioned', partition })
}

function planOneByOne(pass: Pass, partition: number): void {
  for (let index = pass.replicas - 1; index >= partition; index--) {
    if (isOutdated(pass, index)) {
      planOutdated(pass, index)
      noteAwaited(pass, index)
      return
    }
    if (isSlotUnavailable(pass, index)) {
      noteUnavailable(pass, index)
      noteAwaited(pass, index)
      return
    }
  }
}

function planWithinBudget(pass: Pass, partition: number): void {
  let unavailable = 0
  for (let index = 0; index < pass.replicas; index++) {
    if (isSlotUnavailable(pass, index)) unavailable++
  }
  const maxUnavailable = maxUnavailableOf(pass.set)
  let budget = maxUnavailable - unavailable
  for (let index = pass.replicas - 1; index >= partition; index--) {
    if (!isOutdated(pass, index)) continue
    if (budget <= 0) {
      const reason: Reason = { type: 'budget', unavailable, maxUnavailable }
      noteOutdated(pass, { from: partition, to: index + 1 }, reason)
      return
    }
    planOutdated(pass, index)
    budget--
  }
}

// Under Parallel and without a rollingUpdate block this may be a Pod that the same pass creates
// at the current revision: upstream deletes it at once, too.
function planOutdated(pass: Pass, index: number): void {
  const { log, updateRevision } = pass
  const pod = pass.slots[index]
  const name = slotName(pass, index)
  pass.plan.update.push({ index, action: { type: 'delete', name } })
  const revision = pod?.revision ?? pass.currentRevision
  const reason: Reason = { type: 'outdated', revision, updateRevision }
  if (pod === undefined) log?.noteMissing(pass.start + index, name, 'delete', reason)
  else log?.note(pod.ordinal, pod, 'delete', reason)
}

function isSlotUnavailable({ slots, rule }: Pass, index: number): boolean {
  const pod = slots[index]
  return pod === undefined || isUnavailable(pod, rule)
}

type Span = { readonly from: number; readonly to: number }

function noteOutdated(pass: Pass, { from, to }: Span, reason: Reason): void {
  if (pass.log === undefined) return
  const action = reason.type === 'budget' ? 'stop' : 'keep'
  for (let index = from; index < Math.min(to, pass.replicas); index++) {
    const pod = pass.slots[index]
    if (pod !== undefined && isOutdated(pass, index))
      pass.log.note(pod.ordinal, pod, action, reason)
  }
}

/** Whether the update will get to this Pod. */
export function awaitsUpdate(pass: Pass, index: number): boolean {
  if (pass.set.spec?.updateStrategy?.type === 'OnDelete' || !isOutdated(pass, index)) return false
  return index >= partitionOf(pass.set)
}

function noteUnavailable(pass: Pass, index: number): void {
  const pod = pass.slots[index]
  // One that was created in this pass has its verdict already.
  if (pod === undefined) return
  pass.log?.note(pod.ordinal, pod, 'wait', sicknessOf(pass, pod) ?? { type: 'updating' })
}

function noteAwaited(pass: Pass, index: number): void {
  if (pass.log === undefined) return
  const awaited = slotName(pass, index)
  for (let below = index - 1; below >= 0; below--) {
    if (awaitsUpdate(pass, below)) pass.log.awaits(awaited, slotName(pass, below))
  }
}
