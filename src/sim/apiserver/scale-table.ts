import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Representation } from './negotiation.ts'
import { AGE_COLUMN, age, integer, NAME_COLUMN } from './resources/columns.ts'
import type { Draft, TableColumn } from './resource.ts'
import type { Scope } from './scope.ts'
import { includeObject } from './tables.ts'

const COLUMNS: readonly TableColumn[] = [
  NAME_COLUMN,
  integer('Desired', 'replicas is the desired number of instances for the scaled object.'),
  integer('Available', 'replicas is the actual number of observed instances of the scaled object.'),
  AGE_COLUMN,
]

/** A Scale is no resource of its own, yet it is printed as one. */
export function scaleTable(scope: Scope, form: Representation, scale: Draft): object {
  const include = includeObject(scope.query.get('includeObject') ?? '')
  const metadata = scale['metadata'] as KubeObject['metadata']
  const apiVersion = `meta.k8s.io/${form.version}`
  const partial = { kind: 'PartialObjectMetadata', apiVersion, metadata }
  const cells = [
    metadata.name,
    scale['spec'].replicas ?? 0,
    scale['status'].replicas,
    age(scale as KubeObject, scope.server.simulation.unixMs),
  ]
  const object = include === 'None' ? null : include === 'Object' ? scale : partial
  return {
    kind: 'Table',
    apiVersion,
    metadata: { resourceVersion: metadata.resourceVersion },
    columnDefinitions: COLUMNS,
    rows: [{ cells, object }],
  }
}
