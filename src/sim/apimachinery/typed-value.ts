import { deepEqual, isObject } from './equality.ts'
import { FieldSet } from './field-set.ts'
import type { SchemaField, SchemaType, StructType } from './type-schema.ts'

/**
 * Objects under the view of server-side apply: which parts have owners of their own, what two
 * versions differ in, and how one document goes into another.
 * Upstream: sigs.k8s.io/structured-merge-diff, typed.
 */
export type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'struct'; readonly struct: StructType }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'keyed'; readonly keys: readonly string[]; readonly of: Shape }
  | { readonly kind: 'set' }

type Members = Readonly<Record<string, unknown>>

const LEAF: Shape = { kind: 'leaf' }
const SET: Shape = { kind: 'set' }

/** Keys that may be left out of an element, since the server fills them in. */
const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: 'TCP' }

/** An element that lacks a key its list goes by; worded as the server words it. */
export class KeylessElementError extends Error {
  override readonly name = 'KeylessElementError'
}

export function shapeOfStruct(struct: StructType | undefined): Shape {
  return struct === undefined ? { kind: 'map', of: LEAF } : { kind: 'struct', struct }
}

function shapeOfField(field: SchemaField): Shape {
  if (field.isAtomic) return LEAF
  const { type } = field
  if (type.kind !== 'list') return shapeOfType(type)
  if (field.listType === 'set') return SET
  if (field.listType === 'atomic') return LEAF
  return { kind: 'keyed', keys: [...field.listMapKeys].sort(), of: shapeOfType(type.of) }
}

function shapeOfType(type: SchemaType): Shape {
  switch (type.kind) {
    case 'struct':
      return type.struct.isAtomic ? LEAF : { kind: 'struct', struct: type.struct }
    case 'map':
      return { kind: 'map', of: shapeOfType(type.of) }
    case 'list':
    case 'string':
    case 'bytes':
    case 'int32':
    case 'int64':
    case 'double':
    case 'bool':
    case 'quantity':
    case 'intOrString':
    case 'time':
    case 'microtime':
    case 'raw':
      return LEAF
  }
}

function memberShape(shape: Shape, name: string): Shape {
  if (shape.kind === 'map') return shape.of
  if (shape.kind !== 'struct') return LEAF
  const field = shape.struct.byName.get(name)
  return field === undefined ? LEAF : shapeOfField(field)
}

/** The children of a value by their steps; undefined where the value has no parts of its own. */
function partsOf(
  value: unknown,
  shape: Shape,
): Map<string, { value: unknown; shape: Shape }> | undefined {
  switch (shape.kind) {
    case 'leaf':
      return undefined
    case 'struct':
    case 'map':
      if (!isObject(value)) return value === null || value === undefined ? new Map() : undefined
      return new Map(
        Object.entries(value).map(([name, child]) => [
          `f:${name}`,
          { value: child, shape: memberShape(shape, name) },
        ]),
      )
    case 'keyed':
      if (!Array.isArray(value)) return new Map()
      return new Map(
        value.map((item: unknown) => [keyStep(item, shape.keys), { value: item, shape: shape.of }]),
      )
    case 'set':
      if (!Array.isArray(value)) return new Map()
      return new Map(
        value.map((item) => [`v:${JSON.stringify(item)}`, { value: item, shape: LEAF }]),
      )
  }
}

/** The step to an element of a list that goes by keys. */
export function keyStep(item: unknown, keys: readonly string[]): string {
  const members: Members = isObject(item) ? item : {}
  const found: Record<string, unknown> = {}
  for (const key of keys) {
    const value = members[key] ?? KEY_DEFAULTS[key]
    if (value === undefined) {
      throw new KeylessElementError(
        `associative list with keys has an element that omits key field "${key}" (and doesn't have default value)`,
      )
    }
    found[key] = value
  }
  return `k:${JSON.stringify(found)}`
}

/** What a document says, as an Apply entry owns it. */
export function fieldsOfDocument(value: unknown, shape: Shape): FieldSet {
  const set = new FieldSet()
  collect(value, shape, [], set)
  return set
}

function collect(value: unknown, shape: Shape, path: string[], set: FieldSet): void {
  const parts = partsOf(value, shape)
  if (parts === undefined) {
    set.insert(path)
    return
  }
  const isList = shape.kind === 'keyed' || shape.kind === 'set'
  for (const [step, part] of parts) {
    path.push(step)
    collect(part.value, part.shape, path, set)
    const isEmpty =
      part.value === null || (isObject(part.value) && Object.keys(part.value).length === 0)
    // Elements, and members of maps, are things of their own; members of structs are not.
    if (isList || shape.kind === 'map' || isEmpty) set.insert(path)
    path.pop()
  }
}

export type Comparison = {
  /** Values that are new or other than before. */
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/** What the second version has, or lacks, that the first had not, or had. */
export function compareValues(old: unknown, next: unknown, shape: Shape): Comparison {
  const comparison = { changed: new FieldSet(), removed: new FieldSet() }
  compare(old, next, shape, [], comparison)
  return comparison
}

function compare(
  old: unknown,
  next: unknown,
  shape: Shape,
  path: string[],
  into: Comparison,
): void {
  if (old === next) return
  const before = partsOf(old, shape)
  const after = partsOf(next, shape)
  if (before === undefined || after === undefined || (before.size === 0 && after.size === 0)) {
    compareLeaf(old, next, path, into)
    return
  }
  for (const step of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(step), after.get(step)]
    const partShape = (is ?? was)?.shape ?? LEAF
    path.push(step)
    compare(was?.value, is?.value, partShape, path, into)
    path.pop()
  }
  if (old === undefined) into.changed.insert(path)
  else if (next === undefined) into.removed.insert(path)
}

function compareLeaf(old: unknown, next: unknown, path: string[], into: Comparison): void {
  if (next === undefined) into.removed.insert(path)
  else if (old === undefined || !deepEqual(old, next)) into.changed.insert(path)
}

/** The live value with the document's laid over it, lists by their keys. */
export function mergeDocument(live: unknown, document: unknown, shape: Shape): unknown {
  if (live === undefined || live === null) return document
  switch (shape.kind) {
    case 'leaf':
      return document
    case 'struct':
    case 'map':
      if (!isObject(live) || !isObject(document)) return document
      return mergeMembers(live, document, shape)
    case 'keyed':
      return mergeLists(
        live,
        document,
        (item) => keyStep(item, shape.keys),
        (a, b) => mergeDocument(a, b, shape.of),
      )
    case 'set':
      return mergeLists(
        live,
        document,
        (item) => JSON.stringify(item),
        (_, b) => b,
      )
  }
}

function mergeMembers(live: Members, document: Members, shape: Shape): Members {
  const result: Record<string, unknown> = { ...live }
  for (const [name, value] of Object.entries(document))
    result[name] = mergeDocument(live[name], value, memberShape(shape, name))
  return result
}

/**
 * Live and document are walked side by side: elements of both keep the document's order among
 * themselves, those of the live list alone stay about where they were.
 */
function mergeLists(
  live: unknown,
  document: unknown,
  keyOf: (item: unknown) => string,
  merge: (live: unknown, document: unknown) => unknown,
): unknown {
  if (!Array.isArray(live) || !Array.isArray(document)) return document
  const liveByKey = new Map<string, unknown>(live.map((item: unknown) => [keyOf(item), item]))
  const left = live.map(keyOf)
  const right = document.map(keyOf)
  const inDocument = new Set(right)
  const shared = right.filter((key) => liveByKey.has(key))
  const emitted = new Set<string>()
  const result: unknown[] = []
  let [atLeft, atRight, atShared] = [0, 0, 0]
  const emitRight = () => {
    const key = right[atRight] ?? ''
    const item: unknown = document[atRight++]
    emitted.add(key)
    if (shared[atShared] === key) atShared++
    result.push(liveByKey.has(key) ? merge(liveByKey.get(key), item) : item)
  }
  while (atLeft < left.length || atRight < right.length) {
    const key = left[atLeft]
    if (key === undefined) emitRight()
    else if (emitted.has(key)) atLeft++
    else if (!inDocument.has(key)) {
      result.push(live[atLeft++])
    } else if (key === right[atRight]) {
      emitRight()
      atLeft++
    } else if (key !== shared[atShared]) {
      // It comes at its place in the document.
      atLeft++
    } else emitRight()
  }
  return result
}

/** The value without what is in `removed`, and without what that leaves empty and unowned. */
export function removeFields(
  value: unknown,
  removed: FieldSet,
  owned: FieldSet,
  shape: Shape,
): unknown {
  if (shape.kind === 'struct' || shape.kind === 'map') {
    if (!isObject(value)) return value
    const result: Record<string, unknown> = { ...value }
    for (const step of removed.steps) {
      const name = step.slice(2)
      if (!Object.hasOwn(result, name)) continue
      const kept = keptPart(result[name], step, removed, owned, memberShape(shape, name))
      if (kept === undefined) delete result[name]
      else result[name] = kept
    }
    return result
  }
  if (!Array.isArray(value) || shape.kind === 'leaf') return value
  return value.flatMap((item: unknown) => {
    const step = shape.kind === 'keyed' ? keyStep(item, shape.keys) : `v:${JSON.stringify(item)}`
    if (removed.child(step) === undefined) return [item]
    const kept = keptPart(item, step, removed, owned, shape.kind === 'keyed' ? shape.of : LEAF)
    return kept === undefined ? [] : [kept]
  })
}

function keptPart(
  value: unknown,
  step: string,
  removed: FieldSet,
  owned: FieldSet,
  shape: Shape,
): unknown {
  const gone = removed.child(step)
  if (gone === undefined) return value
  const keepers = owned.child(step)
  if (keepers === undefined && gone.isMember) return undefined
  const rest = removeFields(value, gone, keepers ?? new FieldSet(), shape)
  if (keepers !== undefined || !isObject(rest))
    return Array.isArray(rest) && rest.length === 0 ? undefined : rest
  return Object.keys(rest).length === 0 ? undefined : rest
}
