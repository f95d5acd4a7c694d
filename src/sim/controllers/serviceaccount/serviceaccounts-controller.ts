import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'

/**
 * Gives every namespace its ServiceAccount `default`.
 *
 * Upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go.
 */
export function startServiceAccountController(context: ControllerContext): void {
  const accounts = context.informers.for('serviceaccounts')
  const namespaces = context.informers.for('namespaces')
  const client = context
    .clientFor(serviceAccount('service-account-controller'), 'service-account-controller')
    .resource('serviceaccounts')

  const queue = createReconciler(context.simulation, {
    name: 'serviceaccount',
    sync: (namespace) => {
      if (namespaces.get(namespace)?.status?.phase !== 'Active') return
      if (accounts.get('default', namespace) !== undefined) return
      try {
        client.create({
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace },
        })
      } catch (error) {
        // The cache may lag behind a creation of our own.
        if (!isStatusReason(error, 'AlreadyExists')) throw error
      }
    },
  })

  namespaces.onChange({
    added: (namespace) => queue.add(namespace.metadata.name),
    updated: (_old, namespace) => queue.add(namespace.metadata.name),
  })
  accounts.onChange({
    deleted: (account) => {
      if (account.metadata.namespace !== undefined) queue.add(account.metadata.namespace)
    },
  })
}
