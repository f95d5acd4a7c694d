import { conditionStatus, type ClusterEvent, type KnownKinds } from './kube.ts'

/** The way of a new Pod, in the order the cluster walks it. */
export const CREATION_STEPS = [
  'Waiting for a node',
  'Mounting volumes',
  'Pulling image',
  'Starting container',
  'Becoming Ready',
] as const

export type StepTrack = {
  /** How many steps are behind the Pod: 0 to 5. */
  readonly done: number
  /** What it is at now; empty once all are done. */
  readonly now: string
}

/** Where a Pod is on its way to Ready, from its conditions and the kubelet's events. */
export function stepTrack(pod: KnownKinds['Pod'], events: readonly ClusterEvent[]): StepTrack {
  const done = stepsDone(pod, events)
  return { done, now: nowWord(pod, done) }
}

function stepsDone(pod: KnownKinds['Pod'], events: readonly ClusterEvent[]): number {
  if (conditionStatus(pod, 'Ready') === 'True') return 5
  const statuses = pod.status?.containerStatuses ?? []
  if (statuses.length > 0 && statuses.every((status) => status.state?.running !== undefined))
    return 4
  if (pod.spec?.nodeName === undefined || pod.spec.nodeName === '') return 0
  if (conditionStatus(pod, 'PodReadyToStartContainers') !== 'True') return 1
  const isPulled =
    statuses.some((status) => status.imageID !== '') ||
    events.some((event) => event.reason === 'Pulled')
  return isPulled ? 3 : 2
}

function nowWord(pod: KnownKinds['Pod'], done: number): string {
  if (done === 5) return ''
  if (done === 4) {
    const hasProbe = pod.spec?.containers.some(
      (container) => container.readinessProbe !== undefined,
    )
    return hasProbe === true ? 'Readiness probe' : 'Becoming Ready'
  }
  if (done === 1 && !usesClaim(pod)) return 'Preparing sandbox'
  return CREATION_STEPS[done] ?? ''
}

function usesClaim(pod: KnownKinds['Pod']): boolean {
  return (pod.spec?.volumes ?? []).some((volume) => volume.persistentVolumeClaim !== undefined)
}
