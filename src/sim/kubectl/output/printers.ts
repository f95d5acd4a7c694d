import { decodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { Cli } from '../cli.ts'
import { apiGroupOf } from '../discovery.ts'
import { CliError } from '../errors.ts'
import { type Manifest, nameOf, withoutManagedFields } from '../manifest.ts'
import { compileTemplate } from './go-template.ts'
import { goFormat } from '#sim/apimachinery/go-format.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { JsonPath, JsonPathError, relaxedJsonPath } from './jsonpath.ts'
import { toKyaml } from './kyaml.ts'
import { TableWriter } from './tab-writer.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'

/** Turns objects into text, one at a time; remembers what it needs between them. */
export type Printer = {
  readonly print: (object: Manifest) => string
}

const FORMATS =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml'

/** The printer `-o` asks for; undefined for the human forms: none given, or `wide`. */
export function printerFor(cli: Cli): Printer | undefined {
  const output = cli.flags.string('output')
  const equals = output.indexOf('=')
  const format = equals < 0 ? output : output.slice(0, equals)
  const given = equals < 0 ? cli.flags.string('template') : output.slice(equals + 1)
  switch (format) {
    case '':
      return given === '' ? undefined : templatePrinter(given)
    case 'wide':
      return undefined
    case 'name':
      return { print: (object) => `${nameLine(object)}\n` }
    case 'json':
      return { print: (object) => `${goJson(visible(cli, object), 4)}\n` }
    case 'yaml':
      return separated((object) => toYaml(visible(cli, object)))
    case 'kyaml':
      return { print: (object) => `---\n${toKyaml(visible(cli, object))}` }
    case 'jsonpath':
    case 'jsonpath-file':
      return jsonPathPrinter(templateText(cli, format, given))
    case 'jsonpath-as-json':
      return jsonPathAsJson(templateText(cli, format, given))
    case 'go-template':
    case 'go-template-file':
    case 'template':
    case 'templatefile':
      return templatePrinter(templateText(cli, format, given))
    case 'custom-columns':
    case 'custom-columns-file':
      return customColumns(cli, format, given)
    default:
      throw new CliError(
        cli.isOld
          ? `output format "${output}" not recognized`
          : `unable to match a printer suitable for the output format "${output}", allowed formats are: ${FORMATS}`,
      )
  }
}

export function nameLine(object: Manifest): string {
  const group = apiGroupOf(String(object['apiVersion'] ?? ''))
  const kind = String(object['kind'] ?? '').toLowerCase()
  return `${group === '' ? kind : `${kind}.${group}`}/${nameOf(object)}`
}

function visible(cli: Cli, object: Manifest): Manifest {
  if (cli.flags.has('show-managed-fields') && cli.flags.bool('show-managed-fields')) return object
  if (!Array.isArray(object['items'])) return withoutManagedFields(object)
  return { ...object, items: object['items'].map(withoutManagedFields) }
}

function separated(toText: (object: Manifest) => string): Printer {
  let count = 0
  return { print: (object) => (count++ === 0 ? '' : '---\n') + toText(object) }
}

function templateText(cli: Cli, format: string, given: string): string {
  if (given === '') throw new CliError('template format specified but no template given')
  if (!format.endsWith('file')) return given
  return fileText(cli, given)
}

function fileText(cli: Cli, path: string): string {
  return decodeUtf8(cli.readBytes(path)).trimEnd()
}

function jsonPathPrinter(template: string): Printer {
  const path = new JsonPath(template)
  return {
    print: (object) => {
      try {
        return path.print(object)
      } catch (error) {
        if (!(error instanceof JsonPathError)) throw error
        throw new CliError(
          `error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t${template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(object)}\n\n`,
        )
      }
    },
  }
}

function jsonPathAsJson(template: string): Printer {
  const path = new JsonPath(template)
  return { print: (object) => `${goJson(path.find(object).flat(), 4)}\n` }
}

function templatePrinter(template: string): Printer {
  return { print: compileTemplate(template) }
}

/** A value as Go's `%#v` writes it. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)'
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    const members = entries.map(([key, member]) => `${JSON.stringify(key)}:${goSyntax(member)}`)
    return `map[string]interface {}{${members.join(', ')}}`
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function customColumns(cli: Cli, format: string, given: string): Printer {
  if (given === '')
    throw new CliError('custom-columns format specified but no custom columns given')
  const spec = format.endsWith('file') ? fromColumnsFile(fileText(cli, given)) : given
  const columns = spec.split(/,(?![^[(]*[\])])/).map((part) => {
    const colon = part.indexOf(':')
    if (colon < 0) {
      throw new CliError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      )
    }
    return {
      header: part.slice(0, colon),
      path: new JsonPath(relaxedJsonPath(part.slice(colon + 1))),
    }
  })
  const writer = new TableWriter({
    minWidth: cli.isOld ? 10 : 6,
    padding: 3,
    remembers: !cli.isOld,
  })
  let isFirst = !(cli.flags.has('no-headers') && cli.flags.bool('no-headers'))
  return {
    print: (object) => {
      const rows: string[][] = isFirst ? [columns.map(({ header }) => header)] : []
      isFirst = false
      const items: Manifest[] = Array.isArray(object['items']) ? object['items'] : [object]
      for (const item of items) rows.push(columns.map(({ path }) => cell(path.find(item).flat())))
      return writer.format(rows)
    },
  }
}

function fromColumnsFile(text: string): string {
  const [headers = '', paths = ''] = text.split('\n')
  const names = headers.trim().split(/\s+/)
  const expressions = paths.trim().split(/\s+/)
  return names.map((name, at) => `${name}:${expressions[at] ?? ''}`).join(',')
}

function cell(values: readonly unknown[]): string {
  return values.length === 0 ? '<none>' : values.map(goFormat).join(',')
}
