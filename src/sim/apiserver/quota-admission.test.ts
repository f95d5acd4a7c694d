import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { addQuantities, compareQuantities } from '#sim/apimachinery/quantity.ts'
import { TestServer } from './test-server.ts'

type List = Record<string, string>
type Quota = KubeObject & { readonly status: { readonly hard: List; readonly used: List } }

const BASE = '/api/v1/namespaces/default'

/** A namespace with one quota that the controller has counted already. */
function withQuota(hard: List, spec: object = {}, used: List = {}): TestServer {
  const test = new TestServer()
  const zeros = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
  const quota = test.send('POST', `${BASE}/resourcequotas`, {
    metadata: { name: 'q' },
    spec: { hard, ...spec },
  })
  const status = { hard, used: { ...zeros, ...used } }
  test.send('PUT', `${BASE}/resourcequotas/q/status`, { ...quota, status })
  return test
}

function used(test: TestServer): List {
  return test.send<Quota>('GET', `${BASE}/resourcequotas/q`).status.used
}

function pod(name: string, resources: object = {}, more: object = {}): object {
  return {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i', resources }], ...more },
  }
}

function claim(name: string, storage: string, storageClassName: string): object {
  const resources = { requests: { storage } }
  return {
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources, storageClassName },
  }
}

describe('admission by quotas', () => {
  it('refuses what goes beyond, in the words of the real server', () => {
    const test = withQuota({ pods: '1', 'requests.cpu': '1' })
    const resources = { requests: { cpu: '600m' } }
    expect(test.reply('POST', `${BASE}/pods`, pod('a', resources)).code).toBe(201)
    expect(used(test)).toEqual({ pods: '1', 'requests.cpu': '600m' })
    expect(test.send('POST', `${BASE}/pods`, pod('b', resources))).toMatchObject({
      kind: 'Status',
      reason: 'Forbidden',
      code: 403,
      details: { name: 'b', kind: 'pods' },
      message:
        'pods "b" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1',
    })
    expect(used(test)).toEqual({ pods: '1', 'requests.cpu': '600m' })
  })

  it('asks every container to speak of what is counted', () => {
    const test = withQuota({ 'limits.memory': '1Gi', cpu: '1' })
    const spec = {
      containers: [
        { name: 'c', image: 'i' },
        { name: 'd', image: 'i', resources: { limits: { memory: '1Mi' } } },
      ],
      initContainers: [{ name: 'b', image: 'i' }],
    }
    expect(test.send('POST', `${BASE}/pods`, { metadata: { name: 'a' }, spec })).toMatchObject({
      message:
        'pods "a" is forbidden: failed quota: q: must specify cpu for: b,c,d; limits.memory for: b,c',
    })
  })

  it('refuses while nobody has counted what is used', () => {
    const test = new TestServer()
    const hard = { services: '3', 'services.nodeports': '1' }
    const quota = test.send('POST', `${BASE}/resourcequotas`, {
      metadata: { name: 'q' },
      spec: { hard },
    })
    const service = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }
    // What a quota's status does not limit yet is not limited.
    expect(test.reply('POST', `${BASE}/services`, service).code).toBe(201)
    test.send('PUT', `${BASE}/resourcequotas/q/status`, {
      ...quota,
      metadata: { name: 'q' },
      status: { hard, used: { services: '1' } },
    })
    expect(
      test.send('POST', `${BASE}/services`, { ...service, metadata: { name: 't' } }),
    ).toMatchObject({
      message:
        'services "t" is forbidden: status unknown for quota: q, resources: services,services.nodeports',
    })
  })

  it.each([
    ['a kind by its count', { 'count/configmaps': '1' }, 'configmaps', { metadata: { name: 'm' } }],
    [
      'a kind that has a name of its own',
      { configmaps: '1' },
      'configmaps',
      { metadata: { name: 'm' } },
    ],
    [
      'claims by class',
      { 'fast.storageclass.storage.k8s.io/requests.storage': '5Gi' },
      'persistentvolumeclaims',
      claim('m', '3Gi', 'fast'),
    ],
    [
      'node ports',
      { 'services.nodeports': '2' },
      'services',
      {
        metadata: { name: 'm' },
        spec: {
          type: 'NodePort',
          ports: [
            { port: 1, name: 'a' },
            { port: 2, name: 'b' },
          ],
        },
      },
    ],
  ])('counts %s', (_what, hard: List, plural, object) => {
    const test = withQuota(hard)
    expect(test.reply('POST', `${BASE}/${plural}`, object).code).toBe(201)
    const other = { ...object, metadata: { name: 'n' } }
    expect(test.send('POST', `${BASE}/${plural}`, other)).toMatchObject({
      code: 403,
      message: expect.stringMatching(/is forbidden: exceeded quota: q, requested: /) as unknown,
    })
  })

  it('charges an update with what it adds, and gives nothing back', () => {
    const test = withQuota({ 'services.nodeports': '1' })
    const ports = [{ port: 1, name: 'a' }]
    const service = { metadata: { name: 's' }, spec: { ports } }
    test.send('POST', `${BASE}/services`, service)
    const change = (spec: object) =>
      test.reply(
        'PATCH',
        `${BASE}/services/s`,
        { spec },
        {
          'content-type': 'application/merge-patch+json',
        },
      ).code
    expect(change({ type: 'NodePort' })).toBe(200)
    expect(used(test)).toEqual({ 'services.nodeports': '1' })
    expect(change({ ports: [...ports, { port: 2, name: 'b' }] })).toBe(403)
    expect(change({ type: 'ClusterIP', ports: [{ ...ports[0], nodePort: null }] })).toBe(200)
    expect(used(test)).toEqual({ 'services.nodeports': '1' })
  })

  it('leaves alone what a dry run would use', () => {
    const test = withQuota({ pods: '1' })
    expect(test.reply('POST', `${BASE}/pods?dryRun=All`, pod('a')).code).toBe(201)
    expect(used(test)).toEqual({ pods: '0' })
    test.send('POST', `${BASE}/pods`, pod('a'))
    expect(test.reply('POST', `${BASE}/pods?dryRun=All`, pod('b')).code).toBe(403)
  })

  it('writes the usage as the server itself, before the object', () => {
    const test = withQuota({ pods: '3' })
    const writes: string[] = []
    test.server.onWrite(({ user, verb, objectRef }) => {
      writes.push(`${user} ${verb} ${objectRef.resource}/${objectRef.subresource ?? ''}`)
    })
    test.send('POST', `${BASE}/pods`, pod('a'))
    expect(writes).toEqual(['system:apiserver update resourcequotas/status', 'tester create pods/'])
  })

  it('leaves the object to whoever asked for it', () => {
    const test = withQuota({ pods: '3' })
    const changes: string[] = []
    test.server.onChange(({ user, type, resource }) => changes.push(`${user} ${type} ${resource}`))
    test.send('POST', `${BASE}/pods`, pod('a'))
    expect(changes).toEqual(['system:apiserver MODIFIED resourcequotas', 'tester ADDED pods'])
  })

  it('writes no usage that stays as it was', () => {
    const test = withQuota({ 'requests.example.com/gpu': '3' })
    const writes: string[] = []
    test.server.onWrite(({ objectRef }) => writes.push(objectRef.resource))
    test.send('POST', `${BASE}/pods`, pod('a'))
    expect(writes).toEqual(['pods'])
  })

  it.each([
    ['BestEffort', {}, {}, 403],
    ['BestEffort', { requests: { cpu: '1m' } }, {}, 201],
    ['NotBestEffort', {}, {}, 201],
    ['Terminating', {}, { activeDeadlineSeconds: 5 }, 403],
    ['Terminating', {}, {}, 201],
    ['NotTerminating', {}, {}, 403],
    ['PriorityClass', {}, {}, 201],
  ])('counts under the scope %s: %j %j answers %i', (scope, resources, more, code) => {
    const test = withQuota({ pods: '0' }, { scopes: [scope] })
    expect(test.reply('POST', `${BASE}/pods`, pod('a', resources, more)).code).toBe(code)
  })

  it('counts classes of priority by selector', () => {
    const scopeSelector = {
      matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
    }
    const test = withQuota({ pods: '0' }, { scopeSelector })
    test.send('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
      metadata: { name: 'high' },
      value: 10,
    })
    expect(test.reply('POST', `${BASE}/pods`, pod('a')).code).toBe(201)
    expect(
      test.reply('POST', `${BASE}/pods`, pod('b', {}, { priorityClassName: 'high' })).code,
    ).toBe(403)
  })

  it('never lets the sum of what was admitted pass the limit', () => {
    const millis = fc.integer({ min: 1, max: 900 })
    fc.assert(
      fc.property(fc.array(millis, { maxLength: 12 }), (amounts) => {
        const test = withQuota({ 'requests.cpu': '2' })
        let sum = '0'
        for (const [index, amount] of amounts.entries()) {
          const cpu = `${amount}m`
          const fits = compareQuantities(addQuantities(sum, cpu), '2') <= 0
          const { code } = test.reply(
            'POST',
            `${BASE}/pods`,
            pod(`p${index}`, { requests: { cpu } }),
          )
          expect(code).toBe(fits ? 201 : 403)
          if (fits) sum = addQuantities(sum, cpu)
          expect(compareQuantities(used(test)['requests.cpu'] ?? '', sum)).toBe(0)
        }
      }),
      { numRuns: 25 },
    )
  })
})

describe('limit ranges', () => {
  function withLimits(...limits: object[]): TestServer {
    const test = new TestServer()
    const reply = test.reply('POST', `${BASE}/limitranges`, {
      metadata: { name: 'l' },
      spec: { limits },
    })
    expect(reply.code).toBe(201)
    return test
  }

  it('fill in what a container does not say, and note it', () => {
    const test = withLimits({
      type: 'Container',
      default: { cpu: '500m', memory: '256Mi' },
      defaultRequest: { cpu: '250m' },
    })
    const made = test.send('POST', `${BASE}/pods`, {
      metadata: { name: 'a' },
      spec: {
        initContainers: [{ name: 'i', image: 'i' }],
        containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1' } } }],
      },
    })
    expect(made).toMatchObject({
      metadata: {
        annotations: {
          'kubernetes.io/limit-ranger':
            'LimitRanger plugin set: memory request for container c; memory limit for container c; cpu, memory request for init container i; cpu, memory limit for init container i',
        },
      },
      spec: {
        containers: [
          {
            resources: {
              limits: { cpu: '1', memory: '256Mi' },
              requests: { cpu: '1', memory: '256Mi' },
            },
          },
        ],
        initContainers: [{ resources: { requests: { cpu: '250m', memory: '256Mi' } } }],
      },
      status: { qosClass: 'Burstable' },
    })
  })

  it.each([
    [
      'max',
      { max: { cpu: '800m' } },
      { limits: { cpu: '1500m' } },
      'maximum cpu usage per Container is 800m, but limit is 1500m',
    ],
    [
      'min',
      { min: { memory: '1Gi' } },
      { requests: { memory: '1Mi' }, limits: { memory: '2Gi' } },
      'minimum memory usage per Container is 1Gi, but request is 1Mi',
    ],
    [
      'ratio',
      { maxLimitRequestRatio: { cpu: '2' } },
      { requests: { cpu: '1' }, limits: { cpu: '3' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
    ],
    [
      'no request',
      { maxLimitRequestRatio: { cpu: '2' } },
      {},
      'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
    ],
    [
      'two faults',
      { min: { cpu: '2', memory: '2Gi' }, default: { cpu: '3', memory: '3Gi' } },
      { requests: { cpu: '1', memory: '1Gi' } },
      '[minimum cpu usage per Container is 2, but request is 1, minimum memory usage per Container is 2Gi, but request is 1Gi]',
    ],
  ])('refuse Pods by container: %s', (_name, limit, resources, why) => {
    const test = withLimits({ type: 'Container', ...limit })
    expect(test.send('POST', `${BASE}/pods`, pod('a', resources))).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: `pods "a" is forbidden: ${why}`,
    })
  })

  it('refuse Pods by what they are as a whole', () => {
    const test = withLimits({ type: 'Pod', max: { cpu: '1' } })
    expect(test.send('POST', `${BASE}/pods`, pod('a'))).toMatchObject({
      message: 'pods "a" is forbidden: maximum cpu usage per Pod is 1.  No limit is specified',
    })
    const container = (name: string) => ({
      name,
      image: 'i',
      resources: { limits: { cpu: '600m' } },
    })
    const spec = { containers: [container('c'), container('d')] }
    expect(test.send('POST', `${BASE}/pods`, { metadata: { name: 'b' }, spec })).toMatchObject({
      message: 'pods "b" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m',
    })
  })

  it('refuse claims that are too large or too small', () => {
    const test = withLimits({
      type: 'PersistentVolumeClaim',
      min: { storage: '1Gi' },
      max: { storage: '2Gi' },
    })
    const path = `${BASE}/persistentvolumeclaims`
    expect(test.reply('POST', path, claim('a', '2Gi', '')).code).toBe(201)
    expect(test.send('POST', path, claim('b', '5Gi', ''))).toMatchObject({
      message:
        'persistentvolumeclaims "b" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 5Gi',
    })
    expect(test.send('POST', path, claim('c', '1Mi', ''))).toMatchObject({
      message:
        'persistentvolumeclaims "c" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi',
    })
  })

  it.each([
    [
      { type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } },
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      { type: 'Pod', default: { cpu: '2' } },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { type: 'PersistentVolumeClaim' },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { type: 'Disk' },
      'spec.limits[0].type: Invalid value: "Disk": must be a standard limit type or fully qualified',
    ],
  ])('are refused where they leave no room: %j', (limit, why) => {
    const test = new TestServer()
    const body = { metadata: { name: 'l' }, spec: { limits: [limit] } }
    const { message } = test.send<{ message: string } & KubeObject>(
      'POST',
      `${BASE}/limitranges`,
      body,
    )
    expect(message).toContain(why)
  })
})
