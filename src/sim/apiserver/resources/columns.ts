import { ageAt } from '#sim/apimachinery/human-duration.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { TableColumn } from '../resource.ts'

type ColumnOptions = Partial<Pick<TableColumn, 'type' | 'format' | 'priority'>>

export function column(
  name: string,
  description: string,
  { type = 'string', format = '', priority = 0 }: ColumnOptions = {},
): TableColumn {
  return { name, type, format, description, priority }
}

/** Shown only in wide output. */
export function wide(name: string, description: string): TableColumn {
  return column(name, description, { priority: 1 })
}

export function integer(name: string, description: string): TableColumn {
  return column(name, description, { type: 'integer' })
}

const NAME_DESCRIPTION =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names'

export const NAME_COLUMN = column('Name', NAME_DESCRIPTION, { format: 'name' })
export const WIDE_NAME_COLUMN = column('Name', NAME_DESCRIPTION, { format: 'name', priority: 1 })

export const AGE_COLUMN = column(
  'Age',
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
)

export function age(object: KubeObject, unixMs: number): string {
  return ageAt(object.metadata.creationTimestamp, unixMs)
}

export function textOr(text: string | undefined, fallback: string): string {
  return text === undefined || text === '' ? fallback : text
}
