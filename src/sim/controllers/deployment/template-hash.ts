import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { PodTemplateSpec } from 'kubernetes-types/core/v1'
import { fnv32a, safeEncodeString } from '#sim/apimachinery/fnv.ts'
import { GO_TYPES } from './go-types.ts'
import { dumpQuantity } from './quantity-dump.ts'

/**
 * The `pod-template-hash` of a template, `5b885996ff`: the real one, for the names of ReplicaSets
 * and Pods hang on it. It is taken over the template as the real controller prints it, every field
 * of every type included.
 *
 * Upstream: pkg/controller/controller_utils.go, ComputeHash; pkg/util/hash.
 */
export function templateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const dumped = `(v1.PodTemplateSpec)${dumpValue(template, 'v1.PodTemplateSpec')}`
  const bytes = [...encodeUtf8(dumped)]
  if (collisionCount !== undefined) bytes.push(...littleEndian(collisionCount), 0, 0, 0, 0)
  return safeEncodeString(String(fnv32a(Uint8Array.from(bytes))))
}

function littleEndian(value: number): readonly number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
}

type Field = { readonly name: string; readonly jsonName: string; readonly type: string }

const fieldsByType = new Map(
  Object.entries(GO_TYPES).map(([type, text]) => [`v1.${type}`, text.split(', ').map(parseField)]),
)

function parseField(text: string): Field {
  const [names = '', type = ''] = text.split(' ')
  const [name = '', jsonName = name.charAt(0).toLowerCase() + name.slice(1)] = names.split('=')
  return { name, jsonName, type }
}

/** A value with its type in front, as a field shows it. */
function dumpField(value: unknown, type: string): string {
  if (!type.startsWith('*')) return `(${type})${dumpValue(value, type)}`
  if (value === undefined || value === null) return `(${type})<nil>`
  return `(${type})${dumpValue(value, type.slice(1))}`
}

const ZERO_TIME = '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}'

function dumpValue(value: unknown, type: string): string {
  if (type.startsWith('[]')) return dumpSlice(value as readonly unknown[] | undefined, type)
  if (type === 'map[string]string' || type === 'v1.ResourceList') {
    return dumpMap(value as Readonly<Record<string, string>> | undefined, type)
  }
  switch (type) {
    case 'bool':
      return value === true ? 'true' : 'false'
    case 'int32':
    case 'int64':
      return typeof value === 'number' ? String(value) : '0'
    case 'v1.Time':
      // A template has no life of its own: its times are never set.
      return ZERO_TIME
    case 'intstr.IntOrString':
      return dumpIntOrString(value as number | string | undefined)
    case 'resource.Quantity':
      return dumpQuantity(value as string | undefined)
    default:
      return dumpStruct(value as Readonly<Record<string, unknown>> | undefined, type)
  }
}

function dumpSlice(items: readonly unknown[] | undefined, type: string): string {
  if (items === undefined || items === null || items.length === 0) return '<nil>'
  return `[${items.map((one) => dumpValue(one, type.slice(2))).join(' ')}]`
}

function dumpMap(map: Readonly<Record<string, string>> | undefined, type: string): string {
  if (map === undefined || map === null || Object.keys(map).length === 0) return '<nil>'
  const show = (value: string): string => (type === 'v1.ResourceList' ? dumpQuantity(value) : value)
  const entries = Object.keys(map)
    .toSorted()
    .map((key) => `${key}:${show(map[key] ?? '')}`)
  return `map[${entries.join(' ')}]`
}

function dumpIntOrString(value: number | string | undefined): string {
  const isText = typeof value === 'string'
  const kind = isText ? 1 : 0
  return `{Type:(intstr.Type)${kind} IntVal:(int32)${isText ? 0 : (value ?? 0)} StrVal:(string)${isText ? value : ''}}`
}

function dumpStruct(object: Readonly<Record<string, unknown>> | undefined, type: string): string {
  const fields = fieldsByType.get(type)
  // Everything else is a text under some name of its own.
  if (fields === undefined) return typeof object === 'string' ? object : ''
  const shown = fields.map(({ name, jsonName, type: fieldType }) => {
    const value = jsonName === '@' ? object : object?.[jsonName]
    return `${name}:${dumpField(value, fieldType)}`
  })
  return `{${shown.join(' ')}}`
}
