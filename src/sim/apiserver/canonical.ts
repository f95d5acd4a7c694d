import { deepEqual, deepFreeze } from '#sim/apimachinery/equality.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { SchemaField, SchemaType, StructType } from '#sim/apimachinery/type-schema.ts'
import type { Draft } from './resource.ts'
import { SharedItems } from './shared-items.ts'

/**
 * The frozen form in which an object is stored and served: members in the order of the wire,
 * what Go omits left out, what it always emits filled in. Subtrees equal to those of `old` are
 * `old`'s own, so an unchanged object comes back as the very same one.
 */
export function canonicalObject(
  draft: Draft,
  type: { readonly apiVersion: string; readonly kind: string; readonly struct?: StructType },
  old?: KubeObject,
): KubeObject {
  const head = { kind: type.kind, apiVersion: type.apiVersion }
  const { struct } = type
  const before = old as Draft | undefined
  // Both branches build an object with kind, apiVersion and metadata, checked by the handlers.
  if (struct === undefined) {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = draft
    const whole = deepFreeze({ ...head, ...rest })
    return (deepEqual(whole, old) ? old : whole) as KubeObject
  }
  return members({ ...draft, ...head }, struct, before) as KubeObject
}

/** A canonical part, such as a status on its own. */
export function canonicalStruct(draft: Draft, struct: StructType): Draft {
  return members(draft, struct, undefined)
}

function members(draft: Draft, struct: StructType, old: Draft | undefined): Draft {
  if (draft === old) return draft
  const into: Draft = {}
  let isSame = old !== undefined
  let count = 0
  for (const field of fieldsOf(draft, struct)) {
    const value = member(draft[field.name], field, old?.[field.name])
    if (value === undefined) continue
    into[field.name] = value
    count++
    if (isSame && value !== old?.[field.name]) isSame = false
  }
  if (isSame && old !== undefined && count === Object.keys(old).length) return old
  return Object.freeze(into)
}

/** The fields to show, in order. Objects set a few of many fields, so those are looked up. */
function fieldsOf(draft: Draft, struct: StructType): readonly SchemaField[] {
  const fields = [...struct.alwaysEmitted]
  for (const name in draft) {
    const field = struct.byName.get(name)
    if (field === undefined || field.isAlwaysEmitted) continue
    // Mostly in order already, so the place to insert is near the end.
    let at = fields.length
    while (at > 0 && (fields[at - 1]?.index ?? -1) > field.index) at--
    if (at === fields.length) fields.push(field)
    else fields.splice(at, 0, field)
  }
  return fields
}

function member(value: unknown, field: SchemaField, old: unknown): unknown {
  if (value === undefined || value === null) {
    return field.isAlwaysEmitted ? zero(field, old) : undefined
  }
  const canonical = canonicalValue(value, field.type, old)
  if (field.isAlwaysEmitted) return canonical
  if (isEmpty(canonical, field)) return undefined
  return canonical
}

function isEmpty(value: unknown, field: SchemaField): boolean {
  if (value === '' || value === 0 || value === false) return !field.keepsZero
  if (field.type.kind === 'list') return (value as unknown[]).length === 0
  if (field.type.kind === 'map') return Object.keys(value as Draft).length === 0
  return false
}

function zero(field: SchemaField, old: unknown): unknown {
  if (field.isPointer) return null
  switch (field.type.kind) {
    case 'struct':
      return members({}, field.type.struct, old as Draft | undefined)
    case 'string':
    case 'bytes':
      return ''
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0
    case 'bool':
      return false
    case 'quantity':
      return '0'
    case 'list':
    case 'map':
    case 'raw':
    case 'time':
    case 'microtime':
      return null
  }
}

function canonicalValue(value: unknown, type: SchemaType, old: unknown): unknown {
  if (value === old) return value
  switch (type.kind) {
    case 'struct':
      return members(value as Draft, type.struct, isPlain(old) ? old : undefined)
    case 'list':
      return list(value as unknown[], type.of, Array.isArray(old) ? old : undefined)
    case 'map':
      return map(value as Draft, type.of, isPlain(old) ? old : undefined)
    case 'raw':
      return deepEqual(value, old) ? old : deepFreeze(value)
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
      return value
  }
}

function isPlain(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(items: unknown[], type: SchemaType, old: unknown[] | undefined): unknown[] {
  let isSame = old !== undefined && old.length === items.length
  const shared = old === undefined ? undefined : new SharedItems(old)
  const result = items.map((item, index) => {
    const value = shared?.has(item) === true ? item : canonicalValue(item, type, old?.[index])
    if (isSame && value !== old?.[index]) isSame = false
    return value
  })
  return isSame && old !== undefined ? old : (Object.freeze(result) as unknown[])
}

function map(entries: Draft, type: SchemaType, old: Draft | undefined): Draft {
  const keys = Object.keys(entries).sort()
  let isSame = old !== undefined && Object.keys(old).length === keys.length
  const result: Draft = {}
  for (const key of keys) {
    const value = canonicalValue(entries[key], type, old?.[key])
    result[key] = value
    if (isSame && (old === undefined || value !== old[key] || !Object.hasOwn(old, key)))
      isSame = false
  }
  return isSame && old !== undefined ? old : Object.freeze(result)
}
