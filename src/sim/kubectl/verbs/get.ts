import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { type ApiResource, apiVersionOf } from '../discovery.ts'
import { CliError, collect, isNotFound, throwCollected, UsageError } from '../errors.ts'
import {
  kindName,
  layoutOf,
  newTableWriter,
  type Query,
  queryParameters,
  readPage,
  readTables,
  tableLines,
} from '../get-queries.ts'
import type { Manifest } from '../manifest.ts'
import { printerFor } from '../output/printers.ts'
import { sortedBy } from '../output/sorting.ts'
import type { Row, Table } from '../output/tables.ts'
import { printRaw } from '../raw.ts'
import { readManifests } from '../manifests.ts'
import { readResourceWords } from '../selection.ts'
import {
  ALL_NAMESPACES_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'
import { watch } from './get-watch.ts'

export const get: Verb = {
  name: 'get',
  summary: 'Display one or many resources',
  usage: 'get (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  suggestFor: ['list', 'ls'],
  flags: [
    ...FILE_FLAGS,
    ...OUTPUT_FLAGS,
    SELECTOR_FLAG,
    FIELD_SELECTOR_FLAG,
    ALL_NAMESPACES_FLAG,
    { name: 'watch', short: 'w', type: 'bool', usage: 'After listing, watch for changes' },
    { name: 'watch-only', type: 'bool', usage: 'Watch for changes without listing first' },
    { name: 'output-watch-events', type: 'bool', usage: 'Name the kind of each event' },
    { name: 'no-headers', type: 'bool', usage: 'Leave out the header' },
    { name: 'show-labels', type: 'bool', usage: 'Show all labels in a last column' },
    { name: 'show-kind', type: 'bool', usage: 'Put the kind in front of names' },
    { name: 'label-columns', short: 'L', type: 'list', usage: 'Labels to show as columns' },
    { name: 'sort-by', type: 'string', usage: 'Sort by this field, a JSONPath' },
    { name: 'ignore-not-found', type: 'bool', usage: 'Say nothing about missing objects' },
    { name: 'chunk-size', type: 'int', default: '500', usage: 'Ignored' },
    { name: 'raw', type: 'string', usage: 'A path of the server to print as it is' },
    { name: 'subresource', type: 'string', usage: 'The subresource to read instead' },
    { name: 'server-print', type: 'bool', default: 'true', usage: 'Ignored: the server prints' },
  ],
  run: runGet,
}

function* runGet(cli: Cli): Task<number | void> {
  const { flags } = cli
  if (flags.isSet('raw')) return yield* printRaw(cli, flags.string('raw'))
  const isWatching = flags.bool('watch') || flags.bool('watch-only')
  refuseLabelsWith(cli)
  const printer = printerFor(cli)
  const { queries, hasCategory } = yield* readQueries(cli)
  if (isWatching) return yield* watch(cli, queries)
  if (printer === undefined) return yield* printTables(cli, queries, hasCategory)

  const errors: Error[] = []
  const items: Manifest[] = []
  const isSingle = queries.length === 1 && queries[0]?.name !== undefined
  for (const query of queries) {
    try {
      items.push(...(yield* readObjects(cli, query)))
    } catch (error) {
      if (isNotFound(error) && flags.bool('ignore-not-found')) continue
      if (isSingle) throw error
      collect(errors, error)
    }
  }
  if (isSingle && items.length === 0) return
  const sortBy = flags.string('sort-by')
  const sorted = sortBy === '' ? items : (sortedBy(items, sortBy, (item) => item) ?? items)
  if (flags.string('output') === 'name') {
    for (const item of sorted) yield* cli.out(printer.print(item))
  } else yield* cli.out(printer.print(isSingle ? (sorted[0] ?? {}) : listOf(sorted)))
  throwCollected(errors)
}

function refuseLabelsWith(cli: Cli): void {
  const format = cli.flags.string('output').split('=')[0] ?? ''
  if (!cli.flags.bool('show-labels') || format === '' || format === 'wide') return
  throw new CliError(`--show-labels option cannot be used with ${format} printer`)
}

function listOf(items: readonly Manifest[]): Manifest {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }
}

function* readQueries(cli: Cli): Task<{ queries: Query[]; hasCategory: boolean }> {
  const { flags } = cli
  if (flags.isSet('filename')) return { queries: yield* fileQueries(cli), hasCategory: false }
  if (cli.args.length === 0) yield* refuseNoType(cli)
  const isEverywhere = flags.bool('all-namespaces')
  const { resources, named, hasCategory } = yield* readResourceWords(cli, cli.args)
  if (named.length === 0) {
    const queries = resources.map((resource) => ({
      resource,
      namespace: resource.namespaced && !isEverywhere ? cli.namespace : undefined,
    }))
    return { queries, hasCategory }
  }
  if (flags.string('selector') !== '' || flags.string('field-selector') !== '') {
    throw new CliError('name cannot be provided when a selector is specified')
  }
  if (isEverywhere && named.some(({ resource }) => resource.namespaced)) {
    throw new CliError('a resource cannot be retrieved by name across all namespaces')
  }
  const queries = named.map(({ resource, name }) => ({
    resource,
    name,
    namespace: resource.namespaced ? cli.namespace : undefined,
  }))
  return { queries, hasCategory }
}

function* fileQueries(cli: Cli): Task<Query[]> {
  const errors: Error[] = []
  const manifests = yield* readManifests(cli, (error) => errors.push(error))
  throwCollected(errors)
  return manifests.map(({ resource, namespace, name }) => ({ resource, namespace, name }))
}

function* refuseNoType(cli: Cli): Task {
  const use =
    'Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).'
  if (!cli.isOld) {
    yield* cli.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    )
    throw new UsageError(`Required resource not specified.\n${use}`)
  }
  const { resources } = yield* cli.discovery()
  const lines = ['all', ...resources.map(oldTypeLine).sort()].map((line) => `    * ${line}\n`)
  yield* cli.err(
    `You must specify the type of resource to get. Valid resource types include:\n\n${lines.join('')}\n`,
  )
  throw new UsageError(`Required resource not specified.\n${use}`)
}

function oldTypeLine({ name, shortNames }: ApiResource): string {
  return shortNames[0] === undefined ? name : `${name} (aka '${shortNames[0]}')`
}

function* readObjects(cli: Cli, query: Query): Task<Manifest[]> {
  const found: Manifest[] = []
  for (let token = ''; ;) {
    const parameters = queryParameters(cli, query)
    if (token !== '') parameters.push(['continue', token])
    const body = yield* readPage(cli, query, parameters, 'application/json')
    if (query.name !== undefined) return [body]
    const apiVersion = apiVersionOf(query.resource)
    for (const item of body['items'] ?? []) {
      found.push({ ...item, apiVersion, kind: query.resource.kind })
    }
    token = String(body['metadata']?.continue ?? '')
    if (token === '') return found
  }
}

type Block = { readonly resource: ApiResource; readonly tables: Table[] }

function* printTables(cli: Cli, queries: readonly Query[], hasCategory: boolean): Task {
  const { flags } = cli
  const errors: Error[] = []
  const blocks: Block[] = []
  for (const query of queries) {
    try {
      const { table } = yield* readTables(cli, query)
      const last = blocks.at(-1)
      if (last?.resource === query.resource) last.tables.push(table)
      else blocks.push({ resource: query.resource, tables: [table] })
    } catch (error) {
      if (isNotFound(error) && flags.bool('ignore-not-found')) continue
      collect(errors, error)
    }
  }
  const types = new Set(queries.map(({ resource }) => resource))
  // What was asked for and is not there does not make several kinds of one.
  const answered = new Set(blocks.map(({ resource }) => resource))
  const hasKind = flags.bool('show-kind') || hasCategory || answered.size > 1
  const isPrinted = yield* printBlocks(cli, blocks, hasKind)
  if (!isPrinted && errors.length === 0 && !flags.bool('ignore-not-found')) {
    yield* cli.err(`${nothingFound(cli, [...types])}\n`)
  }
  throwCollected(errors)
}

function* printBlocks(cli: Cli, blocks: readonly Block[], hasKind: boolean): Task<boolean> {
  const { flags } = cli
  let isPrinted = false
  let showsNamespace = false
  for (const { resource, tables } of blocks) {
    const columns = tables[0]?.columns ?? []
    const rows = sortedRows(
      cli,
      tables.flatMap((table) => table.rows),
    )
    if (rows.length === 0) continue
    if (isPrinted && !flags.bool('no-headers')) {
      // The empty line between tables went to stderr in 2018.
      yield* cli.isOld ? cli.err('\n') : cli.out('\n')
    }
    // Once a table has the column, later ones have it too, even of kinds without a namespace.
    showsNamespace ||= flags.bool('all-namespaces') && resource.namespaced
    const layout = layoutOf(cli, { hasKind, hasNamespace: showsNamespace })
    const writer = newTableWriter(cli)
    yield* cli.out(
      writer.format(
        tableLines({ columns, rows }, layout, kindName(resource), !flags.bool('no-headers')),
      ),
    )
    isPrinted = true
  }
  return isPrinted
}

function sortedRows(cli: Cli, rows: readonly Row[]): readonly Row[] {
  const sortBy = cli.flags.string('sort-by')
  if (sortBy === '') return rows
  // A field that no object has leaves nothing to print: the real kubectl swallows the error, which
  // it meets when it compares two of them.
  if (rows.length < 2) return rows
  return sortedBy(rows, sortBy, (row) => row.object) ?? []
}

export function nothingFound(cli: Cli, types: readonly ApiResource[]): string {
  if (cli.isOld) return 'No resources found.'
  const isNamespaced = types.every(({ namespaced }) => namespaced)
  return cli.flags.has('all-namespaces') && cli.flags.bool('all-namespaces')
    ? 'No resources found'
    : isNamespaced
      ? `No resources found in ${cli.namespace} namespace.`
      : 'No resources found'
}
