import { at, type Manifest, nameOf } from '../manifest.ts'
import { shortDuration } from './ages.ts'
import type { Row, Table } from './tables.ts'

type OldColumn = {
  readonly name: string
  readonly isWide?: boolean
  /** From the object itself, or from a column of today's table by name. */
  readonly cell: (object: Manifest, cells: Cells) => string
}

type Cells = (column: string) => string

function field(...path: string[]): OldColumn['cell'] {
  return (object) => String(at(object, ...path) ?? '0')
}

function same(name: string, isWide = false): OldColumn {
  return { name, isWide, cell: (_, cells) => cells(name) }
}

const CONTAINERS = [same('Containers', true), same('Images', true)]

/** Kinds whose table of 2018 differs from today's in more than the age. */
const OLD_COLUMNS: Readonly<Record<string, readonly OldColumn[]>> = {
  Pod: [
    same('Name'),
    same('Ready'),
    { name: 'Status', cell: podStatus },
    { name: 'Restarts', cell: (_, cells) => cells('Restarts').split(' ')[0] ?? '' },
    same('Age'),
    same('IP', true),
    same('Node', true),
  ],
  StatefulSet: [
    same('Name'),
    { name: 'Desired', cell: field('spec', 'replicas') },
    { name: 'Current', cell: field('status', 'replicas') },
    same('Age'),
    ...CONTAINERS,
  ],
  Deployment: [
    same('Name'),
    { name: 'Desired', cell: field('spec', 'replicas') },
    { name: 'Current', cell: field('status', 'replicas') },
    { name: 'Up-To-Date', cell: field('status', 'updatedReplicas') },
    { name: 'Available', cell: field('status', 'availableReplicas') },
    same('Age'),
    ...CONTAINERS,
    same('Selector', true),
  ],
  PersistentVolumeClaim: [
    'Name',
    'Status',
    'Volume',
    'Capacity',
    'Access Modes',
    'StorageClass',
    'Age',
  ].map((name) => same(name)),
  PersistentVolume: [
    'Name',
    'Capacity',
    'Access Modes',
    'Reclaim Policy',
    'Status',
    'Claim',
    'StorageClass',
    'Reason',
    'Age',
  ].map((name) => same(name)),
  StorageClass: [same('Name'), same('Provisioner'), same('Age')],
  ServiceAccount: [
    same('Name'),
    {
      name: 'Secrets',
      cell: (object) => String((object['secrets'] as unknown[] | undefined)?.length ?? 0),
    },
    same('Age'),
  ],
  Node: [
    ...['Name', 'Status', 'Roles', 'Age', 'Version'].map((name) => same(name)),
    ...['External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'].map((name) =>
      same(name, true),
    ),
  ],
  Event: [
    same('Last Seen'),
    { name: 'First Seen', cell: (_, cells) => cells('First Seen') },
    { name: 'Count', cell: (object) => String(object['count'] ?? 1) },
    { name: 'Name', cell: (object) => nameOf(object) },
    { name: 'Kind', cell: (object) => String(at(object, 'involvedObject', 'kind') ?? '') },
    {
      name: 'Subobject',
      cell: (object) => String(at(object, 'involvedObject', 'fieldPath') ?? ''),
    },
    same('Type'),
    same('Reason'),
    { name: 'Source', cell: eventSource },
    same('Message'),
  ],
}

/** Today's table as kubectl 1.10 would have shown the same objects. */
export function asOldTable(table: Table): Table {
  const kind = String(table.rows[0]?.object?.['kind'] ?? '')
  const columns = OLD_COLUMNS[kind] ?? table.columns.map(({ name, isWide }) => same(name, isWide))
  return {
    ...table,
    columns: columns.map(({ name, isWide }) => ({ name, isWide: isWide === true })),
    rows: table.rows.map((row) => asOldRow(row, table, columns)),
  }
}

function asOldRow(row: Row, table: Table, columns: readonly OldColumn[]): Row {
  const object = row.object ?? {}
  const cells: Cells = (name) => {
    const found = table.columns.findIndex(
      (column) => column.name.toLowerCase() === name.toLowerCase(),
    )
    const text = row.cells[found] ?? ''
    return AGES.includes(name.toLowerCase()) ? shortAge(text) : text
  }
  return { ...row, cells: columns.map(({ cell }) => cell(object, cells)) }
}

const AGES = ['age', 'last seen', 'first seen']

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  y: 31_536_000,
}

/** The server's age, such as `4m28s` or `179m`, in the one unit that 1.10 showed. */
function shortAge(text: string): string {
  const parts = [...text.matchAll(/(\d+)([smhdy])/g)]
  if (parts.length === 0 || !/^(\d+[smhdy])+$/.test(text)) return text
  const seconds = parts.reduce(
    (sum, [, n, unit]) => sum + Number(n) * (UNIT_SECONDS[unit ?? ''] ?? 0),
    0,
  )
  return shortDuration(seconds * 1000)
}

// A deleted Pod is Terminating to its end, whatever its containers have come to.
function podStatus(object: Manifest, cells: Cells): string {
  if (at(object, 'metadata', 'deletionTimestamp') === undefined) return cells('Status')
  return at(object, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating'
}

function eventSource(object: Manifest): string {
  const { component = '', host = '' } = (object['source'] ?? {}) as Record<string, string>
  return host === '' ? component : `${component}, ${host}`
}
