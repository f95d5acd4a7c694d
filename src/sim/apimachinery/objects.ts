import type { OwnerReference } from 'kubernetes-types/meta/v1'

/** Anything JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Metadata as the server stores it: what it always sets is not optional. */
export type ObjectMeta = {
  readonly name: string
  readonly generateName?: string
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

export type ManagedFieldsEntry = {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time?: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: Json
  readonly subresource?: string
}

/** Any stored object. Frozen: a change is a new object that shares what did not change. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** `namespace/name`, or `name` for a cluster-scoped object: the key of caches and queues. */
export function objectKey(object: {
  readonly metadata: Pick<ObjectMeta, 'name' | 'namespace'>
}): string {
  const { namespace, name } = object.metadata
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}
