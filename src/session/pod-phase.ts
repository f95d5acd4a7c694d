import type { ContainerStatus, PodSpec, PodStatus } from 'kubernetes-types/core/v1'
import type { PodPhaseLetter } from './journal.ts'

/** What of a Pod its state is read from. */
type Pod = {
  readonly metadata?: { readonly deletionTimestamp?: string | undefined } | undefined
  readonly spec?: PodSpec | undefined
  readonly status?: PodStatus | undefined
}

/**
 * The word kubectl prints under STATUS.
 *
 * Upstream: pkg/printers/internalversion/printers.go, printPod.
 */
export function podStatusWord(pod: Pod): string {
  const status = pod.status ?? {}
  let word = status.reason || status.phase || 'Unknown'
  if (hasCondition(pod, 'PodScheduled', undefined, 'SchedulingGated')) word = 'SchedulingGated'
  const initWord = initStatusWord(pod)
  if (initWord !== undefined) word = initWord
  if (initWord === undefined || hasCondition(pod, 'Initialized', 'True')) {
    word = containersWord(pod, word)
  }
  if (pod.metadata?.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') return 'Unknown'
    if (status.phase !== 'Succeeded' && status.phase !== 'Failed') return 'Terminating'
  }
  return word
}

function initStatusWord(pod: Pod): string | undefined {
  const specs = pod.spec?.initContainers ?? []
  const sidecars = new Set(specs.filter((c) => isSidecar(c)).map((c) => c.name))
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = container.state ?? {}
    if (terminated !== undefined && terminated.exitCode === 0) continue
    if (sidecars.has(container.name) && container.started === true) continue
    if (terminated !== undefined) return `Init:${terminatedWord(terminated)}`
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') {
      return `Init:${waiting.reason}`
    }
    return `Init:${index}/${specs.length}`
  }
  return undefined
}

/** Restart policy of a container makes a sidecar of it; the published types are older than that. */
function isSidecar(container: { readonly name: string; readonly restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always'
}

function containersWord(pod: Pod, start: string): string {
  let word = start
  let errorWord = ''
  let isRunning = false
  // From last to first, so the first in name order has the last say.
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    const { terminated, waiting, running } = container.state ?? {}
    if (waiting?.reason) word = waiting.reason
    else if (terminated !== undefined) {
      word = terminatedWord(terminated)
      if (terminated.exitCode !== 0) errorWord = word
    } else if (container.ready && running !== undefined) isRunning = true
  }
  if (word !== 'Completed') return word
  if (isRunning) return hasCondition(pod, 'Ready', 'True') ? 'Running' : errorWord || 'NotReady'
  return errorWord || word
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>

function terminatedWord(terminated: Terminated): string {
  if (terminated.reason) return terminated.reason
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`
}

/** Which of the nine states of the visual language a Pod is in. */
export function podPhaseLetter(pod: Pod): PodPhaseLetter {
  const word = podStatusWord(pod)
  if (word === 'Unknown') return 'U'
  // Its containers may have ended already, but the object still holds the name.
  if (pod.metadata?.deletionTimestamp !== undefined) return 'T'
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 'F'
  const reason = word.startsWith('Init:') ? word.slice('Init:'.length) : word
  if (IMAGE_TROUBLES.has(reason)) return 'I'
  if (LOOP_TROUBLES.has(reason) || /^(ExitCode|Signal):/.test(reason)) return 'L'
  if (hasCondition(pod, 'Ready', 'True')) return 'R'
  if (pod.status?.phase === 'Running') return 'N'
  return pod.status?.containerStatuses === undefined && word === 'Pending'
    ? 'P'
    : pendingLetter(word)
}

function pendingLetter(word: string): PodPhaseLetter {
  return word === 'Pending' || word === 'SchedulingGated' ? 'P' : 'C'
}

const IMAGE_TROUBLES = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
])

const LOOP_TROUBLES = new Set([
  'CrashLoopBackOff',
  'Error',
  'OOMKilled',
  'Completed',
  'StartError',
  'ContainerCannotRun',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PostStartHookError',
])

function hasCondition(pod: Pod, type: string, status?: string, reason?: string): boolean {
  return (pod.status?.conditions ?? []).some(
    (condition) =>
      condition.type === type &&
      (status === undefined || condition.status === status) &&
      (reason === undefined || condition.reason === reason),
  )
}
