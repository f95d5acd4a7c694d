import { deepEqual, isObject } from './equality.ts'

export type JsonPatchOperation = {
  readonly op: string
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** An operation that does not fit the document. The server never tells which, or why. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError'
}

/** Applies a JSON patch (RFC 6902); what it does not touch is shared, nothing is changed. */
export function jsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  return operations.reduce(applyOperation, document)
}

function applyOperation(document: unknown, operation: JsonPatchOperation): unknown {
  const path = parsePointer(operation.path)
  switch (operation.op) {
    case 'add':
      return edited(document, path, (parent, key) => insert(parent, key, operation.value))
    case 'remove':
      return edited(document, path, remove)
    case 'replace':
      return path.length === 0
        ? operation.value
        : edited(document, path, (parent, key) => replace(parent, key, operation.value))
    case 'move': {
      const from = parsePointer(operation.from)
      const value = read(document, from)
      return edited(edited(document, from, remove), path, (parent, key) =>
        insert(parent, key, value),
      )
    }
    case 'copy': {
      const value = read(document, parsePointer(operation.from))
      return edited(document, path, (parent, key) => insert(parent, key, value))
    }
    case 'test':
      if (deepEqual(readOrNull(document, path), operation.value ?? null)) return document
      throw new JsonPatchError(`testing value ${operation.path} failed`)
    default:
      throw new JsonPatchError(`unexpected kind: ${operation.op}`)
  }
}

function parsePointer(pointer: unknown): string[] {
  if (pointer === '') return []
  if (typeof pointer !== 'string' || !pointer.startsWith('/'))
    throw new JsonPatchError(`bad pointer ${String(pointer)}`)
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(document: unknown, path: readonly string[]): unknown {
  let value = document
  for (const key of path) {
    value = childOf(value, key)
    if (value === undefined) throw new JsonPatchError(`missing path ${path.join('/')}`)
  }
  return value
}

function readOrNull(document: unknown, path: readonly string[]): unknown {
  const parent = read(document, path.slice(0, -1))
  return path.length === 0 ? document : (childOf(parent, path.at(-1) ?? '') ?? null)
}

function childOf(parent: unknown, key: string): unknown {
  if (Array.isArray(parent)) return parent[indexOf(key, parent.length - 1)] as unknown
  return isObject(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined
}

type Edit = (parent: Container, key: string) => Container
type Container = unknown[] | Record<string, unknown>

/** A copy of the way down to the edited container; everything beside it is shared. */
function edited(document: unknown, path: readonly string[], edit: Edit): unknown {
  const [key, ...rest] = path
  if (key === undefined) {
    // Adding at the root replaces the whole document.
    const holder = edit({}, '')
    return Array.isArray(holder) ? undefined : holder['']
  }
  const copy = copyOf(document)
  if (rest.length === 0) return edit(copy, key)
  const child = childOf(copy, key)
  if (child === undefined) throw new JsonPatchError(`missing path ${path.join('/')}`)
  const changed = edited(child, rest, edit)
  if (Array.isArray(copy)) copy[indexOf(key, copy.length - 1)] = changed
  else copy[key] = changed
  return copy
}

function copyOf(value: unknown): Container {
  if (Array.isArray(value)) return [...(value as unknown[])]
  if (isObject(value)) return { ...value }
  throw new JsonPatchError('the path leads through a value that holds nothing')
}

function insert(parent: Container, key: string, value: unknown): Container {
  if (value === undefined) throw new JsonPatchError('value is missing')
  if (Array.isArray(parent))
    parent.splice(key === '-' ? parent.length : indexOf(key, parent.length), 0, value)
  else parent[key] = value
  return parent
}

/** Upstream's library does not mind if there is no such member yet. */
function replace(parent: Container, key: string, value: unknown): Container {
  if (Array.isArray(parent)) parent[indexOf(key, parent.length - 1)] = value
  else parent[key] = value
  return parent
}

function remove(parent: Container, key: string): Container {
  if (childOf(parent, key) === undefined)
    throw new JsonPatchError(`remove of a missing path: ${key}`)
  if (Array.isArray(parent)) parent.splice(indexOf(key, parent.length - 1), 1)
  else delete parent[key]
  return parent
}

function indexOf(key: string, max: number): number {
  const index = Number(key)
  if (!/^(0|[1-9]\d*)$/.test(key) || index > max) throw new JsonPatchError(`bad index ${key}`)
  return index
}
