import type { Pod } from '#sim/apimachinery/kinds.ts'

/** Why a disk does not come: who holds it, as far as the asking Pod's namespace may know. */
export function multiAttachMessage(volumeName: string, pod: Pod, holders: readonly Pod[]): string {
  const prefix = `Multi-Attach error for volume "${volumeName}" `
  if (holders.length === 0) {
    return `${prefix}Volume is already exclusively attached to one node and can't be attached to another`
  }
  const near = holders.filter((one) => one.metadata.namespace === pod.metadata.namespace)
  const far = holders.length - near.length
  if (near.length === 0)
    return `${prefix}Volume is already used by ${far} pod(s) in different namespaces`
  const names = near.map((one) => one.metadata.name).join(', ')
  const others = far === 0 ? '' : ` and ${far} pod(s) in different namespaces`
  return `${prefix}Volume is already used by pod(s) ${names}${others}`
}
