import { deepEqual } from '#sim/apimachinery/equality.ts'
import type { Manifest } from '../manifest.ts'
import { mergeRule } from './merge-keys.ts'

type DiffOptions = {
  readonly ignoresDeletions?: boolean
  readonly ignoresChanges?: boolean
}

/**
 * The strategic merge patch that brings the live object to the manifest: fields that the manifest
 * had when it was last applied and has no more are deleted, its own fields are set, and what only
 * the live object has stays.
 *
 * Upstream: apimachinery/pkg/util/strategicpatch, CreateThreeWayMergePatch.
 */
export function threeWayPatch(original: Manifest, modified: Manifest, current: Manifest): Manifest {
  const kind = String(modified['kind'])
  const changes = diffMaps(current, modified, kind, [], { ignoresDeletions: true })
  const deletions = diffMaps(original, modified, kind, [], { ignoresChanges: true })
  return mergePatches(deletions, changes, kind, [])
}

/** The strategic merge patch from one state to another, as edit sends it. */
export function twoWayPatch(before: Manifest, after: Manifest): Manifest {
  return diffMaps(before, after, String(after['kind']), [], {})
}

function diffMaps(
  before: Manifest,
  after: Manifest,
  kind: string,
  path: readonly string[],
  options: DiffOptions,
): Manifest {
  const patch: Manifest = {}
  for (const key of Object.keys(before).sort()) {
    const inner = [...path, key]
    if (!(key in after) || after[key] === undefined) {
      if (options.ignoresDeletions !== true) patch[key] = null
    } else diffMember(patch, key, before[key], after[key], { kind, path: inner, options })
  }
  if (options.ignoresChanges !== true) {
    for (const key of Object.keys(after).sort()) if (!(key in before)) patch[key] = after[key]
  }
  const retains = mergeRule(kind, path).retainsKeys === true
  if (retains && path.length > 0 && Object.keys(patch).length > 0) {
    patch['$retainKeys'] = Object.keys(after).sort()
  }
  return patch
}

type Place = {
  readonly kind: string
  readonly path: readonly string[]
  readonly options: DiffOptions
}

function diffMember(
  patch: Manifest,
  key: string,
  before: unknown,
  after: unknown,
  { kind, path, options }: Place,
): void {
  if (isMap(before) && isMap(after)) {
    const inner = diffMaps(before, after, kind, path, options)
    if (Object.keys(inner).length > 0) patch[key] = inner
    return
  }
  const rule = mergeRule(kind, path)
  if (Array.isArray(before) && Array.isArray(after)) {
    if (rule.key !== undefined && [...before, ...after].every(isMap)) {
      diffKeyedList(patch, key, before, after, { kind, path, options })
      return
    }
    if (rule.isSet === true) {
      diffSet(patch, key, before, after, options)
      return
    }
  }
  if (options.ignoresChanges !== true && !deepEqual(before, after)) patch[key] = after
}

function diffKeyedList(
  patch: Manifest,
  key: string,
  before: readonly Manifest[],
  after: readonly Manifest[],
  { kind, path, options }: Place,
): void {
  const rule = mergeRule(kind, path)
  const mergeKey = rule.key ?? ''
  const elements: Manifest[] = []
  for (const element of after) {
    const old = before.find((one) => one[mergeKey] === element[mergeKey])
    if (old === undefined) {
      if (options.ignoresChanges !== true) elements.push(element)
      continue
    }
    const inner = diffMaps(old, element, kind, path, options)
    if (Object.keys(inner).length > 0) elements.push({ ...inner, [mergeKey]: element[mergeKey] })
  }
  if (options.ignoresDeletions !== true) {
    for (const old of before) {
      if (after.some((one) => one[mergeKey] === old[mergeKey])) continue
      elements.push({ $patch: 'delete', [mergeKey]: old[mergeKey] })
    }
  }
  const isReordered = options.ignoresChanges !== true && !keepsOrder(before, after, mergeKey)
  if (elements.length > 0) patch[key] = elements
  if (elements.length > 0 || isReordered) {
    patch[`$setElementOrder/${key}`] = after.map((one) => ({ [mergeKey]: one[mergeKey] }))
  }
}

// Elements that only the live list has do not count: they find their own places.
function keepsOrder(
  before: readonly Manifest[],
  after: readonly Manifest[],
  mergeKey: string,
): boolean {
  const wanted = after.map((one) => one[mergeKey])
  const present = before.map((one) => one[mergeKey]).filter((value) => wanted.includes(value))
  const kept = wanted.filter((value) => present.includes(value))
  return deepEqual(present, kept)
}

function diffSet(
  patch: Manifest,
  key: string,
  before: readonly unknown[],
  after: readonly unknown[],
  options: DiffOptions,
): void {
  const added = after.filter((value) => !before.includes(value))
  const removed = before.filter((value) => !after.includes(value))
  if (added.length > 0 && options.ignoresChanges !== true) patch[key] = added
  if (removed.length > 0 && options.ignoresDeletions !== true) {
    patch[`$deleteFromPrimitiveList/${key}`] = removed
  }
  if (key in patch || `$deleteFromPrimitiveList/${key}` in patch) {
    patch[`$setElementOrder/${key}`] = after
  }
}

/** Two patches for the same object as one; where both speak, the second has the word. */
function mergePatches(
  first: Manifest,
  second: Manifest,
  kind: string,
  path: readonly string[],
): Manifest {
  const merged: Manifest = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const inner = [...path, key]
    const other = merged[key]
    if (isMap(other) && isMap(value)) merged[key] = mergePatches(other, value, kind, inner)
    else if (Array.isArray(other) && Array.isArray(value) && !key.startsWith('$')) {
      const mergeKey = mergeRule(kind, inner).key
      merged[key] =
        mergeKey === undefined
          ? value
          : mergeElements(other, value, { mergeKey, kind, path: inner })
    } else merged[key] = value
  }
  return withListsInOrder(merged, kind, path)
}

// The server insists that a list's elements stand as $setElementOrder has them; deletions last.
function withListsInOrder(patch: Manifest, kind: string, path: readonly string[]): Manifest {
  const ordered: Manifest = { ...patch }
  for (const [key, value] of Object.entries(patch)) {
    const order: unknown = patch[`$setElementOrder/${key}`]
    const mergeKey = mergeRule(kind, [...path, key]).key
    if (!Array.isArray(value) || !Array.isArray(order) || mergeKey === undefined) continue
    const wanted = order.map((element: Manifest) => element[mergeKey])
    const place = (element: Manifest): number =>
      element['$patch'] === 'delete' ? wanted.length : wanted.indexOf(element[mergeKey])
    ordered[key] = value.toSorted((a: Manifest, b: Manifest) => place(a) - place(b))
  }
  return ordered
}

function mergeElements(
  first: readonly Manifest[],
  second: readonly Manifest[],
  { mergeKey, kind, path }: { mergeKey: string; kind: string; path: readonly string[] },
): Manifest[] {
  const merged = second.map((element) => {
    const other = first.find((one) => one[mergeKey] === element[mergeKey])
    return other === undefined ? element : mergePatches(other, element, kind, path)
  })
  const rest = first.filter((one) => !second.some((other) => other[mergeKey] === one[mergeKey]))
  return [...merged, ...rest]
}

function isMap(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
