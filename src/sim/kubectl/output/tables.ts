import { labelsOf, type Manifest } from '../manifest.ts'

export type Column = { readonly name: string; readonly isWide: boolean }

export type Row = { readonly cells: readonly string[]; readonly object: Manifest | undefined }

/** A table as the server sent it, cells as text. */
export type Table = {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

export const TABLE_ACCEPT =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

/** Reads a Table; a server that sends plain objects gets names and ages only. */
export function readTable(body: Manifest, knownColumns: readonly Column[] = []): Table {
  const definitions: Manifest[] = body['columnDefinitions'] ?? []
  const columns =
    definitions.length === 0
      ? knownColumns
      : definitions.map((column) => ({
          name: String(column['name']),
          isWide: Number(column['priority'] ?? 0) > 0,
        }))
  const rows = ((body['rows'] ?? []) as Manifest[]).map((row) => ({
    cells: ((row['cells'] ?? []) as unknown[]).map(cellText),
    // Our own server works it out when it is read, and most columns do not need it.
    get object() {
      return row['object'] as Manifest | undefined
    },
  }))
  return { columns, rows }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  const text = String(cell)
  const end = text.search(/[\n\r\f]/)
  const line = end < 0 ? text : `${text.slice(0, end)}...`
  // oxlint-disable-next-line no-control-regex -- escape bytes must not reach the terminal
  return line.replace(/\x1b/g, '^[')
}

export type Layout = {
  readonly isWide: boolean
  readonly hasNamespace: boolean
  readonly hasKind: boolean
  readonly showsLabels: boolean
  readonly labelColumns: readonly string[]
  readonly dialect: '1.36' | '1.10'
}

export function headerCells(table: Table, layout: Layout): string[] {
  const names = table.columns
    .filter(({ isWide }) => layout.isWide || !isWide)
    .map(({ name }) => name.toUpperCase())
  const labels = layout.labelColumns.map((key) => (key.split('/').at(-1) ?? key).toUpperCase())
  return [
    ...(layout.hasNamespace ? ['NAMESPACE'] : []),
    ...names,
    ...labels,
    ...(layout.showsLabels ? ['LABELS'] : []),
  ]
}

export function rowCells(table: Table, row: Row, layout: Layout, kind: KindName): string[] {
  const cells = row.cells.filter((_, at) => layout.isWide || table.columns[at]?.isWide !== true)
  const nameAt = table.columns.findIndex(({ name }) => name === 'Name')
  if (layout.hasKind && nameAt >= 0) cells[nameAt] = `${kindPrefix(kind, layout)}/${cells[nameAt]}`
  const showsAny = layout.showsLabels || layout.labelColumns.length > 0
  const labels = showsAny ? labelsOf(row.object ?? {}) : {}
  return [
    ...(layout.hasNamespace ? [String(row.object?.['metadata']?.namespace ?? '')] : []),
    ...cells,
    ...layout.labelColumns.map((key) => labels[key] ?? ''),
    ...(layout.showsLabels ? [labelsText(labels)] : []),
  ]
}

export type KindName = {
  readonly kind: string
  readonly group: string
  readonly plural: string
}

/** Short names kubectl 1.10 had built in; other kinds were shown by their plural. */
const OLD_SHORT_NAMES: Readonly<Record<string, string>> = {
  configmaps: 'cm',
  daemonsets: 'ds',
  deployments: 'deploy',
  endpoints: 'ep',
  events: 'ev',
  horizontalpodautoscalers: 'hpa',
  ingresses: 'ing',
  namespaces: 'ns',
  networkpolicies: 'netpol',
  nodes: 'no',
  persistentvolumeclaims: 'pvc',
  persistentvolumes: 'pv',
  poddisruptionbudgets: 'pdb',
  pods: 'po',
  replicasets: 'rs',
  replicationcontrollers: 'rc',
  resourcequotas: 'quota',
  serviceaccounts: 'sa',
  services: 'svc',
  storageclasses: 'sc',
}

function kindPrefix({ kind, group, plural }: KindName, layout: Layout): string {
  if (layout.dialect === '1.10') return OLD_SHORT_NAMES[plural] ?? plural
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`
}

export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
  return pairs.length === 0 ? '<none>' : pairs.join(',')
}
