import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { ApiRequest } from '#sim/apimachinery/request.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import { TestServer } from './test-server.ts'

const POD = {
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
}
const PODS = '/api/v1/namespaces/default/pods'

function newPod(test: TestServer): KubeObject {
  return test.send('POST', PODS, POD)
}

function bind(test: TestServer): void {
  test.send('POST', `${PODS}/p/binding`, {
    metadata: { name: 'p' },
    target: { kind: 'Node', name: 'n' },
  })
}

describe('malformed requests', () => {
  const segment = fc.constantFrom(
    'api',
    'apis',
    'v1',
    'apps',
    'namespaces',
    'default',
    'pods',
    'statefulsets',
    'configmaps',
    'watch',
    'status',
    'scale',
    'p',
    '%',
    '..',
    '',
    'binding',
    'eviction',
    'finalize',
    'log',
    'exec',
  )
  const parameter = fc.tuple(
    fc.constantFrom(
      'watch',
      'limit',
      'continue',
      'resourceVersion',
      'resourceVersionMatch',
      'labelSelector',
      'fieldSelector',
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
      'sendInitialEvents',
      'gracePeriodSeconds',
      'propagationPolicy',
      'includeObject',
      'timeoutSeconds',
    ),
    fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('true', '0', '-1', '1', 'All', 'x=y')),
  )
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        kind: fc.jsonValue(),
        apiVersion: fc.jsonValue(),
        metadata: fc.jsonValue(),
        spec: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        metadata: fc.record(
          { name: fc.constantFrom('p', 'q'), labels: fc.jsonValue() },
          { requiredKeys: ['name'] },
        ),
        spec: fc.jsonValue(),
        data: fc.jsonValue(),
      },
      { requiredKeys: ['metadata'] },
    ),
  )
  const body = fc.oneof(
    fc.constant(undefined),
    value,
    value.map((json) => encodeUtf8(JSON.stringify(json))),
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.of(0x6b, 0x38, 0x73, 0, ...bytes)),
  )
  const request = fc.record({
    method: fc.constantFrom<ApiRequest['method']>('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'),
    path: fc.oneof(
      fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`),
      fc.constantFrom(
        PODS,
        `${PODS}/p`,
        `${PODS}/p/status`,
        '/apis/apps/v1/namespaces/default/statefulsets/p/scale',
      ),
    ),
    query: fc.array(parameter, { maxLength: 3 }),
    contentType: fc.constantFrom(
      undefined,
      'application/json',
      'application/yaml',
      'application/vnd.kubernetes.protobuf',
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
      'text/plain',
    ),
    accept: fc.constantFrom(
      undefined,
      'application/json',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/xml',
      ';;,=',
      'application/yaml',
    ),
    body,
  })

  it('are answered with a Status, or like any other', () => {
    const test = new TestServer()
    newPod(test)
    fc.assert(
      fc.property(request, ({ contentType, accept, ...rest }) => {
        const reply = test.server.call({
          ...rest,
          headers: {
            ...(contentType === undefined ? {} : { 'content-type': contentType }),
            ...(accept === undefined ? {} : { accept }),
          },
          user: 'tester',
        })
        expect(test.simulation.failure).toBeUndefined()
        if (reply.code < 400 || reply.type === 'text') return
        const status = (reply as { body: Status }).body
        expect(status).toMatchObject({ kind: 'Status', status: 'Failure', code: reply.code })
        expect(status.reason ?? 'none', JSON.stringify(status)).not.toBe('InternalError')
      }),
      { numRuns: 3000 },
    )
  })
})

describe('deletion of a Pod', () => {
  it('is marked with its grace period, and done by a second request', () => {
    const test = new TestServer()
    newPod(test)
    bind(test)
    const { events } = test.watch(`${PODS}?watch=true&resourceVersion=${test.server.revision}`)
    const marked = test.send('DELETE', `${PODS}/p`)
    expect(marked.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 })
    test.send('DELETE', `${PODS}/p`, {
      gracePeriodSeconds: 0,
      preconditions: { uid: marked.metadata.uid },
    })
    test.settle()
    expect(
      events.map(({ type, object }) => [type, object.metadata.deletionGracePeriodSeconds]),
    ).toEqual([
      ['MODIFIED', 30],
      ['MODIFIED', 0],
      ['DELETED', 0],
    ])
  })

  it('is immediate where no node runs it', () => {
    const test = new TestServer()
    newPod(test)
    test.send('DELETE', `${PODS}/p`)
    expect(test.reply('GET', `${PODS}/p`).code).toBe(404)
  })

  it('waits for finalizers', () => {
    const test = new TestServer()
    test.send('POST', PODS, { ...POD, metadata: { name: 'p', finalizers: ['example.com/x'] } })
    test.send('DELETE', `${PODS}/p`)
    expect(test.reply('GET', `${PODS}/p`).code).toBe(200)
    const patch = { metadata: { finalizers: null } }
    test.send('PATCH', `${PODS}/p`, patch, { 'content-type': 'application/merge-patch+json' })
    expect(test.reply('GET', `${PODS}/p`).code).toBe(404)
  })
})

describe('writes', () => {
  it('share with the version before what they did not change', () => {
    const test = new TestServer()
    const before = newPod(test) as KubeObject & { spec: object }
    const patch = { metadata: { labels: { a: 'b' } } }
    const headers = { 'content-type': 'application/merge-patch+json' }
    const after = test.send<typeof before>('PATCH', `${PODS}/p`, patch, headers)
    expect(after).not.toBe(before)
    expect(after.spec).toBe(before.spec)
    expect(Object.isFrozen(after.spec)).toBe(true)
  })

  it('are told to the audit, refused ones too', () => {
    const test = new TestServer()
    const told: string[] = []
    test.server.onWrite(({ verb, objectRef, code, reason }) =>
      told.push(
        [verb, objectRef.resource, objectRef.name, objectRef.subresource, code, reason].join(' '),
      ),
    )
    newPod(test)
    newPod(test)
    bind(test)
    test.send('DELETE', `${PODS}/absent`)
    expect(told).toEqual([
      'create pods p  201 ',
      'create pods p  409 AlreadyExists',
      'create pods p binding 201 ',
      'delete pods absent  404 NotFound',
    ])
  })

  it('of an object that was made anew meanwhile fail for its uid, whatever the version', () => {
    const test = new TestServer()
    const first = newPod(test)
    test.send('DELETE', `${PODS}/p`, { gracePeriodSeconds: 0 })
    const second = newPod(test)
    const { code, message } = test.send<Status>('PUT', `${PODS}/p`, first)
    expect(code).toBe(409)
    expect(message).toBe(
      `Operation cannot be fulfilled on pods "p": StorageError: invalid object, Code: 4, Key: /registry/pods/default/p, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${first.metadata.uid}, UID in object meta: ${second.metadata.uid}`,
    )
  })

  it('of a dry run leave no trace', () => {
    const test = new TestServer()
    const revision = test.server.revision
    const object = test.send('POST', `${PODS}?dryRun=All`, POD)
    expect(object.metadata.uid).not.toBe('')
    expect(object.metadata.resourceVersion).toBeUndefined()
    expect(test.server.revision).toBe(revision)
    expect(test.reply('GET', `${PODS}/p`).code).toBe(404)
  })

  it('read protobuf as they read JSON', () => {
    const test = new TestServer()
    const field = (number: number, bytes: number[]) => [(number << 3) | 2, bytes.length, ...bytes]
    const text = (value: string) => [...encodeUtf8(value)]
    const entry = [...field(1, text('k')), ...field(2, text('v'))]
    const object = [...field(1, field(1, text('pb'))), ...field(2, entry)]
    const typeMeta = [...field(1, text('v1')), ...field(2, text('ConfigMap'))]
    const body = Uint8Array.of(0x6b, 0x38, 0x73, 0, ...field(1, typeMeta), ...field(2, object))
    const created = test.send('POST', '/api/v1/namespaces/default/configmaps', body, {
      'content-type': 'application/vnd.kubernetes.protobuf',
    })
    expect(created).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'pb' }, data: { k: 'v' } })
  })
})

describe('owners that are named twice', () => {
  const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }
  const rest =
    'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u'

  it.each([
    ['POST', '', `.metadata.ownerReferences contains duplicate entries; ${rest}`],
    [
      'PATCH',
      '/a',
      `.metadata.ownerReferences contains duplicate entries after mutating admission happens; ${rest}`,
    ],
  ] as const)('count once in a %s, with a warning', (method, name, warning) => {
    const test = new TestServer()
    const path = '/api/v1/namespaces/default/configmaps'
    if (method === 'PATCH') test.send('POST', path, { metadata: { name: 'a' } })
    const body = { metadata: { name: 'a', ownerReferences: [owner, owner] } }
    const type = { 'content-type': 'application/merge-patch+json' }
    const reply = test.reply(method, `${path}${name}`, body, method === 'PATCH' ? type : {})
    expect(reply).toMatchObject({
      headers: { warning: `299 - "${warning}"` },
      body: { metadata: { ownerReferences: [owner] } },
    })
  })
})

describe('addresses that no Service can have', () => {
  it.each([
    ['', 'the provided network does not match the current range'],
    [
      '?dryRun=All',
      'the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    ],
  ])('are refused%s', (query, why) => {
    const body = { metadata: { name: 's' }, spec: { clusterIP: '1.2.3.4', ports: [{ port: 80 }] } }
    const path = `/api/v1/namespaces/default/services${query}`
    expect(new TestServer().send<KubeObject & Status>('POST', path, body).message).toBe(
      `Service "s" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: ${why}`,
    )
  })

  it.each([
    [
      { ipFamilies: ['IPv6'] },
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    ],
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
  ])('may be of a family that is not there: %j', (spec, words) => {
    const body = { metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...spec } }
    const path = '/api/v1/namespaces/default/services'
    expect(new TestServer().send<KubeObject & Status>('POST', path, body).message).toBe(
      `Service "s" is invalid: ${words}`,
    )
  })
})

describe('specs that never change', () => {
  it('are shown as the server itself names their members', () => {
    const test = new TestServer()
    const path = '/apis/storage.k8s.io/v1/volumeattachments'
    const spec = { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'p' } }
    test.send('POST', path, { metadata: { name: 'v' }, spec })
    const type = { 'content-type': 'application/merge-patch+json' }
    const answer = test.send<KubeObject & Status>(
      'PATCH',
      `${path}/v`,
      { spec: { nodeName: 'm' } },
      type,
    )
    expect(answer.message).toBe(
      'VolumeAttachment.storage.k8s.io "v" is invalid: spec: Invalid value: {"Attacher":"a","Source":{"PersistentVolumeName":"p","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable',
    )
  })
})
