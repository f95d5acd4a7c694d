import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import { createCluster } from '#sim/cluster/cluster.ts'
import { AuditLog } from './audit-log.ts'
import { lessonManifest } from './served-cluster.test-kit.ts'

type Entry = Readonly<Record<string, unknown>> & {
  readonly verb: string
  readonly user: { readonly username: string }
  readonly objectRef: Readonly<Record<string, string>>
  readonly responseStatus: Readonly<Record<string, unknown>>
}

const CORE = '/api/v1/namespaces/default'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'
const KEYS = [
  ...['kind', 'apiVersion', 'level', 'auditID', 'stage', 'requestURI', 'verb', 'user'],
  ...['sourceIPs', 'userAgent', 'objectRef', 'responseStatus'],
  ...['requestReceivedTimestamp', 'stageTimestamp'],
]

describe('the audit log', () => {
  let folder: string
  let entries: readonly Entry[]

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-'))
    const path = join(folder, 'audit.log')
    const log = new AuditLog(path)
    const { server, simulation } = createCluster({
      seed: 1,
      nodes: 3,
      dialect: '1.36',
      featureGates: {},
      timings: 'kind',
    })
    const call = (method: ApiRequest['method'], target: string, body?: unknown, type?: string) => {
      const [requestPath = '', query = ''] = target.split('?')
      const headers = {
        accept: 'application/json',
        'user-agent': 'kubectl/v1.36.0',
        ...(type === undefined ? {} : { 'content-type': `application/${type}` }),
      }
      server.call({
        method,
        path: requestPath,
        query: query === '' ? [] : [query.split('=') as [string, string]],
        headers,
        ...(body === undefined ? {} : { body }),
        user: 'kubernetes-admin',
      })
      simulation.run({ until: simulation.now + 60_000 })
    }
    server.onWrite(log.write)
    const [service, set] = parseAllDocuments(lessonManifest('basics/web.yaml'))
    call('POST', `${CORE}/services`, service?.toJS())
    call('POST', SETS, set?.toJS())
    call('POST', SETS, set?.toJS())
    call('GET', SETS)
    call('PATCH', `${SETS}/web/scale`, { spec: { replicas: 1 } }, 'merge-patch+json')
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web-0' } }
    call('POST', `${CORE}/pods/web-0/eviction`, eviction)
    call('PUT', `${SETS}/nope`, { metadata: { name: 'nope' } })
    call('DELETE', `${CORE}/pods/nope`)
    call('DELETE', `${CORE}/configmaps?labelSelector=a`)
    call('DELETE', `${SETS}/web?propagationPolicy=Background`)
    log.close()
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    entries = lines.map((line) => JSON.parse(line) as Entry)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function byAdmin(): Entry[] {
    return entries.filter(({ user }) => user.username === 'kubernetes-admin')
  }

  it('has one whole Event a line, and each its own id', () => {
    expect(entries.length).toBeGreaterThan(50)
    for (const entry of entries) {
      expect(Object.keys(entry)).toEqual(expect.arrayContaining(KEYS))
      expect(entry).toMatchObject({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'RequestResponse',
        stage: 'ResponseComplete',
      })
      expect(entry['stageTimestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    }
    expect(new Set(entries.map((entry) => entry['auditID'])).size).toBe(entries.length)
  })

  it('tells of writes only, also of those that were refused', () => {
    const told = byAdmin().map(({ verb, objectRef, responseStatus }) => {
      const { resource, subresource, name = '' } = objectRef
      const what = subresource === undefined ? resource : `${resource}/${subresource}`
      return `${verb} ${what} ${name} ${String(responseStatus['code'])} ${String(responseStatus['reason'] ?? '')}`.trim()
    })
    expect(told).toEqual([
      'create services nginx 201',
      'create statefulsets web 201',
      'create statefulsets web 409 AlreadyExists',
      'patch statefulsets/scale web 200',
      'create pods/eviction web-0 201',
      'update statefulsets nope 404 NotFound',
      'delete pods nope 404 NotFound',
      'deletecollection configmaps  200',
      'delete statefulsets web 200',
    ])
  })

  it('names the object whole', () => {
    const [, set, again] = byAdmin()
    expect(set?.objectRef).toEqual({
      resource: 'statefulsets',
      namespace: 'default',
      name: 'web',
      apiGroup: 'apps',
      apiVersion: 'v1',
    })
    expect(again?.responseStatus).toMatchObject({
      status: 'Failure',
      reason: 'AlreadyExists',
      message: 'statefulsets.apps "web" already exists',
      code: 409,
    })
    expect(byAdmin()[0]?.objectRef).not.toHaveProperty('apiGroup')
  })

  it('holds what was sent and what was answered', () => {
    const [, set, , scale] = byAdmin()
    expect(set).toMatchObject({
      requestObject: { kind: 'StatefulSet', spec: { replicas: 2 } },
      responseObject: { kind: 'StatefulSet', spec: { podManagementPolicy: 'OrderedReady' } },
      userAgent: 'kubectl/v1.36.0',
      requestURI: SETS,
    })
    expect(scale).toMatchObject({
      requestObject: { spec: { replicas: 1 } },
      responseObject: { kind: 'Scale', spec: { replicas: 1 } },
    })
    expect(byAdmin().at(-1)?.['requestURI']).toBe(`${SETS}/web?propagationPolicy=Background`)
  })

  it.each([
    ['statefulset-controller', 'create pods'],
    ['statefulset-controller', 'create persistentvolumeclaims'],
    ['statefulset-controller', 'update statefulsets/status'],
    ['statefulset-controller', 'create events'],
    ['generic-garbage-collector', 'delete pods'],
    ['endpointslice-controller', 'create endpointslices'],
    ['persistent-volume-binder', 'update persistentvolumes/status'],
  ])('knows %s by its service account when it does %s', (account, act) => {
    const acts = entries
      .filter(({ user }) => user.username === `system:serviceaccount:kube-system:${account}`)
      .map(({ verb, objectRef: { resource, subresource } }) =>
        subresource === undefined ? `${verb} ${resource}` : `${verb} ${resource}/${subresource}`,
      )
    expect(acts).toContain(act)
  })

  it('knows scheduler and kubelets, too', () => {
    const users = new Set(entries.map(({ user }) => user.username))
    expect(users).toContain('system:kube-scheduler')
    expect([...users].some((user) => user.startsWith('system:node:'))).toBe(true)
  })
})
