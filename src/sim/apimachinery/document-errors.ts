import { isObject } from './equality.ts'
import { formatFieldPath } from './field-set.ts'
import { goFormat } from './go-format.ts'
import { goQuote } from './quote.ts'
import type { SchemaField, SchemaType, StructType } from './type-schema.ts'
import { KeylessElementError, keyStep } from './typed-value.ts'

/**
 * Why an applied document is no object of its type, in the words of the server's typed values.
 * Upstream: sigs.k8s.io/structured-merge-diff, typed/validate.go.
 */
export function documentErrors(document: unknown, struct: StructType | undefined): string[] {
  if (struct === undefined) return []
  return membersOf(document, (name) => struct.byName.get(name))
}

/** What errors say, joined as the server joins several. */
export function joinedErrors(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : ['errors:', ...errors].join('\n  ')
}

type Named = Pick<SchemaField, 'type'> & Partial<SchemaField>

function membersOf(value: unknown, fieldOf: (name: string) => Named | undefined): string[] {
  if (value === null || value === undefined) return []
  if (!isObject(value)) return [`: expected map, got ${shown(value)}`]
  return Object.entries(value).flatMap(([name, member]) => {
    const field = fieldOf(name)
    if (field === undefined) return [`.${name}: field not declared in schema`]
    return under(`.${name}`, errorsOf(member, field))
  })
}

function errorsOf(value: unknown, field: Named): string[] {
  if (value === null || value === undefined) return []
  const { type } = field
  switch (type.kind) {
    case 'struct':
      return membersOf(value, (name) => type.struct.byName.get(name))
    case 'map':
      return membersOf(value, () => ({ type: type.of }))
    case 'list':
      if (!Array.isArray(value)) return [`: expected list, got ${shown(value)}`]
      return itemsOf(value, type.of, field)
    case 'string':
    case 'bytes':
      return typeof value === 'string' ? [] : [`: expected string, got ${detailed(value)}`]
    case 'int32':
    case 'int64':
    case 'double':
      if (typeof value === 'number') return []
      return [`: expected numeric (int or float), got ${goTypeOf(value)}`]
    case 'bool':
      return typeof value === 'boolean' ? [] : [`: expected boolean, got ${shown(value)}`]
    // Of these the schema says no more than that they are scalars.
    case 'quantity':
    case 'intOrString':
    case 'time':
    case 'microtime':
    case 'raw':
      return []
  }
}

function itemsOf(items: readonly unknown[], of: SchemaType, field: Named): string[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    let place: string
    try {
      place = placeOf(item, index, field)
    } catch (error) {
      if (!(error instanceof KeylessElementError)) throw error
      return [`: element ${index}: ${error.message}`]
    }
    const errors = under(place, errorsOf(item, { type: of }))
    if (seen.has(place)) errors.unshift(`: duplicate entries for key ${place}`)
    seen.add(place)
    return errors
  })
}

function placeOf(item: unknown, index: number, { listType, listMapKeys = [] }: Named): string {
  if (listType === 'set') return formatFieldPath([`v:${JSON.stringify(item)}`])
  if (listType === 'map') return formatFieldPath([keyStep(item, listMapKeys.toSorted())])
  return `[${index}]`
}

/** `.spec` before `: expected …`, or before the rest of a longer path. */
function under(place: string, errors: readonly string[]): string[] {
  return errors.map((error) => `${place}${error}`)
}

function shown(value: unknown): string {
  return `&{${goFormat(value)}}`
}

function detailed(value: unknown): string {
  return `&value.valueUnstructured{Value:${goSyntax(value)}}`
}

/** A JSON value as Go's %#v prints it once decoded. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (typeof value === 'string') return goQuote(value)
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${goQuote(key)}:${goSyntax(value[key])}`)
  return `map[string]interface {}{${members.join(', ')}}`
}

function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (isObject(value)) return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : 'string'
}
