import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import type { ApiResource } from '../discovery.ts'
import { CliError, ExitError } from '../errors.ts'
import { FIELD_DESCRIPTIONS } from '../field-descriptions.ts'
import type { Manifest } from '../manifest.ts'
import type { Verb } from '../verb.ts'

export const explain: Verb = {
  name: 'explain',
  summary: 'Get documentation for a resource',
  usage: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group]',
  flags: [
    { name: 'recursive', type: 'bool', usage: 'Show the fields of fields too' },
    { name: 'api-version', type: 'string', usage: 'Ignored: there is one version of each' },
    { name: 'output', short: 'o', type: 'string', default: 'plaintext', usage: 'Ignored' },
  ],
  run: runExplain,
}

type Schema = Manifest

/** A field found by its path: its name, its type and the type that holds it. */
type Found = {
  readonly name: string | undefined
  readonly schema: Schema
  readonly owner: string
}

function* runExplain(cli: Cli): Task {
  const [path] = cli.args
  if (path === undefined) {
    throw new CliError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    )
  }
  const [type = '', ...fields] = path.split('.')
  const resource = yield* findType(cli, type)
  const root =
    resource.group === '' ? `api/${resource.version}` : `apis/${resource.group}/${resource.version}`
  const document = yield* cli.request('GET', `/openapi/v3/${root}`)
  const schemas: Record<string, Schema> = document['components']?.schemas ?? {}
  const top = Object.entries(schemas).find(([, schema]) =>
    (schema['x-kubernetes-group-version-kind'] ?? []).some(
      ({ kind, group }: Manifest) => kind === resource.kind && group === resource.group,
    ),
  )
  if (top === undefined) throw new CliError(`couldn't find resource for "${resource.kind}"`)
  yield* cli.out(headText(cli, resource))
  const found = findField(
    schemas,
    { name: undefined, schema: top[1], owner: shortName(top[0]) },
    fields,
  )
  yield* cli.out(new Explanation(schemas, cli).text(found))
}

function* findType(cli: Cli, type: string): Task<ApiResource> {
  const discovery = yield* cli.discovery()
  try {
    return discovery.find(type)
  } catch (error) {
    if (error instanceof CliError) throw new ExitError(1, error.message)
    throw error
  }
}

function headText(cli: Cli, { group, kind, version }: ApiResource): string {
  if (cli.isOld)
    return `KIND:     ${kind}\nVERSION:  ${group === '' ? version : `${group}/${version}`}\n\n`
  return `${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function findField(
  schemas: Readonly<Record<string, Schema>>,
  from: Found,
  fields: readonly string[],
): Found {
  let here = from
  for (const name of fields) {
    const { properties, owner } = membersOf(schemas, here.schema, here.owner)
    const schema = properties[name]
    if (schema === undefined) throw new CliError(`field "${name}" does not exist`)
    here = { name, schema, owner }
  }
  return here
}

function referenced(schema: Schema): string | undefined {
  const reference = schema['$ref'] ?? schema['allOf']?.[0]?.$ref
  return typeof reference === 'string' ? reference.replace('#/components/schemas/', '') : undefined
}

/** The members of an object, of the elements of a list, or of the values of a map. */
function membersOf(
  schemas: Readonly<Record<string, Schema>>,
  schema: Schema,
  owner: string,
): { readonly properties: Record<string, Schema>; readonly owner: string } {
  const reference = referenced(schema)
  if (reference !== undefined) {
    return { properties: schemas[reference]?.['properties'] ?? {}, owner: shortName(reference) }
  }
  const inner = schema['items'] ?? schema['additionalProperties']
  if (typeof inner === 'object' && inner !== null) return membersOf(schemas, inner, owner)
  return { properties: schema['properties'] ?? {}, owner }
}

function typeText(schema: Schema): string {
  const reference = referenced(schema)
  if (reference !== undefined) return shortName(reference)
  if (schema['type'] === 'array') return `[]${typeText(schema['items'] ?? {})}`
  if (schema['additionalProperties'] !== undefined) {
    return `map[string]${typeText(schema['additionalProperties'])}`
  }
  if (schema['x-kubernetes-int-or-string'] === true || schema['format'] === 'int-or-string')
    return 'IntOrString'
  return String(schema['type'] ?? 'Object')
}

const WRAP_AT = 80

class Explanation {
  readonly #schemas: Readonly<Record<string, Schema>>
  readonly #cli: Cli

  constructor(schemas: Readonly<Record<string, Schema>>, cli: Cli) {
    this.#schemas = schemas
    this.#cli = cli
  }

  text({ name, schema, owner }: Found): string {
    const { properties, owner: inner } = membersOf(this.#schemas, schema, owner)
    const names = Object.keys(properties).sort()
    const indent = this.#cli.isOld ? 5 : 4
    const description = wrapped(this.#description(owner, name ?? '', inner), indent)
    const isObject = names.length > 0
    const head = this.#fieldHead(name, schema, isObject)
    const fields = isObject ? `FIELDS:\n${this.#fields(properties, names, inner)}\n` : ''
    return `${head}DESCRIPTION:\n${description}${this.#cli.isOld ? '' : '    \n'}\n${fields}`
  }

  #fieldHead(name: string | undefined, schema: Schema, isObject: boolean): string {
    if (name === undefined) return ''
    const type = typeText(schema)
    if (!this.#cli.isOld) return `FIELD: ${name} <${type}>\n\n\n`
    return isObject ? `RESOURCE: ${name} <Object>\n\n` : `FIELD:    ${name} <${type}>\n\n`
  }

  #fields(properties: Record<string, Schema>, names: readonly string[], owner: string): string {
    if (this.#cli.flags.bool('recursive')) return this.#tree(properties, 1, new Set([owner]))
    const pad = this.#cli.isOld ? '   ' : '  '
    return names
      .map((name) => {
        const type = typeText(properties[name] ?? {})
        const text = wrapped(this.#description(owner, name, type), this.#cli.isOld ? 5 : 4)
        return `${pad}${name}\t<${type}>\n${text}\n`
      })
      .join('')
  }

  #tree(properties: Record<string, Schema>, depth: number, seen: ReadonlySet<string>): string {
    const pad = '  '.repeat(depth)
    return Object.keys(properties)
      .sort()
      .map((name) => {
        const schema = properties[name] ?? {}
        const { properties: inner, owner } = membersOf(this.#schemas, schema, '')
        const isOpen = !seen.has(owner)
        const below = isOpen ? this.#tree(inner, depth + 1, new Set([...seen, owner])) : ''
        return `${pad}${name}\t<${typeText(schema)}>\n${below}`
      })
      .join('')
  }

  #description(owner: string, name: string, type: string): string {
    return FIELD_DESCRIPTIONS[name === '' ? type : `${owner}.${name}`] ?? '<empty>'
  }
}

function wrapped(text: string, indent: number): string {
  const pad = ' '.repeat(indent)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WRAP_AT - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((one) => `${pad}${one}\n`).join('')
}
