import type { Json, KubeObject } from '#sim/apimachinery/objects.ts'
import type { FieldError } from '#sim/apimachinery/field-error.ts'
import type { SimTime } from '#sim/kernel/time.ts'

/** A mutable copy on its way into storage. Only the server's own steps see one. */
// eslint-disable-next-line typescript/no-explicit-any -- the shape of any kind; narrowed per resource
export type Draft = Record<string, any>

/** What defaults, admission and validation may know besides the object. */
export type RequestContext = {
  readonly now: SimTime
  /** RFC 3339, whole seconds. */
  readonly timestamp: string
  readonly user: string
  readonly isDryRun: boolean
  readonly featureEnabled: (gate: string) => boolean
  /** Reads another stored object, as admission plugins do. */
  readonly lookup: (
    resource: string,
    namespace: string | undefined,
    name: string,
  ) => KubeObject | undefined
  readonly list: (resource: string, namespace?: string) => readonly KubeObject[]
  /** Adds a `Warning` header. */
  readonly warn: (text: string) => void
  /** Five random characters of the alphabet of generated names. */
  readonly randomSuffix: () => string
  /** The next free address of the Service range, and the like. */
  readonly allocate: (pool: 'clusterIP' | 'nodePort', wanted?: string) => string | undefined
}

export type TableColumn = {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date' | 'boolean'
  readonly format: '' | 'name'
  readonly description: string
  /** 0 is shown always, 1 only in wide output. */
  readonly priority: 0 | 1
}

/**
 * One kind of object, declared in one file under `resources/`. Everything the server does for
 * the kind (routes, discovery, OpenAPI, tables, patches) follows from this.
 */
export type ResourceDefinition = {
  /** '' is the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories?: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** Order of fields as the real JSON shows them is not kept here; see types.json. */
  readonly setDefaults: (draft: Draft, context: RequestContext) => void
  /** Drops what a client may not set (status, disabled fields) and sets generation 1. */
  readonly prepareForCreate: (draft: Draft, context: RequestContext) => void
  /** Keeps what a client may not change, and bumps the generation when the spec changed. */
  readonly prepareForUpdate: (draft: Draft, old: KubeObject, context: RequestContext) => void
  /** Admission on create: service account, tolerations, priority, storage class. May throw StatusError. */
  readonly admitCreate?: (draft: Draft, context: RequestContext) => void
  readonly admitUpdate?: (draft: Draft, old: KubeObject, context: RequestContext) => void
  /** Admission once the object is known to be valid, of creates and updates. May throw StatusError. */
  readonly admitValidated?: (
    object: Draft,
    old: KubeObject | undefined,
    context: RequestContext,
  ) => void
  readonly validate: (object: Draft, context: RequestContext) => readonly FieldError[]
  readonly validateUpdate: (
    object: Draft,
    old: KubeObject,
    context: RequestContext,
  ) => readonly FieldError[]
  readonly status?: {
    /** Defaults within the status; `setDefaults` does not run on status writes, which keep the rest. */
    readonly setDefaults?: (draft: Draft, context: RequestContext) => void
    readonly prepareForUpdate: (draft: Draft, old: KubeObject, context: RequestContext) => void
    readonly validateUpdate: (
      object: Draft,
      old: KubeObject,
      context: RequestContext,
    ) => readonly FieldError[]
  }
  readonly scale?: {
    readonly specReplicasPath: readonly string[]
    readonly statusReplicasPath: readonly string[]
    /** The selector as a string, as Scale's status shows it. */
    readonly selector: (object: KubeObject) => string
  }
  /** Warnings of a create or update, beyond validation. */
  readonly warnings?: (
    object: Draft,
    old: KubeObject | undefined,
    context: RequestContext,
  ) => readonly string[]
  readonly columns: readonly TableColumn[]
  /** Cells in the order of the columns, ages as they read at `unixMs`. */
  readonly row: (object: KubeObject, unixMs: number) => readonly Json[]
  /** Selectable fields beyond metadata.name and metadata.namespace. */
  readonly fieldSelectors?: Readonly<Record<string, (object: KubeObject) => string>>
  readonly defaultGraceSeconds?: (object: KubeObject, requested: number | undefined) => number
  /**
   * No rule of this kind writes below the outermost members, so parts that an update hands back
   * just as they are stored need not be read again.
   */
  readonly keepsPartsWhole?: boolean
  readonly nameRule?: 'subdomain' | 'label' | 'label1035' | 'path'
  /**
   * This kind is a view of objects that another kind stores (events.k8s.io/v1 of core Events): it
   * has no storage of its own; names, uids, resource versions and watches are those of the stored
   * kind. A request's body goes through `toStored` after `setDefaults`, a reply's object, each
   * item of a list and each event of a watch through `fromStored`. `validate` and the other rules
   * of the view see the **stored** form.
   */
  readonly view?: {
    readonly group: string
    readonly resource: string
    readonly toStored: (draft: Draft) => Draft
    readonly fromStored: (object: KubeObject) => KubeObject
  }
}
