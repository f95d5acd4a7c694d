import type { StatefulSet, ControllerRevision } from 'kubernetes-types/apps/v1'
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Service,
} from 'kubernetes-types/core/v1'
import type { KubeObject } from '#sim/apimachinery/objects.ts'

/** An object of a known kind as the page holds it: with the metadata the server always sets. */
export type Seen<T> = T & KubeObject

/** Both APIs of events end here: what the page reads of one. */
export type ClusterEvent = KubeObject & {
  readonly involvedObject: {
    readonly kind?: string
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
  }
  readonly reason?: string
  readonly message?: string
  readonly type?: string
  readonly count?: number
  readonly eventTime?: string | null
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string }
  readonly source?: { readonly component?: string; readonly host?: string }
  readonly reportingComponent?: string
  readonly reportingController?: string
}

export type VolumeAttachment = KubeObject & {
  readonly spec: {
    readonly nodeName: string
    readonly source: { readonly persistentVolumeName?: string }
  }
  readonly status?: { readonly attached?: boolean }
}

export type StorageClass = KubeObject & {
  readonly provisioner?: string
  readonly volumeBindingMode?: string
  readonly reclaimPolicy?: string
}

/** The kinds the page draws, by their name. */
export type KnownKinds = {
  Pod: Seen<Pod>
  StatefulSet: Seen<StatefulSet>
  ControllerRevision: Seen<ControllerRevision>
  Service: Seen<Service>
  Node: Seen<Node>
  PersistentVolumeClaim: Seen<PersistentVolumeClaim>
  PersistentVolume: Seen<PersistentVolume>
  StorageClass: StorageClass
  VolumeAttachment: VolumeAttachment
  Event: ClusterEvent
}

export type ByUid<T = KubeObject> = ReadonlyMap<string, T>

export const NOTHING: ByUid<never> = new Map<string, never>()

/** The status of a condition, `Unknown` where there is none. */
export function conditionStatus(
  object: {
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    }
  },
  type: string,
): string {
  return (
    object.status?.conditions?.find((condition) => condition.type === type)?.status ?? 'Unknown'
  )
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  )
}

/** The ordinal in `web-2` for the set `web`; nothing where the name is not of that set. */
export function ordinalIn(setName: string, name: string): number | undefined {
  if (!name.startsWith(`${setName}-`)) return undefined
  const digits = name.slice(setName.length + 1)
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined
}
