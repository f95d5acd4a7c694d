import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { WriteEntry } from '#worker/protocol.ts'
import { pluralOf } from './requests.ts'

/** The writes that changed an object, oldest first; refused ones are not among them. */
export function writesTo(writes: readonly WriteEntry[], object: KubeObject): readonly WriteEntry[] {
  const resource = pluralOf(object.kind)
  const { name, namespace = '' } = object.metadata
  return writes.filter(
    (write) =>
      write.name === name &&
      write.resource === resource &&
      write.namespace === namespace &&
      write.code < 400,
  )
}

/** `statefulset-controller`, `node:node-b`: without what all names of components begin with. */
export function shortUser(user: string): string {
  return user.replace(/^system:(serviceaccount:kube-system:)?/, '')
}
