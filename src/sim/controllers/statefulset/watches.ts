import type { Pod, StatefulSet } from '#sim/apimachinery/kinds.ts'
import { matchesLabelSelector } from '#sim/apimachinery/label-selector.ts'
import { objectKey } from '#sim/apimachinery/objects.ts'
import type { WorkQueue } from '#sim/client/work-queue.ts'
import type { OwnerReference } from 'kubernetes-types/meta/v1'
import type { ControllerContext } from '../context.ts'
import { controllerOf } from '../controller-ref.ts'
import { readPod } from './pod-state.ts'

export type WatchOptions = {
  readonly context: ControllerContext
  readonly queue: WorkQueue
  /** Keeps the words for what woke the controller. */
  readonly notesCauses: boolean
}

const BY_NAMESPACE = 'namespace'
const RESYNC_MS = 12 * 3600 * 1000

/**
 * Queues the sets that a change concerns. Only Pods and sets are listened to: a change of a claim
 * or a revision wakes nobody by itself.
 */
export function watchStatefulSets({ context, queue, notesCauses }: WatchOptions): {
  takeCause(key: string): string
} {
  const { simulation, informers } = context
  const sets = informers.for('statefulsets')
  const causes = new Map<string, { readonly subject: string; readonly verb: string }>()
  sets.addIndex(BY_NAMESPACE, ({ metadata }) => [metadata.namespace ?? ''])

  function enqueue(
    set: StatefulSet,
    kind: 'StatefulSet' | 'Pod',
    name: string,
    verb: string,
  ): void {
    const key = objectKey(set)
    if (notesCauses) noteCause(key, `${kind} ${name}`, verb)
    queue.add(key)
  }

  // The first to change is named, with the last that happened to it.
  function noteCause(key: string, subject: string, verb: string): void {
    const known = causes.get(key)
    if (known === undefined || known.subject === subject) causes.set(key, { subject, verb })
  }

  function resolve(pod: Pod, controller: OwnerReference): StatefulSet | undefined {
    if (controller.kind !== 'StatefulSet') return undefined
    const set = sets.get(controller.name, pod.metadata.namespace)
    return set?.metadata.uid === controller.uid ? set : undefined
  }

  function enqueueMatching(pod: Pod, verb: string): void {
    if (Object.keys(pod.metadata.labels ?? {}).length === 0) return
    for (const set of sets.byIndex(BY_NAMESPACE, pod.metadata.namespace ?? '')) {
      if (!matchesLabelSelector(set.spec?.selector, pod.metadata.labels)) continue
      enqueue(set, 'Pod', pod.metadata.name, verb)
    }
  }

  function onPodAdded(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) {
      onPodDeleted(pod)
      return
    }
    const controller = controllerOf(pod)
    if (controller === undefined) {
      enqueueMatching(pod, 'appeared')
      return
    }
    const set = resolve(pod, controller)
    if (set !== undefined) enqueue(set, 'Pod', pod.metadata.name, 'appeared')
  }

  function onPodUpdated(old: Pod, pod: Pod): void {
    const { name } = pod.metadata
    const before = controllerOf(old)
    const controller = controllerOf(pod)
    const isReowned = !isSameController(before, controller)
    if (isReowned && before !== undefined) {
      const formerSet = resolve(old, before)
      if (formerSet !== undefined) enqueue(formerSet, 'Pod', name, 'changed its owner')
    }
    if (controller !== undefined) {
      const set = resolve(pod, controller)
      if (set === undefined) return
      enqueue(set, 'Pod', name, changeOf(old, pod))
      const minReadySeconds = set.spec?.minReadySeconds ?? 0
      if (minReadySeconds > 0 && !readPod(old).isReady && readPod(pod).isReady) {
        queue.addAfter(objectKey(set), minReadySeconds * 1000)
      }
      return
    }
    if (isReowned || !hasSameLabels(old, pod)) enqueueMatching(pod, 'changed')
  }

  function onPodDeleted(pod: Pod): void {
    const controller = controllerOf(pod)
    const set = controller === undefined ? undefined : resolve(pod, controller)
    if (set !== undefined) enqueue(set, 'Pod', pod.metadata.name, 'is gone')
  }

  function changeOf(old: Pod, pod: Pod): string {
    if (!notesCauses) return ''
    const [was, is] = [readPod(old), readPod(pod)]
    if (is.isTerminating && !was.isTerminating) return 'is being deleted'
    if (is.isReady !== was.isReady) return is.isReady ? 'became Ready' : 'is no longer Ready'
    if (is.phase !== was.phase) return `became ${is.phase}`
    return 'changed'
  }

  const resyncEveryMs = RESYNC_MS * context.random.fork('statefulset/resync').uniform(1, 2)
  function resyncLater(): void {
    const resync = (): void => {
      for (const set of sets.list()) enqueue(set, 'StatefulSet', set.metadata.name, 'was resynced')
      resyncLater()
    }
    simulation.after(resyncEveryMs, resync, {
      label: 'statefulset-controller/resync',
      periodic: true,
    })
  }

  informers
    .for('pods')
    .onChange({ added: onPodAdded, updated: onPodUpdated, deleted: onPodDeleted })
  sets.onChange({
    added: (set) => enqueue(set, 'StatefulSet', set.metadata.name, 'appeared'),
    updated: (_old, set) => enqueue(set, 'StatefulSet', set.metadata.name, 'changed'),
    deleted: (set) => enqueue(set, 'StatefulSet', set.metadata.name, 'is gone'),
  })
  resyncLater()

  return {
    takeCause: (key) => {
      const cause = causes.get(key)
      causes.delete(key)
      return cause === undefined ? '' : `${cause.subject} ${cause.verb}`
    },
  }
}

function isSameController(a: OwnerReference | undefined, b: OwnerReference | undefined): boolean {
  return a?.uid === b?.uid && a?.name === b?.name && a?.kind === b?.kind
}

function hasSameLabels(a: Pod, b: Pod): boolean {
  const before = a.metadata.labels ?? {}
  const after = b.metadata.labels ?? {}
  const keys = Object.keys(before)
  return (
    keys.length === Object.keys(after).length && keys.every((key) => before[key] === after[key])
  )
}
