import { isObject } from './equality.ts'
import { goFormat } from './go-format.ts'
import { badRequest, plainError } from './statuses.ts'
import type { SchemaField, SchemaType, StructType } from './type-schema.ts'

type Members = Readonly<Record<string, unknown>>

const DIRECTIVE = '$patch'
const RETAIN_KEYS = '$retainKeys'
const SET_ORDER = '$setElementOrder/'
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/'

/**
 * Applies a strategic merge patch by the kind's types; what it does not touch is shared with the
 * live object, and nothing is changed. Throws StatusError as the server words it.
 * Upstream: apimachinery/pkg/util/strategicpatch/patch.go.
 */
export function strategicMergePatch(
  live: Members,
  patch: unknown,
  struct: StructType | undefined,
): Members {
  if (!isObject(patch)) {
    const shown = Array.isArray(patch) ? 'array' : typeof patch
    throw badRequest(
      `json: cannot unmarshal ${shown} into Go value of type map[string]interface {}`,
    )
  }
  return mergeObject(live, patch, typeOfStruct(struct))
}

function typeOfStruct(struct: StructType | undefined): SchemaType {
  return struct === undefined ? { kind: 'raw' } : { kind: 'struct', struct }
}

function mergeObject(live: Members, patch: Members, type: SchemaType): Members {
  const directive = patch[DIRECTIVE]
  if (directive === 'replace') {
    const { [DIRECTIVE]: _directive, ...rest } = patch
    return rest
  }
  if (directive === 'delete') return {}
  if (directive !== undefined) {
    throw plainError(`unknown patch type: ${goFormat(directive)} in map: ${goFormat(patch)}`)
  }
  const result: Record<string, unknown> = retained(live, patch)
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || isListDirective(key)) continue
    mergeMember(result, key, value, patch, type)
  }
  // Lists that are only reordered, or only lose elements.
  for (const key of Object.keys(patch)) {
    const name = listOfDirective(key)
    if (name !== undefined && patch[name] === undefined && Array.isArray(result[name]))
      result[name] = mergeList(
        result[name] as unknown[],
        [],
        fieldOf(type, name),
        listOptions(patch, name),
      )
  }
  return result
}

function mergeMember(
  result: Record<string, unknown>,
  key: string,
  value: unknown,
  patch: Members,
  type: SchemaType,
): void {
  if (value === null) {
    delete result[key]
    return
  }
  const live = result[key]
  const field = fieldOf(type, key)
  if (isObject(value) && isObject(live)) {
    result[key] =
      field?.patchReplaces === true
        ? withoutDirectives(value)
        : mergeObject(live, value, field?.type ?? memberType(type))
  } else if (Array.isArray(value) && Array.isArray(live)) {
    result[key] = mergeList(live, value, field, listOptions(patch, key))
  } else {
    result[key] = withoutDirectives(value)
  }
}

function fieldOf(type: SchemaType, name: string): SchemaField | undefined {
  return type.kind === 'struct' ? type.struct.byName.get(name) : undefined
}

function memberType(type: SchemaType): SchemaType {
  return type.kind === 'map' ? type.of : { kind: 'raw' }
}

function isListDirective(key: string): boolean {
  return listOfDirective(key) !== undefined
}

function listOfDirective(key: string): string | undefined {
  if (key.startsWith(SET_ORDER)) return key.slice(SET_ORDER.length)
  if (key.startsWith(DELETE_PRIMITIVES)) return key.slice(DELETE_PRIMITIVES.length)
  return undefined
}

function retained(live: Members, patch: Members): Record<string, unknown> {
  const keys = patch[RETAIN_KEYS]
  if (keys === undefined) return { ...live }
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys')
  const kept = new Set<unknown>(keys)
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$') || value === null || kept.has(key)) continue
    throw badRequest('invalid patch format of retainKeys')
  }
  return Object.fromEntries(Object.entries(live).filter(([key]) => kept.has(key)))
}

/** What a patch puts where nothing was: without nulls, and without objects that are directives. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined))
      .map(withoutDirectives)
  }
  if (!isObject(value)) return value
  const result: Record<string, unknown> = {}
  if (value[DIRECTIVE] === 'delete') return result
  for (const [key, child] of Object.entries(value)) {
    if (child === null || key === DIRECTIVE || key === RETAIN_KEYS || isListDirective(key)) continue
    if (isObject(child) && child[DIRECTIVE] === 'delete') continue
    result[key] = withoutDirectives(child)
  }
  return result
}

type ListOptions = {
  readonly order: readonly unknown[] | undefined
  readonly deletions: readonly unknown[]
}

function listOptions(patch: Members, name: string): ListOptions {
  const order = patch[`${SET_ORDER}${name}`]
  const deletions = patch[`${DELETE_PRIMITIVES}${name}`]
  if (order !== undefined && !Array.isArray(order))
    throw badRequest('invalid patch format of setElementOrder list')
  if (deletions !== undefined && !Array.isArray(deletions))
    throw badRequest('invalid patch format of primitive list')
  return { order, deletions: (deletions as unknown[] | undefined) ?? [] }
}

function mergeList(
  live: readonly unknown[],
  patch: readonly unknown[],
  field: SchemaField | undefined,
  options: ListOptions,
): readonly unknown[] {
  if (field === undefined || !field.patchMerges) return patch.map(withoutDirectives)
  if (field.patchMergeKey === undefined) return mergeScalars(live, patch, options)
  return mergeByKey(live, patch, field, field.patchMergeKey, options)
}

function mergeScalars(
  live: readonly unknown[],
  patch: readonly unknown[],
  { order, deletions }: ListOptions,
): readonly unknown[] {
  if (order !== undefined) checkOrder(patch, order, (item) => item)
  const merged = [...new Set([...live, ...patch])].filter((item) => !deletions.includes(item))
  return ordered(merged, live, order ?? patch, (item) => item)
}

function mergeByKey(
  live: readonly unknown[],
  patch: readonly unknown[],
  field: SchemaField,
  mergeKey: string,
  { order }: ListOptions,
): readonly unknown[] {
  const keyOf = (item: unknown): unknown => {
    const key = isObject(item) ? item[mergeKey] : undefined
    if (key === undefined || key === null)
      throw plainError(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`)
    return key
  }
  const isReplacement = patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace')
  if (isReplacement) return patch.filter((item) => !(isObject(item) && DIRECTIVE in item))
  const plain = patch.filter((item) => isKept(item))
  if (order !== undefined) checkOrder(plain, order, keyOf)
  const elementType: SchemaType = field.type.kind === 'list' ? field.type.of : { kind: 'raw' }
  const merged = new Map<unknown, unknown>(live.map((item) => [keyOf(item), item]))
  for (const item of patch) if (!isKept(item)) merged.delete(keyOf(item))
  for (const item of plain) {
    const key = keyOf(item)
    const before = merged.get(key)
    merged.set(
      key,
      isObject(before) && isObject(item)
        ? mergeObject(before, item, elementType)
        : withoutDirectives(item),
    )
  }
  return ordered([...merged.values()], live, order ?? plain, keyOf)
}

/** Whether a patch's element stays; throws for a directive that lists do not know. */
function isKept(item: unknown): boolean {
  const directive = isObject(item) ? item[DIRECTIVE] : undefined
  if (directive === undefined) return true
  if (directive === 'delete') return false
  if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch')
  throw plainError(`unknown patch type: ${goFormat(directive)}`)
}

function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): void {
  let at = 0
  for (const item of patch) {
    while (at < order.length && keyOf(order[at]) !== keyOf(item)) at++
    if (at === order.length) {
      throw plainError(
        `The order in patch list:\n${goFormat(patch)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`,
      )
    }
  }
}

/**
 * Weaves the items that the patch orders with those that only the live list has. A live-only item
 * goes first only if it stands before the next ordered one in the live list.
 */
function ordered(
  items: readonly unknown[],
  live: readonly unknown[],
  order: readonly unknown[],
  keyOf: (item: unknown) => unknown,
): readonly unknown[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]))
  const liveIndex = new Map(live.map((item, index) => [keyOf(item), index]))
  const orderKeys = [...new Set(order.map(keyOf))].filter((key) => byKey.has(key))
  const inOrder = new Set(orderKeys)
  const liveOnly = live.map(keyOf).filter((key) => byKey.has(key) && !inOrder.has(key))
  const result: unknown[] = []
  let [fromOrder, fromLive] = [0, 0]
  while (fromOrder < orderKeys.length && fromLive < liveOnly.length) {
    const liveAt = liveIndex.get(liveOnly[fromLive]) ?? 0
    const orderAt = liveIndex.get(orderKeys[fromOrder])
    const isLiveFirst = orderAt !== undefined && liveAt < orderAt
    result.push(byKey.get(isLiveFirst ? liveOnly[fromLive++] : orderKeys[fromOrder++]))
  }
  for (const key of [...orderKeys.slice(fromOrder), ...liveOnly.slice(fromLive)])
    result.push(byKey.get(key))
  return result
}
