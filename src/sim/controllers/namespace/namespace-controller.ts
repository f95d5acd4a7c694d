import { subjectOf } from '#sim/apimachinery/decision.ts'
import type { Namespace } from '#sim/apimachinery/kinds.ts'
import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'
import { deletionConditions, mergeConditions } from './conditions.ts'
import { deletableResources } from './discovery.ts'
import { deleteContent, type Remains } from './content.ts'

const START_DELAY_MS = 5000

/**
 * Empties namespaces that are being deleted, Pods first, and lets them go.
 *
 * Upstream: pkg/controller/namespace.
 */
export function startNamespaceController(context: ControllerContext): void {
  const namespaces = context.informers.for('namespaces')
  const client = context.clientFor(serviceAccount('namespace-controller'), 'namespace-controller')

  const tell = context.tellerFor('namespace')

  const queue = createReconciler(context.simulation, { name: 'namespace', sync })

  function sync(name: string): void {
    const namespace = namespaces.get(name)
    if (namespace?.metadata.deletionTimestamp === undefined) return
    if (namespace.spec?.finalizers?.includes('kubernetes') !== true) return

    const pods = { prefix: '/api/v1', plural: 'pods', group: '', canDeleteCollection: true }
    const podRemains = deleteContent(client, name, pods)
    // Nothing else goes while a Pod may still need it. The conditions of this stage say nothing
    // about what is left, as they do in the original.
    if (podRemains.count > 0) {
      tellOfRemains(namespace, 'Pods')
      writeConditions(name, [])
      lookAgain(name, podRemains.estimateSeconds)
      return
    }
    const remains: Remains[] = []
    for (const resource of deletableResources(client)) {
      const left = deleteContent(client, name, resource)
      if (left.count > 0) remains.push(left)
    }
    writeConditions(name, remains)
    if (remains.length > 0) {
      tellOfRemains(namespace, 'objects that finalizers hold')
      lookAgain(name, Math.max(...remains.map((left) => left.estimateSeconds)))
      return
    }
    finalize(name)
  }

  function tellOfRemains(namespace: Namespace, what: string): void {
    tell(() => ({
      subject: subjectOf('namespaces', namespace),
      conclusion: 'wait',
      reason: 'ContentRemains',
      awaited: [],
      evidence: [],
      why: `namespace ${namespace.metadata.name} stays until its ${what} are gone`,
    }))
  }

  function lookAgain(name: string, estimateSeconds: number): void {
    queue.addAfter(name, (Math.floor(estimateSeconds / 2) + 1) * 1000)
  }

  function writeConditions(name: string, remains: readonly Remains[]): void {
    const namespace = client.resource('namespaces').find(name)
    if (namespace === undefined) return
    const timestamp = `${new Date(context.simulation.unixMs).toISOString().slice(0, 19)}Z`
    const before = namespace.status?.conditions ?? []
    const conditions = mergeConditions(before, deletionConditions(remains), timestamp)
    if (conditions === before) return
    client
      .resource('namespaces')
      .updateStatus({ ...namespace, status: { ...namespace.status, conditions } } as Namespace)
  }

  function finalize(name: string): void {
    const namespace = client.resource('namespaces').find(name)
    if (namespace === undefined) return
    const finalizers = (namespace.spec?.finalizers ?? []).filter((one) => one !== 'kubernetes')
    try {
      client.object({
        method: 'PUT',
        path: `/api/v1/namespaces/${name}/finalize`,
        body: { ...namespace, spec: { ...namespace.spec, finalizers } },
      })
    } catch (error) {
      if (!isStatusReason(error, 'NotFound')) throw error
    }
  }

  const onNamespace = (namespace: Namespace): void => {
    if (namespace.metadata.deletionTimestamp === undefined) return
    // Caches of other controllers settle first, so that little is created behind our back.
    queue.addAfter(namespace.metadata.name, START_DELAY_MS)
  }
  namespaces.onChange({
    added: onNamespace,
    updated: (old, namespace) => {
      // Our own writes of conditions must not bring the next look forward.
      if (old.metadata.deletionTimestamp === undefined) onNamespace(namespace)
    },
  })
}
