import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Draft, TableColumn } from '../resource.ts'
import { resourceDefinitions } from './registry.ts'

const NOW = Date.parse('2026-01-01T01:00:00Z')
const CREATED = '2026-01-01T00:00:00Z'

function definitionOf(plural: string, group = '') {
  const found = resourceDefinitions.find((one) => one.plural === plural && one.group === group)
  if (found === undefined) throw new Error(`no ${plural} in group ${group}`)
  return found
}

/** The cells by the names of their columns. */
function cells(plural: string, group: string, members: Draft): Record<string, unknown> {
  const definition = definitionOf(plural, group)
  const metadata = { name: 'x', creationTimestamp: CREATED, ...members.metadata }
  const object = { ...members, metadata } as unknown as KubeObject
  const row = definition.row(object, NOW)
  expect(row).toHaveLength(definition.columns.length)
  return Object.fromEntries(definition.columns.map(({ name }, index) => [name, row[index]]))
}

type RecordedTable = {
  readonly request: { readonly path: string }
  readonly response: { readonly body?: { readonly columnDefinitions?: readonly TableColumn[] } }
}

function recordedColumns() {
  const found = new Map<string, readonly TableColumn[]>()
  for (const file of ['tables-pods', 'tables-others', 'defaults-others']) {
    const url = new URL(`../../../../tools/recordings/wire/${file}.json`, import.meta.url)
    const { exchanges } = JSON.parse(readFileSync(url, 'utf8')) as { exchanges: RecordedTable[] }
    for (const { request, response } of exchanges) {
      const columns = response.body?.columnDefinitions
      if (columns === undefined) continue
      const [, api, group = '', version, ...rest] = request.path.split('/')
      const path = api === 'api' ? [version, ...rest] : rest
      const plural = path[0] === 'namespaces' && path.length > 2 ? path[2] : path[0]
      found.set(`${plural}.${api === 'api' ? '' : group}`, columns)
    }
  }
  return [...found]
}

describe('columns', () => {
  it.each(recordedColumns())('of %s are the recorded ones', (name, recorded) => {
    const dot = name.indexOf('.')
    const definition = definitionOf(name.slice(0, dot), name.slice(dot + 1))
    expect(definition.columns).toEqual(recorded)
  })

  it('fill every row of every kind, even of an object that has nothing', () => {
    for (const { plural, group } of resourceDefinitions) cells(plural, group, {})
  })
})

describe('a Pod', () => {
  const running = { running: { startedAt: CREATED } }
  const status = (pod: Draft) => cells('pods', '', pod)
  const spec = { containers: [{ name: 'a' }, { name: 'b' }] }

  it('is Terminating while it goes, and Unknown when its node is lost', () => {
    const metadata = { deletionTimestamp: CREATED }
    expect(status({ metadata, status: { phase: 'Running' } })['Status']).toBe('Terminating')
    expect(status({ metadata, status: { phase: 'Failed' } })['Status']).toBe('Failed')
    expect(status({ metadata, status: { phase: 'Running', reason: 'NodeLost' } })['Status']).toBe(
      'Unknown',
    )
  })

  it('is SchedulingGated while gates keep it', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }]
    expect(status({ status: { phase: 'Pending', conditions } })['Status']).toBe('SchedulingGated')
  })

  it('counts sidecars among the ready, and their restarts once the others run', () => {
    const row = status({
      spec: {
        ...spec,
        initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }],
      },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: 'True' },
          { type: 'Initialized', status: 'True' },
        ],
        initContainerStatuses: [
          { name: 'i', restartCount: 7, state: { terminated: { exitCode: 0 } } },
          { name: 's', restartCount: 1, ready: true, started: true, state: running },
        ],
        containerStatuses: [
          {
            name: 'a',
            ready: true,
            restartCount: 2,
            state: running,
            lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } },
          },
          {
            name: 'b',
            ready: false,
            restartCount: 0,
            state: { terminated: { reason: 'Completed' } },
          },
        ],
      },
    })
    expect(row).toMatchObject({ Ready: '2/3', Status: 'Running', Restarts: '3 (5m ago)' })
  })

  it('shows the reason of the first container that has one', () => {
    const containerStatuses = [
      { name: 'a', state: { waiting: { reason: 'ErrImagePull' } } },
      { name: 'b', state: { terminated: { exitCode: 1, reason: 'Error' } } },
    ]
    expect(status({ spec, status: { phase: 'Pending', containerStatuses } })['Status']).toBe(
      'ErrImagePull',
    )
  })
})

const conditions = [{ type: 'Ready', status: 'Unknown' }]
const addresses = [{ type: 'InternalIP', address: '10.0.0.1' }]
const claimSpec = { volumeName: 'v', storageClassName: 'fast', volumeMode: 'Block' }
const claimStatus = { phase: 'Bound', accessModes: ['ReadOnlyMany', 'ReadWriteOnce'] }

it.each<[string, string, Draft, Record<string, unknown>]>([
  [
    'nodes',
    '',
    {
      metadata: {
        labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
      },
      spec: { unschedulable: true },
      status: {
        conditions,
        addresses,
        nodeInfo: { kernelVersion: '6.1', architecture: 'amd64', kubeletVersion: 'v1.36.2' },
      },
    },
    {
      Status: 'NotReady,SchedulingDisabled',
      Roles: 'edge,worker',
      Age: '60m',
      Version: 'v1.36.2',
      'Internal-IP': '10.0.0.1',
      'External-IP': '<none>',
      'OS-Image': '<unknown>',
      'Kernel-Version': '6.1 (amd64)',
    },
  ],
  ['nodes', '', {}, { Status: 'Unknown', Roles: '<none>' }],
  [
    'endpoints',
    '',
    {
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
          ports: [{ port: 80 }, { port: 81 }],
        },
      ],
    },
    { Endpoints: '10.0.0.1:80,[fd00::1]:80,10.0.0.1:81 + 1 more...' },
  ],
  ['endpoints', '', { subsets: [{ notReadyAddresses: [{ ip: '10.0.0.1' }] }] }, { Endpoints: '' }],
  ['endpoints', '', {}, { Endpoints: '<none>' }],
  [
    'endpointslices',
    'discovery.k8s.io',
    {
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'x' }, {}],
      endpoints: [{ addresses: ['10.0.0.1', '10.0.0.2'], conditions: { ready: false } }],
    },
    { AddressType: 'IPv4', Ports: '80,x,*', Endpoints: '10.0.0.1,10.0.0.2' },
  ],
  [
    'services',
    '',
    {
      spec: {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.9'],
        externalIPs: ['1.2.3.4'],
        ports: [{ port: 80, nodePort: 30_000, protocol: 'TCP' }],
      },
      status: { loadBalancer: { ingress: [{ hostname: 'b' }, { ip: 'a' }] } },
    },
    {
      'Cluster-IP': '10.96.0.9',
      'External-IP': 'a,b,1.2.3.4',
      'Port(s)': '80:30000/TCP',
      Selector: '<none>',
    },
  ],
  ['services', '', { spec: { type: 'LoadBalancer' } }, { 'External-IP': '<pending>' }],
  [
    'services',
    '',
    { spec: { type: 'ExternalName', externalName: 'example.com' } },
    { 'Cluster-IP': '<none>', 'External-IP': 'example.com', 'Port(s)': '<none>' },
  ],
  [
    'persistentvolumeclaims',
    '',
    { spec: claimSpec, status: { ...claimStatus, capacity: { storage: '2Gi' } } },
    {
      Status: 'Bound',
      Volume: 'v',
      Capacity: '2Gi',
      'Access Modes': 'RWO,ROX',
      StorageClass: 'fast',
      VolumeAttributesClass: '<unset>',
      VolumeMode: 'Block',
    },
  ],
  [
    'persistentvolumeclaims',
    '',
    { metadata: { deletionTimestamp: CREATED }, status: claimStatus },
    { Status: 'Terminating', Capacity: '', 'Access Modes': '', VolumeMode: '<unset>' },
  ],
  [
    'persistentvolumes',
    '',
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOncePod'],
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { namespace: 'default', name: 'c' },
      },
      status: { phase: 'Bound' },
    },
    { Capacity: '1Gi', 'Access Modes': 'RWOP', Claim: 'default/c', StorageClass: '', Reason: '' },
  ],
  [
    'storageclasses',
    'storage.k8s.io',
    {
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'p',
      allowVolumeExpansion: true,
    },
    { Name: 'x (default)', ReclaimPolicy: 'Delete', AllowVolumeExpansion: true },
  ],
  [
    'events',
    '',
    {
      involvedObject: { kind: 'Pod', name: 'web-0', fieldPath: 'spec.containers{nginx}' },
      message: ' Pulled \n',
      type: 'Normal',
      reason: 'Pulled',
      firstTimestamp: '2026-01-01T00:59:00Z',
      lastTimestamp: '2026-01-01T00:59:30Z',
      count: 3,
      source: { component: 'kubelet', host: 'node-a' },
    },
    {
      'Last Seen': '30s',
      Object: 'pod/web-0',
      Subobject: 'spec.containers{nginx}',
      Source: 'kubelet, node-a',
      Message: 'Pulled',
      'First Seen': '60s',
      Count: 3,
      Name: 'x',
    },
  ],
  [
    'events',
    '',
    {
      involvedObject: { kind: 'Node' },
      eventTime: '2026-01-01T00:58:00.000000Z',
      series: { count: 5, lastObservedTime: '2026-01-01T00:59:50.000000Z' },
      reportingComponent: 'scheduler',
    },
    { 'Last Seen': '10s', 'First Seen': '2m', Object: 'node', Source: 'scheduler', Count: 5 },
  ],
  [
    'poddisruptionbudgets',
    'policy',
    { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } },
    { 'Min Available': '50%', 'Max Unavailable': 'N/A', 'Allowed Disruptions': 1 },
  ],
  [
    'deployments',
    'apps',
    {
      spec: {
        replicas: 3,
        selector: {
          matchLabels: { b: '1' },
          matchExpressions: [
            { key: 'a', operator: 'In', values: ['y', 'x'] },
            { key: 'c', operator: 'DoesNotExist' },
          ],
        },
      },
      status: { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 },
    },
    { Ready: '2/3', 'Up-to-date': 1, Available: 2, Selector: 'a in (x,y),b=1,!c' },
  ],
  ['controllerrevisions', 'apps', { revision: 4 }, { Controller: '<none>', Revision: 4 }],
  ['leases', 'coordination.k8s.io', { spec: { holderIdentity: 'n' } }, { Holder: 'n' }],
])('a row of %s (%s) %#', (plural, group, object, expected) => {
  expect(cells(plural, group, object)).toMatchObject(expected)
})
