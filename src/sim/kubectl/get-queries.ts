import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import { type ApiResource, resourcePath } from './discovery.ts'
import type { Manifest } from './manifest.ts'
import { readNamed } from './named.ts'
import { asOldTable } from './output/old-tables.ts'
import { TableWriter } from './output/tab-writer.ts'
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
} from './output/tables.ts'
import { explainedListError, listQuery } from './selection.ts'

/** One request: all objects of a type, or one of them. */
export type Query = {
  readonly resource: ApiResource
  readonly name?: string
  readonly namespace: string | undefined
}

export function queryParameters(cli: Cli, query: Query): [string, string][] {
  if (query.name !== undefined) return []
  return listQuery({
    selector: cli.flags.string('selector'),
    fieldSelector: cli.flags.string('field-selector'),
  })
}

export function pathOf(cli: Cli, query: Query): string {
  return resourcePath(query.resource, {
    namespace: query.namespace,
    ...(query.name === undefined ? {} : { name: query.name }),
    ...partOf(cli),
  })
}

function partOf(cli: Cli): { readonly sub?: string } {
  const sub = cli.flags.string('subresource')
  return sub === '' ? {} : { sub }
}

export function* readPage(
  cli: Cli,
  query: Query,
  parameters: readonly (readonly [string, string])[],
  accept: string,
): Task<Manifest> {
  try {
    const { name } = query
    const options = { query: parameters, accept }
    return name === undefined
      ? yield* cli.request('GET', pathOf(cli, query), options)
      : yield* readNamed(cli, { ...query, name, ...partOf(cli) }, options)
  } catch (error) {
    throw explainedListError(error, query.resource, {
      selector: cli.flags.string('selector'),
      fieldSelector: cli.flags.string('field-selector'),
    })
  }
}

export function* readTables(
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
export function needsObjects(cli: Cli): boolean {
  return cli.isOld || cli.flags.string('sort-by') !== ''
}

export function dialectTable(cli: Cli, table: Table): Table {
  return cli.isOld ? asOldTable(table) : table
}

export function layoutOf(
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

export function kindName({ kind, group, name }: ApiResource): KindName {
  return { kind, group, plural: name }
}

export function newTableWriter(cli: Cli): TableWriter {
  return new TableWriter({ minWidth: cli.isOld ? 10 : 6, padding: 3, remembers: !cli.isOld })
}

export function tableLines(
  table: Table,
  layout: Layout,
  kind: KindName,
  hasHeader: boolean,
): string[][] {
  const rows = table.rows.map((row) => rowCells(table, row, layout, kind))
  return hasHeader && rows.length > 0 ? [headerCells(table, layout), ...rows] : rows
}
