import { deepCopy } from '#sim/apimachinery/equality.ts'
import type { Answer, Exchange } from './replay.ts'

type Value = { [key: string]: unknown }

/** The resources whose discovery entries the recordings keep. */
const RESOURCES = new Set(
  'bindings configmaps endpoints events namespaces nodes persistentvolumeclaims persistentvolumes pods secrets serviceaccounts services statefulsets controllerrevisions deployments replicasets poddisruptionbudgets storageclasses endpointslices leases'.split(
    ' ',
  ),
)
const GROUPS = new Set(
  'apps policy storage.k8s.io discovery.k8s.io events.k8s.io coordination.k8s.io autoscaling'.split(
    ' ',
  ),
)
const WORKLOADS = new Set(['StatefulSet', 'Deployment', 'ReplicaSet', 'PodDisruptionBudget'])
const DROPPED = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
  'lastTransitionTime',
  'lastProbeTime',
  'startTime',
  'storageVersionHash',
  'time',
  'lastUpdateTime',
  'lastPhaseTransitionTime',
])

/** How an answer differs from the recorded one, by the rules of `check-wire.mjs`. */
export function compareAnswer(exchange: Exchange, answer: Answer, namespace: string): string[] {
  const { request, response } = exchange
  const body = deepCopy(answer.body)
  for (const one of Array.isArray(body) ? body.map((event: Value) => event['object']) : [body])
    if (isValue(one) && one['kind'] === 'Table') hideAges(one)
  const clean = (value: unknown, isRecorded: boolean): unknown => {
    if (typeof value === 'string') return value
    const picked = isRecorded ? value : pick(value, request.only)
    const text = JSON.stringify(canonical(picked, namespace, request.keepManagedFields === true))
    return text === undefined ? undefined : (JSON.parse(maskText(text)) as unknown)
  }
  return [
    ...difference(response.code, answer.code, 'code'),
    ...difference(media(response.contentType), media(answer.contentType), 'content-type'),
    ...difference(response.warning, answer.warning, 'warning'),
    ...difference(clean(response.body, true), clean(body, false), 'body'),
  ]
}

function media(type: string | undefined): string | undefined {
  return type?.split(';')[0]
}

function maskText(text: string): string {
  return text
    .replace(/10\.96\.\d+\.\d+/g, '10.96.x.x')
    .replace(/kube-api-access-\w{5}/g, 'kube-api-access-xxxxx')
    .replace(/"nodePort":3(?!012[34])\d{4}/g, '"nodePort":0')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
    .replace(
      /(ResourceVersion in the precondition|ResourceVersion in record|resourceVersion\\*":\\*")( ?\(?)\d+/g,
      '$1$2<rv>',
    )
}

function isValue(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function canonical(value: unknown, namespace: string, keepsManaged: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, namespace, keepsManaged))
  if (typeof value === 'string') return value.split(namespace).join('default')
  if (!isValue(value)) return value
  const hidden = { ...value }
  if (WORKLOADS.has(String(value['kind'])) && value['spec']) hidden['status'] = undefined
  if (Array.isArray(value['managedFields']))
    hidden['managedFields'] = sortedManagers(value['managedFields'])
  if (Array.isArray(value['causes'])) {
    const by = (cause: Value) => `${String(cause['field'])}${String(cause['message'])}`
    hidden['causes'] = (value['causes'] as Value[]).toSorted((a, b) => by(a).localeCompare(by(b)))
  }
  const keys = Object.keys(hidden).sort()
  return Object.fromEntries(
    keys
      .filter((key) => !DROPPED.has(key) && (key !== 'managedFields' || keepsManaged))
      .map((key) => [key, canonical(hidden[key], namespace, keepsManaged)]),
  )
}

function sortedManagers(entries: Value[]): Value[] {
  const by = (entry: Value) =>
    `${String(entry['manager'])}${String(entry['operation'])}${String(entry['subresource'])}`
  return entries
    .filter(({ manager }) => manager !== 'kube-controller-manager')
    .sort((a, b) => by(a).localeCompare(by(b)))
}

type Row = { cells: unknown[] }

function hideAges(table: Value): void {
  const columns = (table['columnDefinitions'] ?? []) as { name: string }[]
  for (const [index, { name }] of columns.entries()) {
    if (!['Age', 'Last Seen', 'First Seen'].includes(name)) continue
    for (const row of (table['rows'] ?? []) as Row[]) {
      const cell = row.cells[index]
      if (typeof cell === 'string' && /^\d+[smhdy]/.test(cell)) row.cells[index] = '<age>'
    }
  }
}

type Listed = { metadata: { name: string } }

function pick(body: unknown, only: string | undefined): unknown {
  if (only === undefined || (isValue(body) && body['kind'] === 'Status')) return body
  if (only === 'types') {
    return (body as { type: string; object: Value & { metadata?: Value } }[]).map((event) => ({
      type: event.type,
      kind: event.object['kind'],
      annotations: event.object.metadata?.['annotations'],
    }))
  }
  const value = body as Value & { metadata: Value; items: Listed[] }
  switch (only) {
    case 'keys':
      return Object.keys(value).sort()
    case 'groups':
      return (value['groups'] as { name: string; preferredVersion: unknown }[])
        .filter(({ name }) => GROUPS.has(name))
        .map(({ name, preferredVersion }) => ({ name, preferredVersion }))
    case 'resources': {
      const resources = value['resources'] as { name: string }[]
      return {
        ...value,
        resources: resources.filter(({ name }) => RESOURCES.has(name.split('/')[0] ?? '')),
      }
    }
    case 'names': {
      const names = value.items.map((item) => item.metadata.name)
      const { kind, apiVersion } = value
      return { kind, apiVersion, names: names.filter((name) => name !== 'kube-root-ca.crt') }
    }
    case 'page':
      return {
        names: value.items.map((item) => item.metadata.name),
        remaining: value.metadata['remainingItemCount'],
        more: Boolean(value.metadata['continue']),
      }
    case 'generated': {
      const prefix = String(value.metadata['generateName'])
      const rest = String(value.metadata['name']).slice(prefix.length)
      const alphabet = /^[bcdfghjklmnpqrstvwxz2456789]+$/.test(rest)
      return { prefix, suffixLength: rest.length, alphabet }
    }
    case 'columns':
      return { columnDefinitions: value['columnDefinitions'] }
    case 'rowobject':
      return {
        rows: (value['rows'] as { object: Value }[]).map(({ object }) => ({
          kind: object['kind'],
          apiVersion: object['apiVersion'],
          hasSpec: Boolean(object['spec']),
        })),
      }
    default:
      throw new Error(`unknown part of an answer: ${only}`)
  }
}

function difference(want: unknown, got: unknown, path: string): string[] {
  if (JSON.stringify(want) === JSON.stringify(got)) return []
  const areBoth =
    typeof want === 'object' && typeof got === 'object' && want !== null && got !== null
  if (areBoth && Array.isArray(want) === Array.isArray(got)) {
    const [left, right] = [want as Value, got as Value]
    const keys = new Set([...Object.keys(left), ...Object.keys(right)])
    return [...keys].flatMap((key) => difference(left[key], right[key], `${path}/${key}`))
  }
  return [`${path}: recorded ${shown(want)}, got ${shown(got)}`]
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 400)
}
