import { type StructType, TypeSchema } from '#sim/apimachinery/type-schema.ts'
import table from './data/types.json' with { type: 'json' }

const TYPE_PREFIXES: Readonly<Record<string, string>> = {
  '': 'core',
  apps: 'apps',
  policy: 'policy',
  batch: 'batch',
  autoscaling: 'autoscalingv1',
  'storage.k8s.io': 'storage',
  'discovery.k8s.io': 'discovery',
  'coordination.k8s.io': 'coordination',
  'events.k8s.io': 'events',
  'scheduling.k8s.io': 'scheduling',
  'authentication.k8s.io': 'authentication',
  'authorization.k8s.io': 'authorization',
  'meta.k8s.io': 'meta',
}

/** The compiled types of the whole API; immutable, so clusters may share it. */
const schema = new TypeSchema(table)

/** The type of a kind; undefined for kinds whose fields are not known here. */
export function structOf(group: string, kind: string): StructType | undefined {
  const prefix = TYPE_PREFIXES[group]
  return prefix === undefined ? undefined : schema.struct(`${prefix}.${kind}`)
}
