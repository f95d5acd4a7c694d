import type { WatchEvent } from '#sim/apimachinery/request.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { type ApiResource, apiVersionOf, resourcePath } from '../discovery.ts'
import { CliError, collect, isNotFound, throwCollected, UsageError } from '../errors.ts'
import type { Manifest } from '../manifest.ts'
import { asOldTable } from '../output/old-tables.ts'
import { printerFor } from '../output/printers.ts'
import { sortedBy } from '../output/sorting.ts'
import { TableWriter } from '../output/tab-writer.ts'
import {
  type Column,
  headerCells,
  type KindName,
  type Layout,
  readTable,
  rowCells,
  type Row,
  type Table,
  TABLE_ACCEPT,
} from '../output/tables.ts'
import { printRaw } from '../raw.ts'
import { readManifests } from '../manifests.ts'
import { explainedListError, listQuery, readResourceWords } from '../selection.ts'
import {
  ALL_NAMESPACES_FLAG,
  FIELD_SELECTOR_FLAG,
  FILE_FLAGS,
  OUTPUT_FLAGS,
  SELECTOR_FLAG,
  type Verb,
} from '../verb.ts'
import { watchUntilInterrupted } from '../watching.ts'

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

/** One request: all objects of a type, or one of them. */
type Query = {
  readonly resource: ApiResource
  readonly name?: string
  readonly namespace: string | undefined
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

function queryParameters(cli: Cli, query: Query): [string, string][] {
  if (query.name !== undefined) return []
  return listQuery({
    selector: cli.flags.string('selector'),
    fieldSelector: cli.flags.string('field-selector'),
  })
}

function pathOf(cli: Cli, query: Query): string {
  const sub = cli.flags.string('subresource')
  return resourcePath(query.resource, {
    namespace: query.namespace,
    ...(query.name === undefined ? {} : { name: query.name }),
    ...(sub === '' ? {} : { sub }),
  })
}

function* readPage(
  cli: Cli,
  query: Query,
  parameters: readonly (readonly [string, string])[],
  accept: string,
): Task<Manifest> {
  try {
    return yield* cli.request('GET', pathOf(cli, query), { query: parameters, accept })
  } catch (error) {
    throw explainedListError(error, query.resource, {
      selector: cli.flags.string('selector'),
      fieldSelector: cli.flags.string('field-selector'),
    })
  }
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

function* readTables(
  cli: Cli,
  query: Query,
): Task<{ readonly table: Table; readonly resourceVersion: string }> {
  const rows: Row[] = []
  let columns: readonly Column[] = []
  for (let token = ''; ;) {
    const parameters = queryParameters(cli, query)
    if (needsObjects(cli)) parameters.push(['includeObject', 'Object'])
    if (token !== '') parameters.push(['continue', token])
    const body = yield* readPage(cli, query, parameters, TABLE_ACCEPT)
    const table = readTable(body, columns)
    columns = table.columns
    rows.push(...table.rows)
    token = String(body['metadata']?.continue ?? '')
    if (token === '' || query.name !== undefined) {
      return {
        table: dialectTable(cli, { columns, rows }),
        resourceVersion: String(body['metadata']?.resourceVersion ?? ''),
      }
    }
  }
}

// The tables of 2018 are made here, from the objects; sorting looks into them too.
function needsObjects(cli: Cli): boolean {
  return cli.isOld || cli.flags.string('sort-by') !== ''
}

function dialectTable(cli: Cli, table: Table): Table {
  return cli.isOld ? asOldTable(table) : table
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
  const hasKind = flags.bool('show-kind') || hasCategory || types.size > 1
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
  // A field that no object has leaves nothing to print: the real kubectl swallows that error.
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

function layoutOf(
  cli: Cli,
  { hasKind, hasNamespace }: { readonly hasKind: boolean; readonly hasNamespace: boolean },
): Layout {
  return {
    isWide: cli.flags.string('output') === 'wide',
    hasNamespace,
    hasKind,
    showsLabels: cli.flags.bool('show-labels'),
    labelColumns: cli.flags.strings('label-columns'),
    dialect: cli.dialect,
  }
}

function kindName({ kind, group, name }: ApiResource): KindName {
  return { kind, group, plural: name }
}

function newTableWriter(cli: Cli): TableWriter {
  return new TableWriter({ minWidth: cli.isOld ? 10 : 6, padding: 3, remembers: !cli.isOld })
}

function tableLines(table: Table, layout: Layout, kind: KindName, hasHeader: boolean): string[][] {
  const rows = table.rows.map((row) => rowCells(table, row, layout, kind))
  return hasHeader && rows.length > 0 ? [headerCells(table, layout), ...rows] : rows
}

function* watch(cli: Cli, queries: readonly Query[]): Task<number | void> {
  const [query] = queries
  if (query === undefined) return
  if (queries.length > 1) {
    throw new CliError(
      cli.isOld
        ? `watch is only supported on individual resources and resource collections - ${queries.length} resources were found`
        : 'you may only specify a single resource type',
    )
  }
  const watcher =
    cli.flags.string('output') === '' || cli.flags.string('output') === 'wide'
      ? new TableWatch(cli, query)
      : new ObjectWatch(cli, query)
  const resourceVersion = yield* watcher.list()
  const parameters = queryParameters(cli, query).filter(([key]) => key !== 'limit')
  if (query.name !== undefined) parameters.push(['fieldSelector', `metadata.name=${query.name}`])
  if (watcher.accept === TABLE_ACCEPT && needsObjects(cli))
    parameters.push(['includeObject', 'Object'])
  parameters.push(['resourceVersion', resourceVersion])
  const { name: _, ...collection } = query
  return yield* watchUntilInterrupted(cli, {
    path: pathOf(cli, collection),
    query: parameters,
    accept: watcher.accept,
    onEvent: (event) => watcher.event(event),
  })
}

/** Rows of a table, one an event. */
class TableWatch {
  readonly accept = TABLE_ACCEPT
  readonly #cli: Cli
  readonly #query: Query
  readonly #layout: Layout
  readonly #writer: TableWriter
  #columns: readonly Column[] = []
  #serverColumns: readonly Column[] = []
  #needsHeader: boolean

  constructor(cli: Cli, query: Query) {
    this.#cli = cli
    this.#query = query
    this.#layout = layoutOf(cli, {
      hasKind: cli.flags.bool('show-kind'),
      hasNamespace: cli.flags.bool('all-namespaces') && query.resource.namespaced,
    })
    this.#writer = newTableWriter(cli)
    this.#needsHeader = !cli.flags.bool('no-headers')
  }

  *list(): Task<string> {
    const { table, resourceVersion } = yield* readTables(this.#cli, this.#query)
    this.#columns = table.columns
    if (!this.#cli.flags.bool('watch-only')) yield* this.#print(table, 'ADDED')
    return resourceVersion
  }

  *event({ type, object }: WatchEvent): Task {
    const read = readTable(object as unknown as Manifest, this.#serverColumns)
    this.#serverColumns = read.columns
    const table = dialectTable(this.#cli, read)
    yield* this.#print(
      table.columns.length === 0 ? { ...table, columns: this.#columns } : table,
      type,
    )
  }

  *#print(table: Table, type: string): Task {
    const lines = tableLines(table, this.#layout, kindName(this.#query.resource), this.#needsHeader)
    if (table.rows.length === 0) return
    const withEvents = this.#cli.flags.bool('output-watch-events')
      ? lines.map((line, at) => [this.#needsHeader && at === 0 ? 'EVENT' : type.padEnd(8), ...line])
      : lines
    this.#needsHeader = false
    yield* this.#cli.out(this.#writer.format(withEvents))
  }
}

/** Whole objects through a printer, one an event. */
class ObjectWatch {
  readonly accept = 'application/json'
  readonly #cli: Cli
  readonly #query: Query
  readonly #printer

  constructor(cli: Cli, query: Query) {
    this.#cli = cli
    this.#query = query
    this.#printer = printerFor(cli)
  }

  *list(): Task<string> {
    const body = yield* this.#cli.request('GET', pathOf(this.#cli, this.#query), {
      query: queryParameters(this.#cli, this.#query),
    })
    const items = this.#query.name === undefined ? ((body['items'] ?? []) as Manifest[]) : [body]
    if (!this.#cli.flags.bool('watch-only')) {
      for (const item of items) yield* this.#print(item, 'ADDED')
    }
    return String(body['metadata']?.resourceVersion ?? '')
  }

  *event({ type, object }: WatchEvent): Task {
    yield* this.#print(object as unknown as Manifest, type)
  }

  *#print(item: Manifest, type: string): Task {
    const { resource } = this.#query
    const object = { ...item, apiVersion: apiVersionOf(resource), kind: resource.kind }
    const printed = this.#cli.flags.bool('output-watch-events') ? { type, object } : object
    yield* this.#cli.out(this.#printer?.print(printed) ?? '')
  }
}
