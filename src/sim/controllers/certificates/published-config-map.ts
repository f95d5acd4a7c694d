import { createReconciler } from '#sim/client/reconciler.ts'
import { isStatusReason } from '#sim/client/status-reason.ts'
import { deepEqual } from '#sim/apimachinery/equality.ts'
import { type ControllerContext, serviceAccount } from '../context.ts'

export type PublishedConfigMap = {
  readonly name: string
  readonly annotations: Readonly<Record<string, string>>
  readonly data: Readonly<Record<string, string>>
  /** Who publishes it: `root-ca-cert-publisher`. */
  readonly publisher: string
  /** How long after its namespace it appears; at once where nothing is said. */
  readonly delayMs?: number
}

/** Keeps one ConfigMap in every namespace as it should be, whoever changes or deletes it. */
export function publishConfigMap(context: ControllerContext, published: PublishedConfigMap): void {
  const { name, annotations, data, publisher } = published
  const namespaces = context.informers.for('namespaces')
  const configMaps = context.informers.for('configmaps')
  const client = context.clientFor(serviceAccount(publisher), publisher).resource('configmaps')

  const queue = createReconciler(context.simulation, {
    name: publisher,
    sync: (namespace) => {
      if (namespaces.get(namespace)?.status?.phase !== 'Active') return
      const existing = configMaps.get(name, namespace)
      try {
        if (existing === undefined) {
          client.create({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name, namespace, annotations },
            data,
          })
        } else if (!deepEqual(existing.data, data) || !hasAll(existing.metadata.annotations)) {
          const merged = { ...existing.metadata.annotations, ...annotations }
          client.update({
            ...existing,
            metadata: { ...existing.metadata, annotations: merged },
            data,
          })
        }
      } catch (error) {
        // The cache may lag behind a write of our own.
        if (!isStatusReason(error, 'AlreadyExists')) throw error
      }
    },
  })

  function hasAll(found: Readonly<Record<string, string>> | undefined): boolean {
    return Object.entries(annotations).every(([key, value]) => found?.[key] === value)
  }

  const onConfigMap = (object: { metadata: { name: string; namespace?: string } }): void => {
    const { namespace } = object.metadata
    if (object.metadata.name === name && namespace !== undefined) queue.add(namespace)
  }
  namespaces.onChange({
    added: (namespace) => queue.addAfter(namespace.metadata.name, published.delayMs ?? 0),
    updated: (_old, namespace) => queue.addAfter(namespace.metadata.name, published.delayMs ?? 0),
  })
  configMaps.onChange({
    updated: (_old, configMap) => onConfigMap(configMap),
    deleted: onConfigMap,
  })
}
