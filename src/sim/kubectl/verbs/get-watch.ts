import type { WatchEvent } from '#sim/apimachinery/request.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from '../cli.ts'
import { apiVersionOf } from '../discovery.ts'
import { CliError } from '../errors.ts'
import {
  dialectTable,
  kindName,
  layoutOf,
  needsObjects,
  newTableWriter,
  pathOf,
  type Query,
  queryParameters,
  readPage,
  readTables,
  tableLines,
} from '../get-queries.ts'
import type { Manifest } from '../manifest.ts'
import { printerFor } from '../output/printers.ts'
import type { TableWriter } from '../output/tab-writer.ts'
import { type Column, type Layout, readTable, type Table, TABLE_ACCEPT } from '../output/tables.ts'
import { watchUntilInterrupted } from '../watching.ts'

/** Lists, then shows every change until Ctrl-C. */
export function* watch(cli: Cli, queries: readonly Query[]): Task<number | void> {
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
    const parameters = queryParameters(this.#cli, this.#query)
    const body = yield* readPage(this.#cli, this.#query, parameters, 'application/json')
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
