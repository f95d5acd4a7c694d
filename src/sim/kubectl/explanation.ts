import type { Manifest } from './manifest.ts'

type Schema = Manifest
type Schemas = Readonly<Record<string, Schema>>

const WRAP_AT = 76

/**
 * What `explain` prints of one schema or of a field below it.
 * Upstream: kubectl/pkg/explain/v2/templates/plaintext.tmpl.
 */
export class Explanation {
  protected readonly schemas: Schemas
  protected readonly isRecursive: boolean

  constructor(schemas: Schemas, isRecursive: boolean) {
    this.schemas = schemas
    this.isRecursive = isRecursive
  }

  /** Undefined where a field of the path does not exist. */
  text(schema: Schema, path: readonly string[]): string | undefined {
    const field = fieldAt(this.schemas, schema, path)
    if (field === undefined) return undefined
    const name = path.at(-1)
    const head = name === undefined ? '' : `FIELD: ${name} <${this.type(field)}>\n\n\n`
    const fields = this.#fields(field, 1, [])
    const list = fields === '' ? '' : `FIELDS:\n${fields}`
    const description = descriptions(this.schemas, field).map((text) => `${text}\n`)
    const shown = description.length === 0 ? '<empty>' : description.join('')
    return `${head}DESCRIPTION:\n${wrapped(shown, WRAP_AT, 4)}\n${list}\n`
  }

  protected type(schema: Schema): string {
    return typeOf(this.schemas, schema, (name) => name)
  }

  #fields(schema: Schema, depth: number, above: readonly string[]): string {
    const reference = referenceOf(schema)
    if (reference !== undefined && above.includes(reference)) return ''
    const next = reference === undefined ? above : [...above, reference]
    const resolved = resolve(this.schemas, schema)
    let text = ''
    for (const [name, field] of membersOf(resolved)) {
      text += this.#field(resolved, name, field, depth)
      if (this.isRecursive) text += this.#fields(field, depth + 1, next)
    }
    for (const inner of innerOf(resolved)) text += this.#fields(inner, depth, next)
    return text
  }

  #field(owner: Schema, name: string, field: Schema, depth: number): string {
    const indent = depth * 2
    const isRequired = (owner['required'] ?? []).includes(name)
    const head = `${' '.repeat(indent)}${name}\t<${this.type(field)}>${isRequired ? ' -required-' : ''}\n`
    if (this.isRecursive) return head
    const description = field['description'] ?? '<no description>'
    return `${head}${wrapped(description, WRAP_AT + 2 - indent, indent + 2)}\n\n`
  }
}

/** The same as kubectl printed it while it read OpenAPI v2. */
export class OldExplanation extends Explanation {
  override text(schema: Schema, path: readonly string[]): string | undefined {
    // What is asked of a plain value was not looked at.
    const depth = path.findIndex((_name, index) => this.#isPlain(schema, path.slice(0, index + 1)))
    const field = fieldAt(this.schemas, schema, depth < 0 ? path : path.slice(0, depth + 1))
    if (field === undefined) return undefined
    const name = path.at(-1)
    const holder = holderOf(this.schemas, field)
    const members = membersOf(holder)
    const label = members.length === 0 ? 'FIELD:    ' : 'RESOURCE: '
    const head = name === undefined ? '' : `${label}${name} <${this.type(field)}>\n\n`
    const texts = descriptions(this.schemas, field)
    const shown = texts.length === 0 ? '<empty>' : texts.join('\n\n')
    const description = `DESCRIPTION:\n${wrapped(shown, WRAP_AT - 1, 5)}\n`
    if (members.length === 0) return head + description
    const fields = this.isRecursive
      ? `${this.#tree(holder, 3, [])}`
      : members.map(([key, member]) => this.#field(holder, key, member)).join('')
    return `${head}${description}\nFIELDS:\n${fields}`
  }

  #isPlain(schema: Schema, path: readonly string[]): boolean {
    const field = fieldAt(this.schemas, schema, path)
    return field !== undefined && membersOf(holderOf(this.schemas, field)).length === 0
  }

  protected override type(schema: Schema): string {
    return typeOf(this.schemas, schema, (_name, { oneOf, properties }) => {
      // Where v3 says that a number will do as well, v2 only said string.
      if (oneOf !== undefined) return 'string'
      return properties === undefined ? 'map[string]' : 'Object'
    })
  }

  #field(holder: Schema, name: string, field: Schema): string {
    const isRequired = (holder['required'] ?? []).includes(name)
    const head = `   ${name}\t<${this.type(field)}>${isRequired ? ' -required-' : ''}\n`
    const description = field['description']
    return `${head}${description === undefined ? '' : `${wrapped(description, WRAP_AT - 1, 5)}\n`}\n`
  }

  #tree(holder: Schema, indent: number, above: readonly Schema[]): string {
    if (above.includes(holder)) return ''
    return membersOf(holder)
      .map(([name, field]) => {
        const below = this.#tree(holderOf(this.schemas, field), indent + 3, [...above, holder])
        return `${' '.repeat(indent)}${name}\t<${this.type(field)}>\n${below}`
      })
      .join('')
  }
}

function referenceOf(schema: Schema): string | undefined {
  const reference: unknown = schema['$ref']
  return typeof reference === 'string' ? reference.slice(reference.lastIndexOf('/') + 1) : undefined
}

function resolve(schemas: Schemas, schema: Schema): Schema {
  const reference = referenceOf(schema)
  return (reference === undefined ? undefined : schemas[reference]) ?? schema
}

function membersOf(schema: Schema): (readonly [string, Schema])[] {
  const properties: Record<string, Schema> = schema['properties'] ?? {}
  return Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** What a schema is made of besides its own members: alternatives, elements, values. */
function innerOf(schema: Schema): Schema[] {
  const values: unknown = schema['additionalProperties']
  return [
    ...((schema['allOf'] ?? []) as Schema[]),
    ...(schema['items'] === undefined ? [] : [schema['items'] as Schema]),
    ...(typeof values === 'object' && values !== null ? [values as Schema] : []),
  ]
}

/** The object that holds a schema's fields, however many lists and maps are around it. */
function holderOf(schemas: Schemas, schema: Schema): Schema {
  const resolved = resolve(schemas, schema)
  if (resolved['properties'] !== undefined) return resolved
  const [inner] = innerOf(resolved)
  return inner === undefined ? resolved : holderOf(schemas, inner)
}

function fieldAt(schemas: Schemas, schema: Schema, path: readonly string[]): Schema | undefined {
  let here: Schema | undefined = schema
  for (const name of path) here = here && holderOf(schemas, here)['properties']?.[name]
  return here
}

/** Its own words, and those on the types that it refers to. */
function descriptions(schemas: Schemas, schema: Schema): string[] {
  const resolved = resolve(schemas, schema)
  const own: unknown = resolved['description']
  const below = innerOf(resolved).flatMap((inner) => descriptions(schemas, inner))
  return typeof own === 'string' ? [own, ...below] : below
}

type Naming = (name: string, schema: Schema) => string

function typeOf(schemas: Schemas, schema: Schema, named: Naming): string {
  const again = (inner: Schema) => typeOf(schemas, inner, named)
  if (schema['items'] !== undefined) return `[]${again(schema['items'])}`
  const values: unknown = schema['additionalProperties']
  if (typeof values === 'object' && values !== null) return `map[string]${again(values as Schema)}`
  const [only, second]: Schema[] = schema['allOf'] ?? []
  if (only !== undefined && second === undefined && schema['properties'] === undefined)
    return again(only)
  const reference = referenceOf(schema)
  const resolved = resolve(schemas, schema)
  const type: unknown = resolved['type'] ?? 'object'
  if (type !== 'object') return String(type)
  if (reference === undefined) return 'Object'
  return named(reference.slice(reference.lastIndexOf('.') + 1), resolved)
}

/** Lines stay apart, also the empty one behind a closing line break. */
function wrapped(text: string, width: number, indent: number): string {
  const pad = ' '.repeat(indent)
  return text
    .split('\n')
    .flatMap((line) => wrappedLine(line, width))
    .map((line) => pad + line)
    .join('\n')
}

function wrappedLine(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
