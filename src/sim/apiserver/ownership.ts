import { deepEqual } from '#sim/apimachinery/equality.ts'
import { FieldSet } from '#sim/apimachinery/field-set.ts'
import type { Json, KubeObject, ManagedFieldsEntry } from '#sim/apimachinery/objects.ts'
import { compareValues, shapeOfStruct, type Shape } from '#sim/apimachinery/typed-value.ts'
import type { Resource } from './registry.ts'

/** Who owns which fields of one object, as one line of managedFields tells it. */
export type Owner = {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string
  readonly fields: FieldSet
}

export type OwnershipChange = {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly subresource: string | undefined
  readonly time: string
  /** The request's own managedFields, if it had any. */
  readonly given: unknown
}

/** A write whose effect on ownership nobody has asked for yet. */
type PendingUpdate = {
  readonly manager: string
  readonly subresource: string
  readonly time: string
  /** A version, or a function that makes it: of a new object, what its creator said. */
  readonly old: unknown
  readonly next: unknown
}

type Ledger = { owners: readonly Owner[]; pending: PendingUpdate[] }

/** Past this many, the old versions they hold weigh more than the work that is put off. */
const PENDING_MAX = 12
const UPDATE_OWNERS_MAX = 10
const INTERNED_MAX = 10_000
const ANCIENT = 'ancient-changes'

/** Never owned by anyone. */
const UNOWNED = FieldSet.parse({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:uid': {},
    'f:resourceVersion': {},
    'f:generation': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:managedFields': {},
  },
})
const SPEC_ONLY = FieldSet.parse({ 'f:spec': {} })
const STATUS_ONLY = FieldSet.parse({ 'f:status': {} })

/**
 * Field ownership of all objects. Most writes are never asked about, so they are only noted down
 * (two references to versions that share almost everything) and worked out when someone looks.
 */
export class Ownership {
  readonly #ledgers = new Map<string, Ledger>()
  readonly #sets = new Map<string, FieldSet>()

  /** `decoded` is the object as the client and the defaults made it, before admission. */
  created(
    object: KubeObject,
    change: Omit<OwnershipChange, 'given' | 'operation'>,
    decoded: () => unknown,
    empty: () => unknown,
  ): void {
    const update = pendingOf(change, empty, decoded)
    this.#ledgers.set(keyOf(object), { owners: [], pending: [update] })
  }

  /** Notes an update down. True when ownership changed although the object did not. */
  updated(resource: Resource, old: KubeObject, next: KubeObject, change: OwnershipChange): boolean {
    const isRewritten = change.given !== undefined && this.#rewrite(resource, old, change.given)
    if (next === old || change.operation === 'Apply') return isRewritten
    const ledger = this.#ledger(old)
    ledger.pending.push(pendingOf(change, old, next))
    if (ledger.pending.length > PENDING_MAX) this.#settle(resource, ledger)
    return isRewritten
  }

  removed(object: KubeObject): void {
    this.#ledgers.delete(keyOf(object))
  }

  owners(resource: Resource, object: KubeObject): readonly Owner[] {
    const ledger = this.#ledgers.get(keyOf(object))
    if (ledger === undefined) return []
    if (ledger.pending.length > 0) this.#settle(resource, ledger)
    return ledger.owners
  }

  /** False once the object is gone. */
  isKnown(object: KubeObject): boolean {
    return this.#ledgers.has(keyOf(object))
  }

  /** Takes the result of an apply. */
  replaceOwners(object: KubeObject, owners: readonly Owner[]): void {
    this.#ledgers.set(keyOf(object), { owners: sorted(owners), pending: [] })
  }

  /** The object as the wire shows it, with managedFields. */
  present(resource: Resource, object: KubeObject): KubeObject {
    const owners = this.owners(resource, object)
    if (owners.length === 0) return object
    const managedFields = owners.map(entryOf)
    return { ...object, metadata: { ...object.metadata, managedFields } }
  }

  #ledger(object: KubeObject): Ledger {
    const key = keyOf(object)
    let ledger = this.#ledgers.get(key)
    if (ledger === undefined) {
      ledger = { owners: [], pending: [] }
      this.#ledgers.set(key, ledger)
    }
    return ledger
  }

  /** A client may hand back what it read, or wipe it; anything else is taken as it is. */
  #rewrite(resource: Resource, object: KubeObject, given: unknown): boolean {
    const entries = (Array.isArray(given) ? given : []) as Partial<ManagedFieldsEntry>[]
    const current = this.owners(resource, object)
    if (deepEqual(entries, current.map(entryOf))) return false
    const kept = entries.filter(
      ({ manager, operation }) => manager !== undefined && operation !== undefined,
    )
    if (kept.length === 0 && current.length === 0) return false
    this.replaceOwners(object, kept.map(ownerOf))
    return true
  }

  #settle(resource: Resource, ledger: Ledger): void {
    const shape = shapeOfStruct(resource.struct)
    let { owners } = ledger
    for (const update of ledger.pending) {
      const isStatus = update.subresource === 'status'
      const reset = isStatus
        ? SPEC_ONLY
        : resource.definition.status === undefined
          ? undefined
          : STATUS_ONLY
      owners = afterUpdate(owners, update, resource.apiVersion, shape, reset)
    }
    ledger.owners = sorted(owners).map((owner) => ({
      ...owner,
      fields: this.#interned(owner.fields),
    }))
    ledger.pending = []
  }

  /** Objects of one kind are mostly written alike; their equal sets are one. */
  #interned(fields: FieldSet): FieldSet {
    const text = JSON.stringify(fields.toFields())
    const known = this.#sets.get(text)
    if (known !== undefined) return known
    if (this.#sets.size >= INTERNED_MAX) this.#sets.clear()
    this.#sets.set(text, fields)
    return fields
  }
}

/** A uid is one object's alone, whatever its kind. */
function keyOf({ metadata }: KubeObject): string {
  return metadata.uid
}

function pendingOf(
  { manager, subresource = '', time }: Omit<OwnershipChange, 'given' | 'operation'>,
  old: unknown,
  next: unknown,
): PendingUpdate {
  return { manager, subresource, time, old, next }
}

function versionOf(versionOrMaker: unknown): unknown {
  // Objects of the API are never functions.
  return typeof versionOrMaker === 'function' ? (versionOrMaker as () => unknown)() : versionOrMaker
}

function afterUpdate(
  owners: readonly Owner[],
  update: PendingUpdate,
  apiVersion: string,
  shape: Shape,
  reset: FieldSet | undefined,
): readonly Owner[] {
  const { manager, subresource, time } = update
  const { changed, removed } = compareValues(versionOf(update.old), versionOf(update.next), shape)
  const isWriter = (owner: Owner) =>
    owner.operation === 'Update' &&
    owner.manager === manager &&
    owner.apiVersion === apiVersion &&
    owner.subresource === subresource
  const lost = changed.union(removed)
  const others = owners
    .filter((owner) => !isWriter(owner))
    .map((owner) => narrowed(owner, owner.fields.difference(lost)))
    .filter(({ fields }) => !fields.isEmpty)
  const before = owners.find(isWriter)
  let fields = changed.difference(UNOWNED)
  if (reset !== undefined) fields = fields.without(reset)
  if (before !== undefined) fields = before.fields.difference(removed).union(fields)
  if (fields.isEmpty) return others
  const isSame = before !== undefined && before.fields.equals(fields)
  const own: Owner = {
    manager,
    operation: 'Update',
    apiVersion,
    subresource,
    time: isSame ? before.time : time,
    fields,
  }
  return capped([...others, own])
}

function narrowed(owner: Owner, fields: FieldSet): Owner {
  return fields.equals(owner.fields) ? owner : { ...owner, fields }
}

/** The oldest of many Update entries are kept as one. */
function capped(owners: readonly Owner[]): readonly Owner[] {
  const updates = owners.filter(({ operation }) => operation === 'Update')
  if (updates.length <= UPDATE_OWNERS_MAX) return owners
  const byAge = [...updates].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  const [first, second] = byAge
  if (first === undefined || second === undefined) return owners
  const merged: Owner = {
    ...second,
    manager: ANCIENT,
    subresource: '',
    fields: first.fields.union(second.fields),
  }
  return [...owners.filter((owner) => owner !== first && owner !== second), merged]
}

function sorted(owners: readonly Owner[]): readonly Owner[] {
  const rank = (owner: Owner) =>
    [owner.operation, owner.time, owner.manager, owner.apiVersion, owner.subresource].join('\0')
  return [...owners].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

function entryOf(owner: Owner): ManagedFieldsEntry {
  const { manager, operation, apiVersion, time, fields, subresource } = owner
  return {
    manager,
    operation,
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    // Nested objects of objects: JSON by construction.
    fieldsV1: fields.toFields() as Json,
    ...(subresource === '' ? {} : { subresource }),
  }
}

function ownerOf(entry: Partial<ManagedFieldsEntry>): Owner {
  return {
    manager: entry.manager ?? '',
    operation: entry.operation ?? 'Update',
    apiVersion: entry.apiVersion ?? 'v1',
    subresource: entry.subresource ?? '',
    time: entry.time ?? '',
    fields: FieldSet.parse(entry.fieldsV1),
  }
}

/** What of a document can be owned through this endpoint. */
export function ownable(fields: FieldSet, resource: Resource, subresource: string): FieldSet {
  const own = fields.difference(UNOWNED)
  if (subresource === 'status') return own.without(SPEC_ONLY)
  return resource.definition.status === undefined ? own : own.without(STATUS_ONLY)
}
