import type * as core from 'kubernetes-types/core/v1'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import { StatusError } from '#sim/apimachinery/status.ts'
import type { Client } from '#sim/client/client.ts'

/** Whether a new version of the object gives its worker something to do. */
export function asksForSync(old: Pod, pod: Pod): boolean {
  return (
    old.spec !== pod.spec ||
    old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp ||
    old.metadata.deletionGracePeriodSeconds !== pod.metadata.deletionGracePeriodSeconds ||
    gatesDiffer(old, pod)
  )
}

/** Somebody opened or shut a gate that the Pod's readiness hangs on. */
function gatesDiffer(old: Pod, pod: Pod): boolean {
  if (old.status?.conditions === pod.status?.conditions) return false
  const stateOf = ({ status }: Pod, type: string): string | undefined =>
    status?.conditions?.find((one) => one.type === type)?.status
  return (pod.spec?.readinessGates ?? []).some(
    ({ conditionType }) => stateOf(old, conditionType) !== stateOf(pod, conditionType),
  )
}

/** It came to its end before this kubelet started. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

/** Where an Event about one of its containers points. */
export function containerPath({ spec }: Pod, container: string): string {
  const has = (one: core.Container) => one.name === container
  const { initContainers = [], ephemeralContainers = [] } = spec ?? {}
  const list = initContainers.some(has)
    ? 'initContainers'
    : ephemeralContainers.some(has)
      ? 'ephemeralContainers'
      : 'containers'
  return `spec.${list}{${container}}`
}

/** The kubelet's last delete. True if the object is gone, or another one has its name. */
export function takeAway(client: Client, { metadata }: Pod): boolean {
  const { name, namespace, uid, finalizers = [] } = metadata
  try {
    client.resource('pods').delete(name, namespace, {
      gracePeriodSeconds: 0,
      preconditions: { uid },
    })
    // With finalizers it stays until whoever set them is done.
    return finalizers.length === 0
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    return error.code === 404 || error.code === 409
  }
}
