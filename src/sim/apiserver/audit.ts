import type { KubeObject } from '#sim/apimachinery/objects.ts'

/** One mutating request and how it ended, as audit.k8s.io/v1 tells it at ResponseComplete. */
export type AuditEntry = {
  /** Unix milliseconds of the simulated world. */
  readonly unixMs: number
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'
  readonly user: string
  readonly userAgent: string
  readonly requestUri: string
  readonly objectRef: {
    readonly resource: string
    readonly namespace?: string
    readonly name?: string
    readonly subresource?: string
    readonly apiGroup?: string
    readonly apiVersion: string
  }
  readonly code: number
  readonly reason?: string
  readonly message?: string
  /** As decoded: the object, the patch, the options of a deletion. */
  readonly requestObject?: unknown
  readonly responseObject?: unknown
}

/** One change of storage, as the journal and the page's mirror want it. */
export type StorageChange = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  /** Qualified by group: `pods`, `statefulsets.apps`. */
  readonly resource: string
  /** Of a deletion: the last state, with the deletion's resourceVersion. */
  readonly object: KubeObject
  readonly old?: KubeObject
  /** Whose request it was. */
  readonly user: string
}
