import { expect, it } from 'vitest'
import fc from 'fast-check'
import type { EndpointSlice, Service } from '#sim/apimachinery/kinds.ts'
import { Random } from '#sim/kernel/random.ts'
import type { DnsType } from '#sim/kernel/os/types.ts'
import { DnsServer } from './dns-server.ts'
import { DnsZone } from './dns-zone.ts'
import { zoneRecords } from './records.ts'
import { parseResolvConf, searchCandidates } from './resolver.ts'

function service(name: string, spec: object, namespace = 'default'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec } as never
}

type TestEndpoint = { ip: string; hostname?: string; ready?: boolean; terminating?: boolean }

function slice(of: string, endpoints: readonly TestEndpoint[], port = 80): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${of}-abcde`,
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': of },
    },
    addressType: 'IPv4',
    ports: [{ name: 'web', protocol: 'TCP', port }],
    endpoints: endpoints.map(({ ip, hostname, ready = true, terminating = false }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready, terminating },
      ...(hostname === undefined ? {} : { hostname }),
    })),
  } as never
}

const NGINX_PORTS = [{ name: 'web', port: 80, protocol: 'TCP' }]

function newServer(endpoints: readonly TestEndpoint[] = WEB) {
  const zone = new DnsZone()
  for (const name of ['default', 'kube-system', 'other']) zone.putNamespace(name)
  zone.putService(service('nginx', { clusterIP: 'None', ports: NGINX_PORTS }))
  zone.putService(service('empty', { clusterIP: '10.96.7.7', ports: NGINX_PORTS }))
  zone.putService(
    service('kubernetes', {
      clusterIP: '10.96.0.1',
      ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
    }),
  )
  zone.putService(
    service(
      'kube-dns',
      { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
      'kube-system',
    ),
  )
  zone.putService(service('away', { type: 'ExternalName', externalName: 'example.com' }))
  zone.putSlice(slice('nginx', endpoints))
  let unixMs = 1_700_000_000_000
  const server = new DnsServer({
    zone,
    random: new Random(1),
    unixMs: () => unixMs,
    domain: 'cluster.local',
    serviceIp: '10.96.0.10',
  })
  return { zone, server, pass: (ms: number) => (unixMs += ms) }
}

const WEB: readonly TestEndpoint[] = [
  { ip: '10.244.1.5', hostname: 'web-0' },
  { ip: '10.244.2.7', hostname: 'web-1' },
  { ip: '10.244.2.8', hostname: 'web-2', ready: false },
  { ip: '10.244.2.9' },
]

// The first four columns of the tables in the specification, §3 and §3.2.
it.each([
  ['nginx.default.svc.cluster.local', 'A', 'NOERROR', ['10.244.1.5', '10.244.2.7', '10.244.2.9']],
  ['web-0.nginx.default.svc.cluster.local.', 'A', 'NOERROR', ['10.244.1.5']],
  ['WEB-0.Nginx.default.svc.cluster.local', 'A', 'NOERROR', ['10.244.1.5']],
  ['10-244-2-9.nginx.default.svc.cluster.local', 'A', 'NOERROR', ['10.244.2.9']],
  [
    '_web._tcp.nginx.default.svc.cluster.local',
    'SRV',
    'NOERROR',
    [
      '0 33 80 web-0.nginx.default.svc.cluster.local.',
      '0 33 80 web-1.nginx.default.svc.cluster.local.',
      '0 33 80 10-244-2-9.nginx.default.svc.cluster.local.',
    ],
  ],
  [
    'web-0.nginx.default.svc.cluster.local',
    'SRV',
    'NOERROR',
    ['0 100 80 web-0.nginx.default.svc.cluster.local.'],
  ],
  [
    'web.tcp.nginx.default.svc.cluster.local',
    'A',
    'NOERROR',
    ['10.244.1.5', '10.244.2.7', '10.244.2.9'],
  ],
  ['5.1.244.10.in-addr.arpa', 'PTR', 'NOERROR', ['web-0.nginx.default.svc.cluster.local.']],
  ['8.2.244.10.in-addr.arpa', 'PTR', 'NXDOMAIN', []],
  ['10.0.96.10.in-addr.arpa', 'PTR', 'NOERROR', ['kube-dns.kube-system.svc.cluster.local.']],
  ['10-244-9-9.default.pod.cluster.local', 'A', 'NOERROR', ['10.244.9.9']],
  ['10-244-9-9.nowhere.pod.cluster.local', 'A', 'NXDOMAIN', []],
  ['kubernetes.default.svc.cluster.local', 'A', 'NOERROR', ['10.96.0.1']],
  [
    '_https._tcp.kubernetes.default.svc.cluster.local',
    'SRV',
    'NOERROR',
    ['0 100 443 kubernetes.default.svc.cluster.local.'],
  ],
  ['dns-version.cluster.local', 'TXT', 'NOERROR', ['"1.1.0"']],
  ['away.default.svc.cluster.local', 'A', 'NOERROR', ['example.com.']],
  ['empty.default.svc.cluster.local', 'A', 'NOERROR', ['10.96.7.7']],
  ['nginx.default.svc.cluster.local', 'AAAA', 'NOERROR', []],
  ['nginx.default.svc.cluster.local', 'MX', 'NOERROR', []],
  ['web-2.nginx.default.svc.cluster.local', 'A', 'NXDOMAIN', []],
  ['web-9.nginx.default.svc.cluster.local', 'A', 'NXDOMAIN', []],
  ['nobody.default.svc.cluster.local', 'A', 'NXDOMAIN', []],
  ['default.svc.cluster.local', 'A', 'NOERROR', []],
  ['nowhere.svc.cluster.local', 'A', 'NXDOMAIN', []],
  ['svc.cluster.local', 'A', 'NOERROR', []],
  ['cluster.local', 'A', 'NOERROR', []],
  ['a.b.c.nginx.default.svc.cluster.local', 'A', 'NXDOMAIN', []],
  ['web-0.nginx', 'A', 'NXDOMAIN', []],
] as const)('answers %s %s with %s', (name, type, code, data) => {
  const { server } = newServer()
  const answer = server.answer({ name, type: type as DnsType })
  expect(answer.code).toBe(code)
  expect([...answer.answers.map((record) => record.data)].sort()).toEqual([...data].sort())
  for (const record of answer.answers) expect(record.ttlSeconds).toBe(30)
  const isOfCluster = name.toLowerCase().includes('cluster.local')
  if (data.length === 0 && isOfCluster) {
    expect(answer.authority[0]?.data).toBe(
      'ns.dns.cluster.local. hostmaster.cluster.local. 1700000000 7200 1800 86400 30',
    )
  }
})

it('denies a headless Service that has no ready endpoint', () => {
  const { server } = newServer([{ ip: '10.244.1.5', hostname: 'web-0', ready: false }])
  expect(server.answer({ name: 'nginx.default.svc.cluster.local', type: 'A' }).code).toBe(
    'NXDOMAIN',
  )
})

it('adds the addresses of SRV targets, and repeats the case of the question', () => {
  const { server } = newServer()
  const answer = server.answer({ name: 'NGINX.default.svc.cluster.local', type: 'SRV' })
  expect(answer.answers[0]?.name).toBe('NGINX.default.svc.cluster.local.')
  expect(answer.additional.map((record) => `${record.name} ${record.data}`)).toContain(
    'web-0.nginx.default.svc.cluster.local. 10.244.1.5',
  )
})

it('remembers denials for 30 seconds where the cache is on, and not at all where it is off', () => {
  const question = { name: 'web-5.nginx.default.svc.cluster.local', type: 'A' } as const
  for (const cachesAnswers of [true, false]) {
    const { server, zone, pass } = newServer()
    server.cachesAnswers = cachesAnswers
    expect(server.answer(question).code).toBe('NXDOMAIN')
    zone.putSlice(slice('nginx', [{ ip: '10.244.1.5', hostname: 'web-5' }]))
    pass(29_000)
    expect(server.answer(question).code).toBe(cachesAnswers ? 'NXDOMAIN' : 'NOERROR')
    pass(1001)
    expect(server.answer(question).code).toBe('NOERROR')
  }
})

it('publishes exactly the ready endpoints, forwards and backwards, whatever happened before', () => {
  const endpoint = fc.record({
    ordinal: fc.integer({ min: 0, max: 4 }),
    host: fc.integer({ min: 2, max: 9 }),
    ready: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(fc.array(endpoint, { maxLength: 5 }), { maxLength: 6 }), (states) => {
      const { server, zone } = newServer([])
      for (const state of states) {
        const endpoints = new Map(
          state.map(({ ordinal, host, ready }) => [
            `10.244.1.${host}`,
            { ip: `10.244.1.${host}`, hostname: `web-${ordinal}`, ready },
          ]),
        )
        zone.putSlice(slice('nginx', [...endpoints.values()]))
        const ready = [...endpoints.values()].filter((one) => one.ready)
        const all = server.answer({ name: 'nginx.default.svc.cluster.local', type: 'A' })
        expect(new Set(all.answers.map((record) => record.data))).toEqual(
          new Set(ready.map((one) => one.ip)),
        )
        for (const { ip, hostname, ready: isReady } of endpoints.values()) {
          const name = `${ip.split('.').reverse().join('.')}.in-addr.arpa`
          const back = server.answer({ name, type: 'PTR' })
          expect(back.answers.map((record) => record.data)).toEqual(
            isReady ? [`${hostname}.nginx.default.svc.cluster.local.`] : [],
          )
        }
        const listed = zoneRecords(zone, 'cluster.local').filter((one) => one.type === 'PTR')
        expect(listed).toHaveLength(ready.length)
      }
    }),
    { numRuns: 60 },
  )
})

const POD_RESOLV_CONF =
  'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n'

it.each([
  { name: 'nginx', first: 'nginx.default.svc.cluster.local', count: 4 },
  { name: 'web-0.nginx.default', first: 'web-0.nginx.default.default.svc.cluster.local', count: 4 },
  {
    name: 'web-0.nginx.default.svc.cluster.local',
    first: 'web-0.nginx.default.svc.cluster.local',
    count: 4,
  },
  { name: 'web-0.nginx.', first: 'web-0.nginx', count: 1 },
])('tries $first first for $name', ({ name, first, count }) => {
  const candidates = searchCandidates(name, parseResolvConf(POD_RESOLV_CONF))
  expect(candidates[0]).toBe(first)
  expect(candidates).toHaveLength(count)
})
