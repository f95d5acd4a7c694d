import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Client } from '#sim/client/client.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import type { DeletableResource } from './discovery.ts'

/** What is left of one resource after everything was asked to go. */
export type Remains = {
  /** As conditions name it: `pods.`, `statefulsets.apps`. */
  readonly resource: string
  readonly count: number
  /** How often each finalizer holds an object back. */
  readonly finalizers: ReadonlyMap<string, number>
  readonly estimateSeconds: number
}

const FINALIZER_ESTIMATE_SECONDS = 15

export function deleteContent(
  client: Client,
  namespace: string,
  resource: DeletableResource,
): Remains {
  const path = `${resource.prefix}/namespaces/${namespace}/${resource.plural}`
  const before = list(client, path)
  // Asked before the Pods go, for then their grace is still ahead of them.
  const graceSeconds = resource.plural === 'pods' ? gracefulEstimate(before as readonly Pod[]) : 0
  if (before.length > 0) deleteAll(client, path, resource, before)
  const after = before.length === 0 ? before : list(client, path)
  const finalizers = new Map<string, number>()
  for (const { metadata } of after) {
    for (const finalizer of metadata.finalizers ?? [])
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
  }
  const heldSeconds = after.length === 0 ? 0 : FINALIZER_ESTIMATE_SECONDS
  return {
    resource: `${resource.plural}.${resource.group}`,
    count: after.length,
    finalizers,
    estimateSeconds: graceSeconds > 0 ? graceSeconds : heldSeconds,
  }
}

function list(client: Client, path: string): readonly KubeObject[] {
  // A list of any kind has items.
  const { items } = client.object({ method: 'GET', path }) as { items: readonly KubeObject[] }
  return items
}

function deleteAll(
  client: Client,
  path: string,
  resource: DeletableResource,
  objects: readonly KubeObject[],
): void {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }
  if (resource.canDeleteCollection) {
    client.object({ method: 'DELETE', path, body })
    return
  }
  for (const { metadata } of objects) {
    try {
      client.object({ method: 'DELETE', path: `${path}/${metadata.name}`, body })
    } catch (error) {
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }
}

function gracefulEstimate(pods: readonly Pod[]): number {
  let seconds = 0
  for (const { spec, status } of pods) {
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') continue
    seconds = Math.max(seconds, spec?.terminationGracePeriodSeconds ?? 0)
  }
  return seconds
}
