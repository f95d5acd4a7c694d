import { RetryError } from '#sim/client/reconciler.ts'

const RESOURCES = {
  pods: 'pods',
  persistentvolumeclaims: 'persistentvolumeclaims',
  statefulsets: 'statefulsets.apps',
} as const

export type RecordedResource = keyof typeof RESOURCES

export type WriteRecord = {
  /** Remembers the version a write left behind. */
  wrote(key: string, uid: string, resource: RecordedResource, resourceVersion: string): void
  /** Refuses to go on while a cache is older than what this controller wrote for the set. */
  checkCaches(key: string, uid: string): void
  forget(key: string): void
}

type Versions = { readonly uid: string; readonly written: Map<RecordedResource, number> }

/**
 * Read your writes: a pass never acts on caches that have not seen what the last pass did, so
 * nothing is created twice. Upstream: pkg/controller/util/consistency.
 */
export function createWriteRecord(
  cacheVersion: (resource: RecordedResource) => string,
): WriteRecord {
  const records = new Map<string, Versions>()
  return {
    wrote: (key, uid, resource, resourceVersion) => {
      let record = records.get(key)
      if (record?.uid !== uid) {
        record = { uid, written: new Map() }
        records.set(key, record)
      }
      const version = Number(resourceVersion)
      if (version > (record.written.get(resource) ?? 0)) record.written.set(resource, version)
    },
    checkCaches: (key, uid) => {
      const record = records.get(key)
      if (record === undefined || record.uid !== uid) return
      for (const [resource, written] of record.written) {
        const read = cacheVersion(resource)
        if (Number(read) >= written) continue
        throw new RetryError(
          `read version: ${read} is not as new as written version: ${written} for group resource ${RESOURCES[resource]}`,
        )
      }
      records.delete(key)
    },
    forget: (key) => records.delete(key),
  }
}
